/** Whether a tray symbol would be seen: Electron makes one happily where no desktop shows it. */
import { execFile } from 'node:child_process';

const LONGEST_ANSWER_MS = 5_000;
/** The service of the desktops that show such symbols; GNOME has it only with an extension. */
const WATCHER = 'org.kde.StatusNotifierWatcher';

/** Asks the session bus with its own tool, which every Linux desktop has; without an answer there is none. */
export function hasTrayHost(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (platform !== 'linux') return Promise.resolve(true);
  const bus = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const question = ['org.freedesktop.DBus.NameHasOwner', `string:${WATCHER}`];
  return new Promise((resolve) => {
    execFile('dbus-send', [...bus, ...question], { env, timeout: LONGEST_ANSWER_MS }, (error, answer) =>
      resolve(error === null && answer.includes('boolean true')),
    );
  });
}
