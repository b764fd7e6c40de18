import { describe, expect, it } from 'vitest';
import { echoesFor, mayRepeat, noteConnection, noteStart, Peers } from '../../../src-main/core/peers.ts';
import type { Status } from '../../../src-main/core/messages.ts';
import { networkOf } from './builders.ts';

/** Peers that know these members. */
function peersOf(...members: readonly string[]): Peers {
  const peers = new Peers();
  peers.settle(new Set(members));
  return peers;
}

const countOf = (peers: Peers) => [...peers.all()].length;

describe('strangers', () => {
  const crowd = (peers: Peers, count: number) =>
    Array.from({ length: count }, (_, index) => peers.entry(`stranger-${index}`));

  it('are at most 64; members always have a place', () => {
    const peers = peersOf('member');
    expect(crowd(peers, 64).every((peer) => peer !== undefined)).toBe(true);
    expect(peers.entry('one-too-many')).toBeUndefined();
    expect(peers.entry('member')).toBeDefined();
    expect(peers.entry('stranger-63')).toBe(peers.get('stranger-63'));
    expect(countOf(peers)).toBe(65);
  });

  it('are forgotten when they go, and make room; members are kept', () => {
    const peers = peersOf('member');
    crowd(peers, 64);
    peers.entry('member')!.connected = true;
    for (const key of ['member', 'stranger-0', 'nobody']) peers.disconnected(key);
    expect(peers.get('stranger-0')).toBeUndefined();
    expect(peers.get('member')).toMatchObject({ connected: false });
    expect(peers.entry('next')).toBeDefined();
  });

  it('stay within the limit when members become strangers', () => {
    const members = Array.from({ length: 10 }, (_, index) => `member-${index}`);
    const peers = peersOf(...members);
    for (const key of members) peers.entry(key);
    crowd(peers, 64);
    peers.settle(new Set(['member-9']));
    expect(countOf(peers)).toBe(65);
    expect(peers.get('member-9')).toBeDefined();
    expect(peers.isMember('member-0')).toBe(false);
  });
});

describe('the starts that a peer is told of', () => {
  const start = (byte: number) => ({ nonce: new Uint8Array(16).fill(byte), signature: new Uint8Array(64) });
  const toldAfter = (...bytes: readonly number[]) => {
    const peer = peersOf('member').entry('member')!;
    for (const byte of bytes) noteStart(peer, start(byte));
    return { peer, told: () => echoesFor(peer).map(({ nonce }) => nonce[0]) };
  };

  it('are the present one, and those before while it has not heard of them', () => {
    const { peer, told } = toldAfter(1);
    expect(told()).toEqual([1]);
    noteStart(peer, start(2));
    noteStart(peer, start(3));
    expect(told()).toEqual([1, 2]);
    peer.untold = [];
    expect(told()).toEqual([3]);
  });

  it('may all be before the one that has just connected', () => {
    const { peer, told } = toldAfter(1, 2);
    noteConnection(peer);
    noteConnection(peer);
    expect(told()).toEqual([1, 2]);
    noteStart(peer, start(2));
    expect(told(), 'it is the same start').toEqual([1]);
  });

  it('are at most eight: the first one and the newest', () => {
    expect(toldAfter(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12).told()).toEqual([1, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('are none twice, where two copies take turns', () => {
    expect(toldAfter(1, 2, 1, 2).told()).toEqual([1]);
  });
});

describe('the tip of a peer', () => {
  it('is what it stated last: the height below the one it decides', () => {
    const peers = peersOf('member');
    expect(peers.tipOf('member')).toBeNull();
    peers.entry('member')!.status = { height: 8 } as Status;
    expect(peers.tipOf('member')).toBe(7);
  });
});

describe('the same object to the same peer', () => {
  const INTERVAL_MS = 25;
  const sentAt = (moments: readonly number[]) => {
    const peer = peersOf('member').entry('member')!;
    return moments.map((nowMs) => mayRepeat(peer, 'object', nowMs, INTERVAL_MS));
  };

  it('waits twice as long with each repeat', () => {
    expect(sentAt([0, 24, 25, 74, 75, 174, 175])).toEqual([true, false, true, false, true, false, true]);
  });

  it('never waits longer than 256 intervals', () => {
    const peer = peersOf('member').entry('member')!;
    let nowMs = 0;
    for (let count = 0; count < 20; count++) {
      expect(mayRepeat(peer, 'object', nowMs, INTERVAL_MS)).toBe(true);
      nowMs += 256 * INTERVAL_MS;
    }
    expect(mayRepeat(peer, 'object', nowMs - 1, INTERVAL_MS)).toBe(false);
  });

  it('is counted for each peer and object alone, and anew at the next height', () => {
    const peers = peersOf('first', 'second');
    const [first, second] = ['first', 'second'].map((key) => peers.entry(key)!);
    expect(mayRepeat(first!, 'object', 0, INTERVAL_MS)).toBe(true);
    expect(mayRepeat(second!, 'object', 0, INTERVAL_MS)).toBe(true);
    expect(mayRepeat(first!, 'other', 0, INTERVAL_MS)).toBe(true);
    expect(mayRepeat(first!, 'object', 0, INTERVAL_MS)).toBe(false);
    peers.settle(new Set(['first', 'second']));
    expect(mayRepeat(first!, 'object', 0, INTERVAL_MS)).toBe(true);
  });

  it('is remembered for at most 512 objects', () => {
    const peer = peersOf('member').entry('member')!;
    for (let index = 0; index < 600; index++)
      expect(mayRepeat(peer, `object-${index}`, 0, INTERVAL_MS)).toBe(true);
    expect(peer.sent.size).toBe(512);
  });
});

describe('being level with the chain', () => {
  const { committee, keys } = networkOf([1, 1, 1, 1]);
  const stating = (...heights: readonly number[]): Peers => {
    const peers = peersOf(...keys.map(({ text }) => text));
    for (const [index, height] of heights.entries())
      peers.entry(keys[index]!.text)!.status = { height } as Status;
    return peers;
  };

  it('ends when more than a third of the stake is more than one block ahead', () => {
    // A STATUS names the height that is decided next, one above the tip.
    expect(stating(12, 12).isLevel(committee, 10)).toBe(true);
    expect(stating(13, 13).isLevel(committee, 10)).toBe(false);
  });

  it('does not end because one of four states any height', () => {
    expect(stating(2 ** 31, 11, 11).isLevel(committee, 10)).toBe(true);
  });
});
