/** A real node of the real command line on a host of its own, and what it says of itself. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ReachStatus } from '../../src-main/networks/reach-types.ts';
import type { Host } from './lan.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** What is shipped, and starts faster than the sources. */
export const CLI = path.join(root, 'dist/main/cli.js');
const API_PORT = 17468;
const LOOK_EVERY_MS = 100;

export interface HostStatus {
  readonly publicKey: string;
  readonly pid: number;
  readonly phase: string;
  readonly height: number;
  readonly tipHash: string;
  readonly reach: ReachStatus | null;
  /** Why it signs nothing. */
  readonly silence: string | null;
  /** From here on it signs again, after it lost its memory. */
  readonly resumeHeight: number | null;
  readonly rejections: Readonly<Record<string, number>>;
  readonly members: readonly {
    readonly publicKey: string;
    readonly stake: number;
    readonly connected: boolean;
    readonly address: string | null;
    readonly roundTripMs: number | null;
    /** Passed over as leader until then, because it missed its turn. */
    readonly demotedUntil: number | null;
  }[];
}

export interface HostBlock {
  readonly hash: string;
  readonly proposer: string;
  /** Whose signatures stand under it. */
  readonly votes: readonly { readonly origin: string }[];
}

export interface Finished {
  readonly code: number;
  /** Each line of stdout. */
  readonly lines: readonly Record<string, unknown>[];
}

/** A command of the command line on a host; resolves when it has ended. */
export async function runOn(host: Host, ...args: readonly string[]): Promise<Finished> {
  const child = host.spawn([CLI, ...args, '--json']);
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part));
  const [code] = (await once(child, 'close')) as [number];
  const lines = text.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

export class NodeOnHost {
  readonly host: Host;
  readonly dataDir: string;
  readonly #door: string;
  /** What it has printed since it was started last. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  #hasDoor = false;
  #child: ChildProcess | null = null;

  constructor(host: Host, dataDir: string) {
    this.host = host;
    this.dataDir = dataDir;
    this.#door = path.join(dataDir, 'door.sock');
  }

  /** Resolves when it takes part. */
  async start(...args: readonly string[]): Promise<void> {
    await this.#openDoor();
    const options = ['--data-dir', this.dataDir, '--json', ...this.host.nodeOptions, ...args];
    return this.#untilReady(this.host.spawn([CLI, 'node', ...options]));
  }

  /** Founds a network, and runs its first node. */
  async found(...args: readonly string[]): Promise<void> {
    const { code, lines } = await this.run('create', '--interface', 'eth0', ...args);
    if (code !== 0) throw new Error(`not founded: ${JSON.stringify(lines)}`);
    await this.start();
  }

  /** Follows a link, or a file with one; resolves when it is a full member. */
  async join(invitation: string, ...args: readonly string[]): Promise<void> {
    await this.#openDoor();
    const options = ['--data-dir', this.dataDir, '--interface', 'eth0', '--json'];
    options.push(...this.host.nodeOptions, ...args);
    return this.#untilReady(this.host.spawn([CLI, 'join', invitation, ...options]));
  }

  /** The link of an invitation. */
  async invite(...args: readonly string[]): Promise<string> {
    const { lines } = await this.run('invite', ...args);
    return String(lines[0]?.['link']);
  }

  /** Until it has printed such a line. */
  untilLine(fits: (line: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
    const coming = async (): Promise<void> => {
      while (!this.lines.some(fits)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    return this.#awaiting(coming(), () => `${String(fits)}: ${JSON.stringify(this.lines)}`);
  }

  #untilReady(child: ChildProcess): Promise<void> {
    this.#child = child;
    this.lines.length = 0;
    const coming = new Promise<void>((resolve, reject) => {
      createInterface(child.stdout!).on('line', (text) => {
        const line = JSON.parse(text) as { event: string };
        this.lines.push(line);
        if (line.event === 'ready') resolve();
      });
      child.once('close', () =>
        reject(new Error(`the node has ended: ${JSON.stringify(this.lines.at(-1))}`)),
      );
    });
    return this.#awaiting(coming, () => `ready: ${JSON.stringify(this.lines)}`);
  }

  /** `ip netns exec` becomes the process that it runs, so signals reach the node. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    this.#child = null;
  }

  /** A command of the command line on this host, about this node. */
  run(...args: readonly string[]): Promise<Finished> {
    return runOn(this.host, ...args, '--data-dir', this.dataDir);
  }

  status(): Promise<HostStatus> {
    return this.#ask('GET', '/node/status') as Promise<HostStatus>;
  }

  block(height: number): Promise<HostBlock> {
    return this.#ask('GET', `/block/${height}`) as Promise<HostBlock>;
  }

  /** Publishes a record; resolves when it is on this node's disk. */
  async submit(name: string): Promise<void> {
    await this.#ask('PUT', '/transaction', [{ seq: 1, command: 'data', ns: `test:hosts:${name}`, d: name }]);
  }

  /** Until what it says of itself fits. */
  until(fits: (status: HostStatus) => boolean): Promise<HostStatus> {
    let last: unknown = null;
    const coming = async (): Promise<HostStatus> => {
      for (;;) {
        const status = await this.status().catch((error: unknown) => void (last = String(error)));
        if (status !== undefined && fits((last = status))) return status;
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    };
    return this.#awaiting(coming(), () => `${String(fits)}: ${JSON.stringify(last)}`);
  }

  #awaiting<Result>(coming: Promise<Result>, describe: () => string): Promise<Result> {
    return this.host.awaiting(coming, () => `${describe()} (its log is in ${this.dataDir}/logs)`);
  }

  async #openDoor(): Promise<void> {
    if (this.#hasDoor) return;
    this.#hasDoor = true;
    fs.mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    fs.rmSync(this.#door, { force: true });
    const child = this.host.spawn([path.join(import.meta.dirname, 'door.ts'), this.#door, String(API_PORT)]);
    await once(child.stdout!, 'data');
  }

  #token(): string {
    const networks = path.join(this.dataDir, 'networks');
    const [id = ''] = fs.readdirSync(networks);
    return fs.readFileSync(path.join(networks, id, 'api.token'), 'utf8');
  }

  #ask(method: string, url: string, body?: unknown): Promise<unknown> {
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const token = body === undefined ? {} : { 'diva-token-api': this.#token() };
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.#door, path: url, method, headers: { ...headers, ...token } };
      const request = http.request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${url}: ${response.statusCode} ${text}`));
        });
      });
      request.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
