/** Clients of all nodes, all the time: they write and read, and note when each thing was asked and answered. */
import { drawFrom } from '../sim/random.ts';
import type { Draw } from '../sim/random.ts';
import type { PeerText } from '../../src-main/core/types.ts';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Loss, Read, Write } from './history.ts';

const CLIENTS_PER_NODE = 2;
/** Shared by the clients of a node, so that they write at the same time. */
const KEYS_PER_NODE = 3;
const LONGEST_REST_MS = 120;
const LONGEST_VALUE = 400;
/** Between two looks for a record in a block. */
const LOOK = { firstMs: 15, mostMs: 250 };
/** A client goes on without having seen its record, which the end will show: the network may wait for long. */
const PATIENCE_MS = 30_000;

export class Clients {
  readonly writes: Write[] = [];
  readonly reads: Read[] = [];
  readonly losses: Loss[] = [];
  readonly #cluster: Cluster;
  readonly #seed: number;
  readonly #work: Promise<void>[] = [];
  /** Nodes whose clients were stopped; the value resolves when they have. */
  readonly #stopping = new Set<PeerText>();
  readonly #workOf = new Map<PeerText, Promise<void>[]>();
  #isOver = false;

  constructor(cluster: Cluster, seed: number) {
    this.#cluster = cluster;
    this.#seed = seed;
  }

  /** Also for nodes that joined later. */
  startAt(node: LocalNode): void {
    const { publicKey, name } = node;
    const started = Array.from({ length: CLIENTS_PER_NODE }, (_, index) => {
      return this.#run(publicKey, `${name}-${index + 1}`);
    });
    this.#workOf.set(publicKey, started);
    this.#work.push(...started);
  }

  /** Resolves when the clients of this node have finished what they were at. */
  async stopAt(publicKey: PeerText): Promise<void> {
    this.#stopping.add(publicKey);
    await Promise.all(this.#workOf.get(publicKey) ?? []);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#work);
  }

  /** From now on, what this node has accepted and no other may have is gone. */
  lose({ publicKey, name }: LocalNode, reason: string): void {
    this.losses.push({ origin: publicKey, atMs: performance.now(), reason: `${name}: ${reason}` });
  }

  /** One record through this node; resolves when it is in a block, or when it was not accepted. */
  async write(node: LocalNode, client: string, ident: string, ns: string, value: string): Promise<Write> {
    const write: Write = {
      client,
      origin: node.publicKey,
      ident,
      ns,
      value,
      invokedMs: performance.now(),
      acknowledgedMs: null,
      finalMs: null,
      refused: false,
    };
    this.writes.push(write);
    const body = [{ seq: 1, command: 'data', ns, d: value }];
    const { status } = await this.#cluster.put(node, `/transaction/${ident}`, body);
    if (status === 200) {
      write.acknowledgedMs = performance.now();
      await this.#untilFinal(write, node.publicKey);
    } else {
      // A node that stopped in this moment says so, and may have written it all the same.
      write.refused = status >= 400 && status < 500;
    }
    return write;
  }

  async #untilFinal(write: Write, publicKey: PeerText): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    for (let waitMs = LOOK.firstMs; !this.#isOver && performance.now() < endMs; waitMs = longer(waitMs)) {
      await pause(waitMs);
      const running = this.#cluster.running();
      // Any node may tell; the reader, which goes on to ask the same one, needs that one.
      const node = running.find((candidate) => candidate.publicKey === publicKey) ?? running[0];
      if (node === undefined) continue;
      const { status } = await this.#cluster.get(node, `/transaction/${write.origin}/${write.ident}`);
      if (status !== 200) continue;
      write.finalMs = performance.now();
      return;
    }
  }

  async #run(publicKey: PeerText, client: string): Promise<void> {
    const draw = drawFrom(this.#seed, `client ${client}`);
    for (let count = 1; !this.#isOver && !this.#stopping.has(publicKey); count++) {
      await pause(draw.below(LONGEST_REST_MS));
      const node = this.#cluster.running().find((candidate) => candidate.publicKey === publicKey);
      if (node === undefined) continue;
      if (draw.chance(250)) await this.#read(node, client, count, draw);
      else {
        const ident = `${client}-${count}`;
        const value = ident.padEnd(draw.below(LONGEST_VALUE), '.');
        await this.write(node, client, ident, keyName(draw), value);
      }
    }
  }

  async #read(node: LocalNode, client: string, count: number, draw: Draw): Promise<void> {
    const origins = this.#cluster.nodes().map(({ publicKey }) => publicKey);
    const key = `${keyName(draw)}:${draw.pick(origins)}`;
    const invokedMs = performance.now();
    const ident = `${client}-${count}`;
    const marker = await this.write(node, client, ident, `chaos:mark:${client}`, `${ident} reads`);
    if (marker.finalMs === null) return;
    // Another node may have told of the block: this one has to have it as well.
    const seen = await this.#cluster.get(node, `/transaction/${node.publicKey}/${ident}`);
    if (seen.status !== 200) return;
    const { status, body } = await this.#cluster.get(node, `/state/${key}`);
    if (status !== 200 && status !== 404) return;
    const value = status === 404 ? null : (body as { value: string }).value;
    this.reads.push({ client, key, value, invokedMs, completedMs: performance.now() });
  }
}

function keyName(draw: Draw): string {
  return `chaos:keys:k${draw.below(KEYS_PER_NODE)}`;
}

function longer(waitMs: number): number {
  return Math.min(LOOK.mostMs, waitMs * 1.5);
}
