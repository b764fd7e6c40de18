/** Node processes in Electron: `utilityProcess.fork`, because the fuse that would let Electron run as Node is off. */
import { utilityProcess } from 'electron';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { NodeChild, ProcessHost } from '../networks/types.ts';

/**
 * `entry` is the program of a node process. What it prints, other than its log, is a crash: it goes to the log
 * as well.
 */
export function utilityProcessHost(entry: string): ProcessHost {
  return {
    start: ({ name, logFile }) => {
      const child = utilityProcess.fork(entry, [], { serviceName: `DIVA Node: ${name}`, stdio: 'pipe' });
      mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
      const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
      // A full disk must not end the app; the node itself notices it.
      log.on('error', () => undefined);
      child.stdout?.pipe(log, { end: false });
      child.stderr?.pipe(log, { end: false });
      child.once('exit', () => log.end());
      return {
        get pid() {
          return child.pid;
        },
        send: (message) => child.postMessage(message),
        onMessage: (listener) => void child.on('message', listener),
        onExit: (listener) => void child.once('exit', (code) => listener({ code, signal: null })),
      } satisfies NodeChild;
    },
  };
}
