/** Node processes of a host that is Node itself. */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { NodeChild, ProcessHost } from './types.ts';

/**
 * A machine runs up to 16 of these. Left to itself V8 lets garbage grow to hundreds of megabytes before it looks; a
 * node lives in 30, and is never near the limit.
 */
export const NODE_PROCESS_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=256'] as const;
/** For the same reason: one arena for everything that is allocated outside of V8 (glibc, mallopt(3)). */
export const NODE_PROCESS_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' } as const;

/**
 * `entry` is the program of a node process. What it prints, other than its log, is a crash: it goes to the log
 * as well.
 */
export function forkProcessHost(entry: string): ProcessHost {
  return {
    start: ({ logFile }) => {
      fs.mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
      const log = fs.openSync(logFile, 'a', 0o600);
      // The pipe to its stdin is never written to: it ends with this process, however that ends.
      const child = fork(entry, [], {
        stdio: ['pipe', log, log, 'ipc'],
        execArgv: [...NODE_PROCESS_FLAGS],
        env: { ...process.env, ...NODE_PROCESS_ENVIRONMENT },
        serialization: 'json',
      });
      fs.closeSync(log);
      child.stdin?.on('error', () => undefined);
      return {
        get pid() {
          return child.pid;
        },
        send: (message) => {
          if (child.connected) child.send(message as object, () => undefined);
        },
        onMessage: (listener) => void child.on('message', listener),
        onExit: onceEnded(child),
      } satisfies NodeChild;
    },
  };
}

function onceEnded(child: ReturnType<typeof fork>): NodeChild['onExit'] {
  return (listener) => {
    child.once('exit', (code, signal) => listener({ code, signal }));
    child.once('error', () => {
      // Without a pid it was never started, and there will be no exit.
      if (child.pid === undefined) listener({ code: null, signal: null });
    });
  };
}
