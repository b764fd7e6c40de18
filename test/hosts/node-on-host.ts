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
  readonly rejections: Readonly<Record<string, number>>;
  readonly members: readonly {
    readonly publicKey: string;
    readonly stake: number;
    readonly connected: boolean;
    readonly address: string | null;
  }[];
}

export class NodeOnHost {
  readonly host: Host;
  readonly dataDir: string;
  readonly #door: string;
  #hasDoor = false;
  #child: ChildProcess | null = null;

  constructor(host: Host, dataDir: string) {
    this.host = host;
    this.dataDir = dataDir;
    this.#door = path.join(dataDir, 'door.sock');
  }

  /** Resolves with its first line, when it takes part. */
  async start(...args: readonly string[]): Promise<void> {
    await this.#openDoor();
    const child = this.host.spawn([CLI, 'node', '--data-dir', this.dataDir, '--json', ...args]);
    this.#child = child;
    const lines = createInterface(child.stdout!);
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => JSON.parse(text as string) as { event: string }),
      once(child, 'close').then(() => ({ event: 'closed' })),
    ]);
    if (line.event !== 'ready') throw new Error(`the node did not start: ${JSON.stringify(line)}`);
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

  /** A command of the command line on this host; rejects unless it succeeds. */
  async run(...args: readonly string[]): Promise<Record<string, unknown>> {
    const child = this.host.spawn([CLI, ...args, '--data-dir', this.dataDir, '--json']);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  status(): Promise<HostStatus> {
    return this.#ask('GET', '/node/status') as Promise<HostStatus>;
  }

  /** Publishes a record; resolves when it is on this node's disk. */
  async submit(name: string): Promise<void> {
    await this.#ask('PUT', '/transaction', [{ seq: 1, command: 'data', ns: `test:hosts:${name}`, d: name }]);
  }

  /** Until what it says of itself fits. */
  async until(fits: (status: HostStatus) => boolean): Promise<HostStatus> {
    for (;;) {
      const status = await this.status().catch(() => null);
      if (status !== null && fits(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #openDoor(): Promise<void> {
    if (this.#hasDoor) return;
    this.#hasDoor = true;
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
