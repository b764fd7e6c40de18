/**
 * Node processes with a wall clock of their own, which can be told more than their supervisor tells them. The clock is
 * faked by Debian's libfaketime where that is installed, otherwise by a module that shifts Date (shifted-date.ts): all
 * of the node's own code sees that one, its native parts do not.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { forkProcessHost } from '../../src-main/networks/fork-host.ts';
import type { NodeOrder } from '../../src-main/networks/node-messages.ts';
import type { NodeChild, ProcessHost } from '../../src-main/networks/types.ts';

/** Where Debian and its kin put it; the folder between is the machine's. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];

export class Processes implements ProcessHost {
  readonly clockKind: 'libfaketime' | 'shifted Date';
  readonly #inner: ProcessHost;
  readonly #clockFolder: string;
  readonly #library: string | undefined;
  readonly #children = new Map<string, NodeChild>();

  constructor(entry: string, clockFolder: string) {
    this.#inner = forkProcessHost(entry);
    this.#clockFolder = clockFolder;
    fs.mkdirSync(clockFolder, { recursive: true });
    this.#library = LIBRARIES.map((folder) => path.join(folder, 'faketime/libfaketime.so.1')).find(
      fs.existsSync,
    );
    this.clockKind = this.#library === undefined ? 'shifted Date' : 'libfaketime';
  }

  start(options: { readonly name: string; readonly logFile: string }): NodeChild {
    const file = this.#clockFile(options.name);
    if (!fs.existsSync(file)) this.setClock(options.name, 0);
    // A process inherits what stands in the environment at this very moment.
    const before = { ...process.env };
    Object.assign(process.env, this.#environment(file));
    try {
      const child = this.#inner.start(options);
      this.#children.set(options.name, child);
      return child;
    } finally {
      for (const name of Object.keys(this.#environment(file))) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    }
  }

  order(name: string, order: NodeOrder): void {
    this.#children.get(name)?.send({ type: 'order', order });
  }

  /** Takes effect within a second, and again whenever the node starts. */
  setClock(name: string, offsetSeconds: number): void {
    const file = this.#clockFile(name);
    fs.writeFileSync(`${file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
    fs.renameSync(`${file}.new`, file);
  }

  /** What a shifted Date shows in the process; null before it was loaded. */
  shiftedDate(name: string): string | null {
    const file = `${this.#clockFile(name)}.seen`;
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  }

  #clockFile(name: string): string {
    return path.join(this.#clockFolder, name);
  }

  #environment(file: string): Readonly<Record<string, string>> {
    if (this.#library === undefined) {
      const module = pathToFileURL(path.join(import.meta.dirname, 'shifted-date.ts')).href;
      return { NODE_OPTIONS: `--import=${module}`, CHAOS_CLOCK_FILE: file };
    }
    // Only the time of day: timers run on the monotonic clock, which no person can set wrong.
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }
}
