import { describe, expect, test } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import type { PublishEffect } from '../../../src-main/core/effects.ts';
import { decodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { AddressRecord } from '../../../src-main/core/messages.ts';
import { addressSigningBytes } from '../../../src-main/core/signing.ts';
import type { HeldRecord, StoredAddresses } from '../../../src-main/node/address-exchange.ts';
import { AddressExchange } from '../../../src-main/node/address-exchange.ts';
import type { NodeSnapshot } from '../../../src-main/node/facade.ts';
import type { TransportPeer } from '../../../src-main/node/ports.ts';
import { crypto, hashOf, keyOf } from '../core/builders.ts';
import { seededRandom, VirtualClock } from '../network/support.ts';

const MANY = 150;
const chainId = hashOf(5);

/** Nodes whose records really travel: encoded, decoded, checked, and lost where there is no session. */
class World {
  readonly clock = new VirtualClock();
  readonly nodes: TestNode[] = [];
  members: number[] = [];
  isLossy = false;

  node(key: number, stored?: StoredAddresses): TestNode {
    const node = new TestNode(this, key, stored);
    this.nodes.push(node);
    return node;
  }

  connect(a: TestNode, b: TestNode): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      one.peers.add(other.text);
      one.tell({ type: 'link', peer: other.text, isConnected: true });
    }
  }

  setMembers(...keys: number[]): void {
    this.members = keys;
    for (const node of this.nodes) node.tell({ type: 'membersChanged' });
  }

  deliver(from: TestNode, to: string, payload: Uint8Array): void {
    const message = decodeMessage(payload, crypto);
    if (message.type !== 'address') throw new Error('only addresses');
    const receiver = this.nodes.find(({ text }) => text === to);
    if (this.isLossy || receiver === undefined || !receiver.peers.has(from.text)) return;
    this.clock.schedule(1, () => receiver.receive(message.record, from.text));
  }
}

class TestNode {
  readonly text: string;
  readonly exchange: AddressExchange;
  readonly peers = new Set<string>();
  readonly set = new Map<string, TransportPeer>();
  readonly sent: { to: string; record: AddressRecord }[] = [];
  saved: StoredAddresses;
  peerAddress = '10.0.0.9:4000';
  #listener: (event: PublishEffect) => void = () => undefined;

  constructor(world: World, key: number, stored: StoredAddresses = { sequence: 0, held: [] }) {
    const { signer, text } = keyOf(key);
    this.text = text;
    this.saved = stored;
    this.exchange = new AddressExchange(
      { chainId },
      {
        clock: world.clock,
        random: seededRandom(key),
        crypto,
        signer,
        store: { load: () => stored, save: (addresses) => void (this.saved = addresses) },
        isHere: (address) => address.startsWith('127.'),
        usable: ({ record, isFromHere }: HeldRecord) =>
          record.addressHints.filter((hint) => isFromHere || !hint.startsWith('127.')),
        transport: {
          send: (to, payload) => {
            const message = decodeMessage(payload, crypto);
            if (message.type === 'address') this.sent.push({ to, record: message.record });
            world.deliver(this, to, payload);
          },
          flush: () => undefined,
          links: () =>
            [...this.peers].map((publicKey) => {
              return { publicKey, peerClass: 'member', connected: true, address: this.peerAddress } as never;
            }),
          setPeer: (peer) => void this.set.set(peer.publicKey, peer),
        },
      },
    );
    this.exchange.follow({
      subscribe: (listener) => {
        this.#listener = listener;
        return () => undefined;
      },
      snapshot: () =>
        ({
          members: world.members.map((member) => ({ publicKey: keyOf(member).text, stake: 1 })),
        }) as unknown as NodeSnapshot,
    });
  }

  tell(event: PublishEffect): void {
    this.#listener(event);
  }

  receive(record: AddressRecord, from: string): void {
    this.tell({ type: 'address', record, from });
  }

  /** Where it believes another one to be. */
  seeks(other: { text: string }): readonly string[] {
    return this.exchange.hintsOf(other.text);
  }
}

function recordOf(key: number, sequence: number, ...addressHints: string[]): AddressRecord {
  const { publicKey, signer } = keyOf(key);
  const fields = { publicKey, sequence, addressHints };
  return { ...fields, signature: signer.sign(addressSigningBytes(chainId, fields)) };
}

function threeMembers(): { world: World; a: TestNode; b: TestNode; c: TestNode } {
  const world = new World();
  world.members = [1, 2, 3];
  const [a, b, c] = [world.node(1), world.node(2), world.node(3)] as const;
  a.exchange.announce(['10.0.0.1:4000']);
  b.exchange.announce(['10.0.0.2:4000']);
  c.exchange.announce(['10.0.0.3:4000']);
  return { world, a, b, c };
}

describe('between members', () => {
  test('two that know only a third learn of each other, and look for each other', () => {
    const { world, a, b, c } = threeMembers();
    world.connect(a, b);
    world.clock.advance(5_000);
    expect(b.seeks(c)).toEqual([]);
    world.connect(a, c);
    world.clock.advance(5_000);
    expect(b.seeks(c)).toEqual(['10.0.0.3:4000']);
    expect(c.seeks(b)).toEqual(['10.0.0.2:4000']);
    expect(b.set.get(c.text)).toMatchObject({ peerClass: 'member', addressHints: ['10.0.0.3:4000'] });
  });

  test('a lost record is said again', () => {
    const { world, a, b } = threeMembers();
    world.isLossy = true;
    world.connect(a, b);
    world.clock.advance(1_500);
    world.isLossy = false;
    expect(b.seeks(a)).toEqual([]);
    world.clock.advance(2_000);
    expect(b.seeks(a)).toEqual(['10.0.0.1:4000']);
  });

  test('the newest record wins, in whatever order they come', () => {
    const { a, b } = threeMembers();
    a.receive(recordOf(2, 5, '10.0.0.5:4000'), b.text);
    a.receive(recordOf(2, 4, '10.0.0.4:4000'), b.text);
    expect(a.seeks(b)).toEqual(['10.0.0.5:4000']);
  });

  test('whoever shows an old record is shown the newer one', () => {
    const { world, a, b, c } = threeMembers();
    a.receive(recordOf(2, 5, '10.0.0.5:4000'), b.text);
    world.connect(a, c);
    a.receive(recordOf(2, 4, '10.0.0.4:4000'), c.text);
    expect(a.sent.at(-1)).toMatchObject({ to: c.text, record: { sequence: 5 } });
  });

  test('who has just moved is told who else moved meanwhile', () => {
    const { world, a, b, c } = threeMembers();
    world.connect(a, b);
    world.connect(a, c);
    world.clock.advance(100_000);
    // What goes to c is lost, because c is about to move as well.
    c.peers.clear();
    b.exchange.announce(['10.0.0.22:4000']);
    world.clock.advance(10_000);
    c.peers.add(a.text);
    c.exchange.announce(['10.0.0.33:4000']);
    world.clock.advance(1_000);
    expect(c.seeks(b)).toEqual(['10.0.0.22:4000']);
    expect(b.seeks(c)).toEqual(['10.0.0.33:4000']);
  });

  test('news reach everybody of many, although each tells only a few', () => {
    const world = new World();
    world.members = Array.from({ length: 24 }, (_, index) => index + 1);
    const nodes = world.members.map((key) => world.node(key));
    for (const [index, one] of nodes.entries())
      for (const other of nodes.slice(index + 1)) world.connect(one, other);
    world.clock.advance(5_000);
    // Only one of them hears it at first.
    nodes[0]!.receive(recordOf(99, 1, '10.0.9.9:4000'), nodes[1]!.text);
    world.members.push(99);
    for (const node of nodes) node.tell({ type: 'membersChanged' });
    world.clock.advance(10_000);
    expect(nodes.filter((node) => node.seeks(keyOf(99)).length === 1)).toHaveLength(24);
    const copies = nodes.flatMap(({ sent }) => sent).filter(({ record }) => record.sequence === 1);
    expect(copies.length).toBeLessThanOrEqual(24 * 8 * 2);
  });
});

describe('joining', () => {
  test('a sponsor hands on the addresses of who has become a member, and tells it those of the others', () => {
    const world = new World();
    world.members = [1, 2];
    const [a, b, joiner] = [world.node(1), world.node(2), world.node(3)] as const;
    a.exchange.announce(['10.0.0.1:4000']);
    b.exchange.announce(['10.0.0.2:4000']);
    joiner.exchange.announce(['10.0.0.3:4000']);
    world.connect(a, b);
    world.connect(a, joiner);
    world.clock.advance(20_000);
    // A stranger learns nothing of others, and others nothing of it.
    expect(joiner.seeks(b)).toEqual([]);
    expect(b.seeks(joiner)).toEqual([]);
    world.setMembers(1, 2, 3);
    world.clock.advance(5_000);
    expect(joiner.seeks(b)).toEqual(['10.0.0.2:4000']);
    expect(b.seeks(joiner)).toEqual(['10.0.0.3:4000']);
  });

  test('a stranger tells about itself alone, unless the invitation names it', () => {
    const world = new World();
    world.members = [1];
    const a = world.node(1);
    a.receive(recordOf(8, 1, '10.0.0.8:4000'), keyOf(9).text);
    expect(a.seeks(keyOf(8))).toEqual([]);
    a.receive(recordOf(9, 1, '10.0.0.9:4000'), keyOf(9).text);
    expect(a.seeks(keyOf(9))).toEqual(['10.0.0.9:4000']);
    a.exchange.trust(keyOf(9).text);
    a.receive(recordOf(8, 1, '10.0.0.8:4000'), keyOf(9).text);
    expect(a.seeks(keyOf(8))).toEqual(['10.0.0.8:4000']);
  });
});

describe('the own number', () => {
  test('rises with each change, is on disk before it is said, and goes on after a restart', () => {
    const { world, a, b } = threeMembers();
    world.connect(a, b);
    expect(a.saved.sequence).toBe(1);
    a.exchange.announce(['10.0.0.1:4000']);
    expect(a.saved.sequence).toBe(1);
    a.exchange.announce(['10.0.0.7:4000']);
    expect(a.sent.at(-1)!.record.sequence).toBe(2);
    const again = world.node(1, a.saved);
    again.exchange.announce(['10.0.0.7:4000']);
    expect(again.exchange.own?.sequence).toBe(3);
  });

  test('passes what others remember after a backup was restored', () => {
    const { world, a, b } = threeMembers();
    a.receive(recordOf(2, 9, '10.0.0.9:4000'), b.text);
    world.connect(a, b);
    world.clock.advance(1_000);
    expect(b.exchange.own).toMatchObject({ sequence: 10, addressHints: ['10.0.0.2:4000'] });
    expect(a.seeks(b)).toEqual(['10.0.0.2:4000']);
  });

  test('two copies of one node do not chase each other without end', () => {
    const { world, b } = threeMembers();
    for (let sequence = 10; sequence < 10 + MANY; sequence++) {
      b.receive(recordOf(2, sequence, '10.0.0.9:4000'), keyOf(1).text);
      world.clock.advance(10);
    }
    expect(b.exchange.own!.sequence).toBe(11);
    world.clock.advance(10_000);
    b.receive(recordOf(2, 500, '10.0.0.9:4000'), keyOf(1).text);
    expect(b.exchange.own!.sequence).toBe(501);
  });
});

describe('bounds', () => {
  test('loopback is believed only of peers on this machine', () => {
    const { a, b, c } = threeMembers();
    a.peers.add(b.text);
    a.receive(recordOf(3, 1, '127.0.0.1:4000'), b.text);
    expect(a.seeks(c)).toEqual([]);
    a.peerAddress = '127.0.0.1:5000';
    a.receive(recordOf(3, 2, '127.0.0.1:4000'), b.text);
    expect(a.seeks(c)).toEqual(['127.0.0.1:4000']);
  });

  test('a key that changes all the time is followed at a bounded rate, and is believed again later', () => {
    const { world, a, b } = threeMembers();
    for (let sequence = 1; sequence <= MANY; sequence++)
      a.receive(recordOf(2, sequence, `10.0.1.${sequence}:4000`), b.text);
    expect(a.seeks(b)).toEqual(['10.0.1.3:4000']);
    world.clock.advance(5_000);
    a.receive(recordOf(2, MANY + 1, '10.0.2.2:4000'), b.text);
    expect(a.seeks(b)).toEqual(['10.0.2.2:4000']);
  });

  test('keys of nobody give way, members stay', () => {
    const { world, a, b, c } = threeMembers();
    a.receive(recordOf(3, 1, '10.0.0.3:4000'), c.text);
    for (let key = 100; key < 100 + MANY; key++) a.receive(recordOf(key, 1, '10.0.0.9:4000'), b.text);
    world.clock.advance(5_000);
    expect(a.saved.held).toHaveLength(1 + 128);
    expect(a.seeks(c)).toEqual(['10.0.0.3:4000']);
  });

  test('a record on disk that its owner did not sign is left out', () => {
    const world = new World();
    world.members = [1, 2];
    const forged = { ...recordOf(2, 7, '10.0.0.2:4000'), addressHints: ['10.6.6.6:4000'] };
    const held = [
      { record: forged, isFromHere: false },
      { record: recordOf(3, 1, '10.0.0.3:4000'), isFromHere: false },
    ];
    const a = world.node(1, { sequence: 4, held });
    expect(a.seeks(keyOf(2))).toEqual([]);
    expect(a.seeks(keyOf(3))).toEqual(['10.0.0.3:4000']);
    expect(toText(held[1]!.record.publicKey)).toBe(keyOf(3).text);
  });
});
