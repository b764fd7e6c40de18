/** Whole state machines on disks in memory, and a network of them that delivers, drops or holds what the test says. */
import { toText } from '../../../src-main/core/bytes.ts';
import { Consensus } from '../../../src-main/core/consensus.ts';
import type { DurableEffect, Effect } from '../../../src-main/core/effects.ts';
import type { CoreEvent } from '../../../src-main/core/events.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import type { MembershipPolicy } from '../../../src-main/core/policy.ts';
import type { Command, PeerText } from '../../../src-main/core/types.ts';
import { genesisBlock } from '../../../src-main/node/diva-node.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore, VirtualDisk } from '../../sim/disk.ts';
import { crypto, dataOf, networkOf, type TestKey, type TestNetwork } from './builders.ts';

const DURABLE = new Set(['persistSafety', 'persistNode', 'appendLane', 'enqueue', 'dequeue', 'commitBlock']);
const POLICY: MembershipPolicy = { sponsor: 'ask', raiseTo: null, keepsFounder: false, announceReady: false };

export interface Letter {
  readonly from: PeerText;
  readonly to: PeerText;
  readonly message: Message;
}

export function newDisk(network: TestNetwork): VirtualDisk {
  const { genesisBytes, chainId, snapshot } = genesisBlock(network.genesis, crypto);
  return new VirtualDisk(genesisBytes, { height: 1, hash: chainId, snapshot });
}

/** One node: its state machine, its disk, and everything it has done since the test last looked. */
export class TestNode {
  readonly key: TestKey;
  readonly disk: VirtualDisk;
  readonly consensus: Consensus;
  effects: Effect[] = [];
  outbox: Letter[] = [];
  nowMs = 0;

  constructor(
    network: TestNetwork,
    key: TestKey,
    { disk = newDisk(network), nonce = 1, policy = POLICY }: NodeChoices = {},
  ) {
    this.key = key;
    this.disk = disk;
    const store = new SimulatedStore(disk, (_, apply) => apply());
    const stored = store.load();
    this.consensus = new Consensus(
      {
        chainId: network.chainId,
        parameters: network.genesis.parameters,
        timing: TIMINGS.loopback,
        policy,
        instanceNonce: new Uint8Array(16).fill(nonce),
        stored: { ...stored, tipHash: stored.tip.hash, snapshot: stored.tip.snapshot },
      },
      { crypto, signer: key.signer, archive: store, random: () => 0 },
    );
  }

  step(...events: readonly CoreEvent[]): Effect[] {
    const effects = this.consensus.step(events, this.nowMs);
    const durable = effects.filter((effect): effect is DurableEffect => DURABLE.has(effect.type));
    if (durable.length > 0) this.disk.apply(durable);
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      // Over the wire, so that nothing is shared between the nodes.
      for (const to of effect.to) {
        const message = decodeMessage(encodeMessage(effect.message), crypto);
        this.outbox.push({ from: this.key.text, to, message });
      }
    }
    return effects;
  }

  receive(from: PeerText, message: Message): Effect[] {
    return this.step({ type: 'message', from, message });
  }

  submit(ident: string, ...commands: readonly Command[]): void {
    const transaction = { ident, commands: commands.length === 0 ? [dataOf(ident)] : commands };
    this.step({ type: 'submit', transaction });
  }

  of<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  /** What was said since the test last looked, by type. */
  said<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.of('send').flatMap(({ message }) =>
      message.type === type ? [message as Extract<Message, { type: T }>] : [],
    );
  }

  get rejections(): string[] {
    return this.of('rejected').map(({ reason }) => reason);
  }

  get height(): number {
    return this.consensus.height;
  }

  look(): void {
    this.effects = [];
  }
}

export interface NodeChoices {
  readonly disk?: VirtualDisk;
  readonly nonce?: number;
  readonly policy?: MembershipPolicy;
}

export class Cluster {
  readonly network: TestNetwork;
  readonly nodes: TestNode[];
  /** Members whose letters are lost, both ways. */
  readonly away = new Set<number>();
  /** Letters for which this is true are lost. */
  loses: (letter: Letter) => boolean = () => false;

  constructor(stakes: readonly number[] = [1, 1, 1, 1]) {
    this.network = networkOf(stakes);
    this.nodes = this.network.keys.map((key) => new TestNode(this.network, key));
  }

  /** All nodes started, connected and past their silence. */
  static started(stakes?: readonly number[]): Cluster {
    const cluster = new Cluster(stakes);
    for (const node of cluster.nodes) node.step({ type: 'start' });
    cluster.connect();
    cluster.settle();
    for (const node of cluster.nodes) node.look();
    return cluster;
  }

  node(index: number): TestNode {
    return this.nodes[index]!;
  }

  connect(): void {
    for (const node of this.nodes)
      for (const other of this.nodes)
        if (other !== node) node.step({ type: 'connected', peer: other.key.text });
  }

  /** A node that comes back with its disk. */
  restart(index: number, choices: NodeChoices = {}): TestNode {
    const { key, disk } = this.node(index);
    const node = new TestNode(this.network, key, { disk, nonce: 100 + index, ...choices });
    node.nowMs = this.node(index).nowMs;
    this.nodes[index] = node;
    node.step({ type: 'start' });
    return node;
  }

  /** Delivers letters until there are none. */
  settle(): void {
    for (let letters = this.#take(); letters.length > 0; letters = this.#take()) {
      for (const letter of letters) {
        const to = this.nodes.findIndex(({ key }) => key.text === letter.to);
        const from = this.nodes.findIndex(({ key }) => key.text === letter.from);
        if (to < 0 || this.away.has(to) || this.away.has(from) || this.loses(letter)) continue;
        this.node(to).receive(letter.from, letter.message);
      }
    }
  }

  /** Time passes for all, and then everybody says what it holds, as the idle STATUS does. */
  exchangeStatus(afterMs = 10_000): void {
    for (const node of this.nodes) node.nowMs += afterMs;
    this.nodes.forEach((node, index) => {
      if (!this.away.has(index)) node.step({ type: 'timer', timer: 'status' });
    });
    this.settle();
  }

  /** Blocks of one transaction each, by turns. */
  commit(count: number, name = 'block'): void {
    for (let i = 0; i < count; i++) {
      const index = [0, 1, 2, 3].filter((member) => !this.away.has(member))[i % 2]!;
      this.node(index).submit(`${name}-${i}`);
      this.settle();
    }
  }

  /** The member that leads view 0 of the height being decided at the first node. */
  get leader(): number {
    const leader = toText(this.node(0).consensus.round.facts.leader(0).publicKey);
    return this.nodes.findIndex(({ key }) => key.text === leader);
  }

  get heights(): number[] {
    return this.nodes.map(({ height }) => height);
  }

  #take(): Letter[] {
    return this.nodes.flatMap((node) => node.outbox.splice(0));
  }
}
