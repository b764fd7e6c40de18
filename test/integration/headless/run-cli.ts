/** Runs the command line as people do: as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export const CLI = path.resolve(import.meta.dirname, '../../../src-main/headless/cli.ts');

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The only line of stdout as JSON. */
  json(): Record<string, unknown>;
}

export function runCli(...args: readonly string[]): Promise<Finished> {
  return runCliAs({}, ...args);
}

/** As another user, which only the administrator may. */
export async function runCliAs(
  user: { readonly uid?: number; readonly gid?: number },
  ...args: readonly string[]
): Promise<Finished> {
  const child = spawn(process.execPath, [CLI, ...args], { ...user, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

export interface NodeLine {
  readonly name: string;
  readonly publicKey: string;
  readonly pid: number;
  readonly udpPort: number;
  readonly apiPort: number;
  readonly feedPort: number;
  readonly dataDir: string;
  readonly tokenFile: string;
}

export interface Ready {
  readonly event: 'ready';
  readonly network: { readonly id: string; readonly name: string };
  readonly nodes: readonly NodeLine[];
}

/** A command that runs until it is told to end, and prints events. */
export class Foreground {
  readonly #child;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #closed: Promise<number>;
  #look: () => void = () => undefined;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [CLI, ...args, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#closed = once(this.#child, 'close').then(([code]) => code as number);
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as Record<string, unknown>);
      this.#look();
    });
    void this.#closed.then(() => this.#look());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get lines(): readonly Record<string, unknown>[] {
    return this.#lines;
  }

  async ready(): Promise<Ready> {
    return (await this.line(() => true)) as unknown as Ready;
  }

  /** The first line that fits, now or later; rejects when the command ends before. */
  line(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const found = this.#lines.find(fits);
        if (found !== undefined) resolve(found);
        else if (this.#child.exitCode !== null) reject(new Error(`ended with ${this.#child.exitCode}`));
      };
      this.#look();
    });
  }

  /** Resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number> {
    this.#child.kill(signal);
    return this.#closed;
  }
}
