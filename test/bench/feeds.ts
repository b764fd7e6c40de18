/** The feeds of several nodes, and when each of them showed a transaction. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { tokenOf } from './cluster.ts';

interface Pending {
  missing: number;
  readonly resolve: (latencyMs: number) => void;
  readonly startedAtMs: number;
}

let submitted = 0;

export class Feeds {
  readonly #sockets: readonly WebSocket[];
  readonly #pending = new Map<string, Pending>();
  readonly #nodes: readonly LocalNode[];

  private constructor(nodes: readonly LocalNode[], sockets: readonly WebSocket[]) {
    this.#nodes = nodes;
    this.#sockets = sockets;
    for (const socket of sockets) socket.on('message', (data: Buffer) => this.#onBlock(data));
  }

  static async open(nodes: readonly LocalNode[]): Promise<Feeds> {
    const sockets = nodes.map(({ ports }) => new WebSocket(`ws://127.0.0.1:${ports.feed}`));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    return new Feeds(nodes, sockets);
  }

  /** Submits to one node; resolves with the milliseconds until the feed of every node showed it. */
  async latencyOf(node: LocalNode): Promise<number> {
    const ident = `latency-${process.pid}-${submitted++}`;
    const seen = new Promise<number>((resolve) => {
      this.#pending.set(ident, { missing: this.#nodes.length, resolve, startedAtMs: performance.now() });
    });
    const response = await fetch(`http://127.0.0.1:${node.ports.api}/transaction/${ident}`, {
      method: 'PUT',
      headers: { 'diva-token-api': tokenOf(node) },
      body: JSON.stringify([{ seq: 1, command: 'data', ns: 'bench:latency', d: ident }]),
    });
    if (!response.ok) throw new Error(`not accepted: ${response.status} ${await response.text()}`);
    return seen;
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #onBlock(data: Buffer): void {
    const atMs = performance.now();
    const { tx } = JSON.parse(data.toString()) as { tx: { ident: string }[] };
    for (const { ident } of tx) {
      const pending = this.#pending.get(ident);
      if (pending === undefined || --pending.missing > 0) continue;
      this.#pending.delete(ident);
      pending.resolve(atMs - pending.startedAtMs);
    }
  }
}
