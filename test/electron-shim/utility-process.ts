/** Utility processes as processes of Node, with the `process.parentPort` that Electron gives them. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { loud } from './control.ts';

interface ForkOptions {
  readonly stdio?: 'pipe' | 'ignore' | 'inherit';
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  readonly serviceName?: string;
}

const parentPort = new URL('./parent-port.ts', import.meta.url).href;

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super();
    const { stdio = 'inherit', env = process.env, execArgv = [] } = options;
    this.#child = fork(modulePath, args, {
      env,
      execArgv: [...execArgv, '--import', parentPort],
      stdio: ['ignore', stdio, stdio, 'ipc'],
    });
    this.#child.on('spawn', () => this.emit('spawn'));
    this.#child.on('message', (message) => this.emit('message', message));
    // Electron tells the exit code only; a signal shows as its number.
    this.#child.on('exit', (code, signal) => this.emit('exit', code ?? (signal === 'SIGKILL' ? 9 : 15)));
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  get stdout(): Readable | null {
    return this.#child.stdout;
  }

  get stderr(): Readable | null {
    return this.#child.stderr;
  }

  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(structuredClone(message) as object);
  }

  kill(): boolean {
    return this.#child.kill();
  }
}

export const utilityProcess = loud('utilityProcess', {
  fork: (modulePath: string, args: readonly string[] = [], options: ForkOptions = {}) =>
    loud('UtilityProcess', new UtilityProcess(modulePath, args, options)),
});
