/** The network under test: real node processes, by number, and what they answer. */
import fs from 'node:fs';
import path from 'node:path';
import { serveNode } from '../../src-main/api/server.ts';
import type { PeerText } from '../../src-main/core/types.ts';
import { createNetworkFolder } from '../../src-main/networks/create.ts';
import { networkFiles } from '../../src-main/networks/folders.ts';
import type { NetworkFiles } from '../../src-main/networks/folders.ts';
import { loadLocalNetwork } from '../../src-main/networks/local-network.ts';
import type { LocalNetwork, LocalNode } from '../../src-main/networks/types.ts';
import { Processes } from './processes.ts';

/** The part of /node/status that is used here. */
export interface Status {
  readonly phase: string;
  readonly silence: string | null;
  readonly resumeHeight: number | null;
  readonly awaits: string | null;
  readonly haltedBy: string | null;
  readonly height: number;
  readonly tipHash: string;
  readonly view: number;
  readonly busy: boolean;
  readonly waiting: number;
  readonly members: readonly {
    readonly publicKey: PeerText;
    readonly isSelf: boolean;
    readonly stake: number;
    readonly connected: boolean;
    readonly bytesSent: number;
    readonly demotedUntil: number | null;
    readonly evidence: unknown;
  }[];
  readonly process: { readonly cpuMicroseconds: number };
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly body: unknown;
  readonly date: string | null;
}

const ANSWER_LIMIT_MS = 10_000;
/** Checking a long chain takes as long as it takes. */
const LONGEST_CHECK_MS = 1_800_000;

export class Cluster {
  readonly home: string;
  readonly network: LocalNetwork;
  readonly processes: Processes;
  /** By number; those that left stay on the list. */
  readonly #keys: PeerText[];

  private constructor(home: string, network: LocalNetwork, processes: Processes) {
    this.home = home;
    this.network = network;
    this.processes = processes;
    this.#keys = network.nodes().map(({ publicKey }) => publicKey);
  }

  /** Folders and keys; nothing runs yet. */
  static async create(home: string, nodeCount: number, entry: string): Promise<Cluster> {
    await createNetworkFolder(home, { networkName: 'Chaos', nodeCount }, {});
    const processes = new Processes(entry, path.join(home, 'clocks'));
    const network = loadLocalNetwork({ home, backupDir: home, own: null }, { processes, serve: serveNode });
    return new Cluster(home, network, processes);
  }

  /** All that are members, in the order of their creation. */
  nodes(): readonly LocalNode[] {
    return this.network.nodes();
  }

  running(): readonly LocalNode[] {
    return this.nodes().filter(({ state }) => state === 'running');
  }

  node(number: number): LocalNode {
    const found = this.nodes().find(({ publicKey }) => publicKey === this.#keys[number]);
    if (found === undefined) throw new Error(`node ${number} is no member any more`);
    return found;
  }

  newcomer(publicKey: PeerText): void {
    this.#keys.push(publicKey);
  }

  /** Whatever else is going on. A process that sleeps would not notice that its parent has ended. */
  async killAll(): Promise<void> {
    const up = this.nodes().filter(({ pid }) => pid !== null);
    await Promise.all(up.map(({ publicKey }) => this.network.killNode(publicKey)));
  }

  files(node: LocalNode): NetworkFiles {
    return networkFiles(node.dataDir, this.network.id);
  }

  async get(node: LocalNode, url: string): Promise<Answer> {
    return this.#request(node, url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  }

  async verifyChain(node: LocalNode): Promise<Answer> {
    return this.#request(node, '/node/verify-chain', { signal: AbortSignal.timeout(LONGEST_CHECK_MS) });
  }

  async put(node: LocalNode, url: string, body: unknown): Promise<Answer> {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    return this.#request(node, url, { method: 'PUT', body: JSON.stringify(body), signal });
  }

  async status(node: LocalNode): Promise<Status | null> {
    const { status, body } = await this.get(node, '/node/status');
    return status === 200 ? (body as Status) : null;
  }

  async #request(node: LocalNode, url: string, init: RequestInit): Promise<Answer> {
    try {
      const headers = { 'diva-token-api': fs.readFileSync(node.tokenFile, 'utf8') };
      const response = await fetch(`http://127.0.0.1:${node.ports.api}${url}`, { ...init, headers });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
      return { status: response.status, body, date: response.headers.get('date') };
    } catch {
      return { status: 0, body: null, date: null };
    }
  }
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
