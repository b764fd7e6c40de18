/** Opens an address in the person's browser. */
import { spawn } from 'node:child_process';

/** False where there is no display, or nothing that opens addresses. */
export function openBrowser(
  address: string,
  platform = process.platform,
  env = process.env,
): Promise<boolean> {
  const command = openCommand(address, platform, env);
  if (command === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** The address is an argument of its own: no shell ever reads it. */
export function openCommand(
  address: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): [program: string, ...args: string[]] | null {
  if (platform === 'darwin') return ['open', address];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open', address] : null;
}
