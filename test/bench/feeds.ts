/** The feeds of several nodes, and when each of them showed a transaction. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { tokenOf } from './cluster.ts';
import { within } from './limits.ts';

interface Pending {
  /** Names of the nodes whose feed has not shown it. */
  readonly missing: Set<string>;
  readonly resolve: (latencyMs: number) => void;
  readonly startedAtMs: number;
}

let submitted = 0;

export class Feeds {
  readonly #sockets: readonly WebSocket[];
  readonly #pending = new Map<string, Pending>();
  readonly #nodes: readonly LocalNode[];
  /** Rejects when a node ends its feed. */
  readonly #ended: Promise<never>;
  #isClosed = false;

  private constructor(nodes: readonly LocalNode[], sockets: readonly WebSocket[]) {
    this.#nodes = nodes;
    this.#sockets = sockets;
    this.#ended = new Promise((_resolve, reject) => {
      sockets.forEach((socket, index) => {
        const { name } = nodes[index]!;
        socket.on('message', (data: Buffer) => this.#onBlock(name, data));
        socket.on('close', () => this.#isClosed || reject(new Error(`${name} has ended its feed`)));
      });
    });
    // Whoever waits hears of it; nobody may.
    this.#ended.catch(() => undefined);
  }

  static async open(nodes: readonly LocalNode[]): Promise<Feeds> {
    const sockets = nodes.map(({ ports }) => new WebSocket(`ws://127.0.0.1:${ports.feed}`));
    const opened = Promise.all(sockets.map((socket) => once(socket, 'open')));
    await within(`the feeds of ${nodes.length} nodes to open`, opened);
    return new Feeds(nodes, sockets);
  }

  /** Submits to one node; resolves with the milliseconds until the feed of every node showed it. */
  async latencyOf(node: LocalNode): Promise<number> {
    const ident = `latency-${process.pid}-${submitted++}`;
    const missing = new Set(this.#nodes.map(({ name }) => name));
    const seen = new Promise<number>((resolve) => {
      this.#pending.set(ident, { missing, resolve, startedAtMs: performance.now() });
    });
    const put = async (): Promise<void> => {
      const response = await fetch(`http://127.0.0.1:${node.ports.api}/transaction/${ident}`, {
        method: 'PUT',
        headers: { 'diva-token-api': tokenOf(node) },
        body: JSON.stringify([{ seq: 1, command: 'data', ns: 'bench:latency', d: ident }]),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`not accepted: ${response.status} ${text}`);
    };
    await within(`${node.name} to accept ${ident}`, put());
    return within(
      `${ident} of ${node.name} in the feed of every node`,
      Promise.race([seen, this.#ended]),
    ).catch((error: unknown) => {
      throw new Error(`not in the feed of ${[...missing].join(', ')}`, { cause: error });
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  #onBlock(name: string, data: Buffer): void {
    const atMs = performance.now();
    const { tx } = JSON.parse(data.toString()) as { tx: { ident: string }[] };
    for (const { ident } of tx) {
      const pending = this.#pending.get(ident);
      if (pending === undefined) continue;
      pending.missing.delete(name);
      if (pending.missing.size > 0) continue;
      this.#pending.delete(ident);
      pending.resolve(atMs - pending.startedAtMs);
    }
  }
}
