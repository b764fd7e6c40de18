/** Runs another program in this one's place. */
import { spawn, type StdioOptions } from 'node:child_process';
import os from 'node:os';

/** Its exit code is ours; a signal for this process is meant for it. */
export function runInstead(
  executable: string,
  args: readonly string[],
  stdio: StdioOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { stdio });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])),
    );
  });
}
