import { describe, expect, it } from 'vitest';
import type { BlockArchive } from '../../../src-main/core/context.ts';
import { encodeCertificate } from '../../../src-main/core/encoding.ts';
import { encodeMessage } from '../../../src-main/core/message-encoding.ts';
import { MAX_MESSAGE_BYTES, type Status, type SyncBlock } from '../../../src-main/core/messages.ts';
import { Peers } from '../../../src-main/core/peers.ts';
import { Sync } from '../../../src-main/core/sync.ts';
import { certificateOf, hashOf, headerOf, networkOf } from './builders.ts';
import { Recorder } from './recording-context.ts';

const network = networkOf();
const BAN_MS = 60_000;

/** Peers p0, p1 ... that state the given tips. */
function syncWith(tips: readonly number[], archive: Partial<BlockArchive> = {}) {
  const recorder = new Recorder(network, network.keys[0]!, archive);
  const peers = new Peers();
  peers.settle(new Set(tips.map((_, index) => `p${index}`)));
  tips.forEach((tip, index) => {
    const peer = peers.entry(`p${index}`)!;
    peer.connected = true;
    peer.status = { height: tip + 1 } as Status;
  });
  const sync = new Sync(recorder.context, peers);
  const asked = () => {
    const requests = recorder
      .of('send')
      .flatMap(({ to, message }) =>
        message.type === 'syncRequest' ? [[to[0]!, message.fromHeight] as const] : [],
      );
    recorder.forget();
    return requests;
  };
  return { sync, recorder, peers, asked };
}

const blockAt = (height: number): SyncBlock => {
  const sealed = headerOf(network, { height });
  const certificate = certificateOf(network, 'C', 0, sealed.hash, [0, 1, 2], height);
  return { sealed, certificate, nextCommittee: null, bundles: [] };
};
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => blockAt(from + i));

describe('asking', () => {
  it('begins when a peer is more than one block ahead', () => {
    const { sync, asked } = syncWith([11]);
    sync.request(10);
    expect(asked()).toEqual([]);
    expect(sync.target(10)).toBeNull();
    expect(sync.target(9)).toBe(11);
    sync.request(9);
    expect(asked()).toEqual([['p0', 10]]);
  });

  it('opens its window by one with each answer, up to four requests and two per peer', () => {
    const { sync, asked } = syncWith([1000, 1000]);
    sync.request(1);
    const [[peer]] = asked() as [[string, number]];
    expect(sync.onResponse(peer, range(2, 64), 1)).toBe(true);
    sync.request(1);
    expect(asked().map(([, from]) => from)).toEqual([66, 130]);
    for (const [from, height] of [
      ['p0', 66],
      ['p1', 66],
      ['p0', 130],
      ['p1', 130],
    ] as const)
      sync.onResponse(from, range(height, 64), 1);
    sync.request(1);
    expect(asked().length).toBeLessThanOrEqual(4);
  });

  it('does not wait for what a peer stated that has gone', () => {
    const { sync, peers } = syncWith([2 ** 32 - 2]);
    expect(sync.target(1)).toBe(2 ** 32 - 2);
    peers.disconnected('p0');
    expect(sync.target(1)).toBeNull();
  });

  it('asks only connected peers that state to have it', () => {
    const { sync, peers, asked } = syncWith([5, 100]);
    peers.entry('p1')!.connected = false;
    sync.request(10);
    expect(asked()).toEqual([]);
    peers.entry('p1')!.connected = true;
    sync.request(10);
    expect(asked()).toEqual([['p1', 11]]);
  });

  it('asks nobody for more than it gives to who has no stake, so that it is not refused', () => {
    const { sync, recorder, asked } = syncWith([100_000, 100_000]);
    const large = (block: SyncBlock): SyncBlock => ({ ...block, bundles: [new Uint8Array(32 * 1024)] });
    sync.request(1);
    const [[first, from]] = asked() as [[string, number]];
    // More than 4 MiB, by pieces.
    const blocks = range(from, 64).flatMap((block) => [large(block), large(block), large(block)]);
    sync.onResponse(first, blocks, 1);
    recorder.nowMs += 1;
    sync.request(1);
    expect(new Set(asked().map(([peer]) => peer))).toEqual(new Set([first === 'p0' ? 'p1' : 'p0']));
    recorder.nowMs += 2_000;
    sync.request(1);
    expect(asked().map(([peer]) => peer)).toContain(first);
  });

  it('leaves a peer that does not answer alone for a while, and asks another one', () => {
    const { sync, asked, recorder } = syncWith([100, 100]);
    sync.request(1);
    expect(asked()).toEqual([['p0', 2]]);
    recorder.nowMs = 999;
    sync.request(1);
    expect(asked()).toEqual([]);
    recorder.nowMs = 1000;
    sync.request(1);
    expect(asked()).toEqual([['p1', 2]]);
    recorder.nowMs = 2000;
    sync.request(1);
    expect(asked()).toEqual([]);
    recorder.nowMs = 6000;
    sync.request(1);
    expect(asked()).toEqual([['p0', 2]]);
  });
});

describe('an answer', () => {
  it('is taken block by block, and what is below the tip is forgotten', () => {
    const { sync, asked } = syncWith([100]);
    sync.request(1);
    asked();
    sync.onResponse('p0', range(2, 3), 1);
    expect(sync.next(1)?.block.sealed.header.height).toBe(2);
    expect(sync.next(3)?.from).toBe('p0');
    expect(sync.next(1)).toBeUndefined();
  });

  it('that nobody asked for is refused', () => {
    const { sync } = syncWith([100, 100]);
    expect(sync.onResponse('p0', range(2, 1), 1)).toBe(false);
    sync.request(1);
    expect(sync.onResponse('p1', range(2, 1), 1)).toBe(false);
    expect(sync.onResponse('p0', range(3, 1), 1)).toBe(false);
    expect(sync.onResponse('p0', range(2, 1), 1)).toBe(true);
    expect(sync.onResponse('p0', range(2, 1), 1)).toBe(false);
  });

  it('that comes late is taken all the same, once, unless its sender was found to lie meanwhile', () => {
    const { sync, asked, recorder } = syncWith([100, 100]);
    sync.request(1);
    recorder.nowMs = 1000;
    sync.request(1);
    expect(asked().map(([peer]) => peer)).toEqual(['p0', 'p1']);
    expect(sync.onResponse('p0', range(2, 3), 1)).toBe(true);
    expect(sync.next(1)?.from).toBe('p0');
    expect(sync.onResponse('p0', range(2, 3), 1)).toBe(false);
    recorder.nowMs = 2000;
    sync.request(1);
    sync.ban('p1');
    expect(sync.onResponse('p1', range(2, 3), 1)).toBe(false);
  });

  it('is remembered to be late for the eight newest requests', () => {
    const { sync, recorder, asked } = syncWith(Array.from({ length: 10 }, () => 100));
    for (let i = 0; i < 12; i++) {
      recorder.nowMs = i * 1000;
      sync.request(1);
    }
    const taken = asked().filter(([peer]) => sync.onResponse(peer, range(2, 1), 1));
    // One more is waited for.
    expect(taken).toHaveLength(9);
  });

  it('with a gap counts up to it', () => {
    const { sync } = syncWith([100]);
    sync.request(1);
    sync.onResponse('p0', [blockAt(2), blockAt(4)], 1);
    expect(sync.next(1)).toBeDefined();
    expect(sync.next(3)).toBeUndefined();
  });

  it('without the blocks that its sender states to have ends the asking for a while', () => {
    const { sync, asked } = syncWith([100]);
    sync.request(1);
    asked();
    expect(sync.onResponse('p0', [], 1)).toBe(true);
    sync.request(1);
    expect(asked()).toEqual([]);
    expect(sync.target(1)).toBeNull();
  });
});

describe('a banned peer', () => {
  it('is not asked for 60 s, then twice as long with each time, however much it answers', () => {
    const { sync, asked, recorder } = syncWith([60]);
    for (const waitMs of [BAN_MS, 2 * BAN_MS, 4 * BAN_MS]) {
      sync.ban('p0');
      recorder.nowMs += waitMs - 1;
      sync.request(1);
      expect(asked()).toEqual([]);
      recorder.nowMs += 1;
      sync.request(1);
      expect(asked()).toEqual([['p0', 2]]);
      sync.onResponse('p0', range(2, 1), 1);
    }
  });

  it('is forgiven when a block of it proved itself', () => {
    const { sync, asked } = syncWith([100]);
    sync.ban('p0');
    sync.forgive('p0');
    sync.request(1);
    expect(asked()).toEqual([['p0', 2]]);
  });

  it('takes its blocks with it, and another one is asked', () => {
    const { sync, asked } = syncWith([100, 100]);
    sync.request(1);
    asked();
    sync.onResponse('p0', range(2, 3), 1);
    sync.ban('p0');
    expect(sync.next(1)).toBeUndefined();
    sync.request(1);
    expect(asked()[0]).toEqual(['p1', 2]);
  });

  it('no longer pulls the target up', () => {
    const { sync } = syncWith([9999, 20]);
    expect(sync.target(1)).toBe(9999);
    sync.ban('p0');
    expect(sync.target(1)).toBe(20);
  });

  it('is remembered in a list of 256', () => {
    const { sync } = syncWith([100]);
    sync.ban('p0');
    for (let i = 0; i < 255; i++) sync.ban(`stranger ${i}`);
    expect(sync.target(1)).toBeNull();
    sync.ban('one more');
    expect(sync.target(1)).toBe(100);
  });
});

describe('answering', () => {
  const bundle = new Uint8Array(10_000);
  const archiveOf = (tip: number, bundlesOf: (height: number) => readonly Uint8Array[]) => ({
    block: (height: number) => {
      if (height > tip || height < 1) return undefined;
      const { sealed, certificate } = blockAt(height);
      const certificateBytes = height === 1 ? new Uint8Array(0) : encodeCertificate(certificate);
      return { headerBytes: sealed.bytes, certificateBytes, bundles: bundlesOf(height), committee: [] };
    },
  });
  const answered = (archive: Partial<BlockArchive>, from: number, maxBytes = 256 * 1024) => {
    const { message } = syncWith([], archive).sync.answer(from, maxBytes);
    return message.type === 'syncResponse' ? message.blocks : [];
  };

  it('gives at most 64 blocks', () => {
    const blocks = answered(
      archiveOf(500, () => []),
      10,
    );
    expect(blocks.map(({ sealed }) => sealed.header.height)).toEqual(
      Array.from({ length: 64 }, (_, i) => 10 + i),
    );
  });

  it('gives up to the tip, and nothing for the genesis or beyond', () => {
    const archive = archiveOf(12, () => []);
    expect(answered(archive, 10)).toHaveLength(3);
    expect(answered(archive, 13)).toEqual([]);
    expect(answered(archive, 1)).toEqual([]);
  });

  it('stays below the bytes that were asked for, and below its own limit', () => {
    const archive = archiveOf(500, () => [bundle]);
    expect(answered(archive, 10, 35_000)).toHaveLength(3);
    expect(answered(archive, 10, 2 ** 32 - 1).length).toBeLessThan(27);
  });

  it('gives a block that is too large alone, without the bundles that do not fit', () => {
    const blocks = answered(
      archiveOf(500, () => Array<Uint8Array>(40).fill(bundle)),
      10,
    );
    expect(blocks).toHaveLength(1);
    expect(blocks[0]!.bundles.length).toBeLessThan(27);
  });

  it('adds the next committee when it changes', () => {
    const next = [{ id: 7, publicKey: hashOf(7), stake: 3 }];
    const sealed = headerOf(network, { height: 2, nextCommitteeHash: hashOf(9) });
    const certificateBytes = encodeCertificate(certificateOf(network, 'C', 0, sealed.hash));
    const blocks = answered(
      {
        block: (height) =>
          height === 2
            ? { headerBytes: sealed.bytes, certificateBytes, bundles: [], committee: [] }
            : undefined,
        committee: () => next,
      },
      2,
    );
    expect(blocks[0]!.nextCommittee).toEqual(next);
  });

  it('fits into a message when each block of a large network changes the committee', () => {
    const large = networkOf(Array<number>(128).fill(1));
    const { members } = large.committee;
    const signers = members.slice(0, 86).map((_, index) => index);
    const signatures = signers.map(() => new Uint8Array(64));
    const archive: Partial<BlockArchive> = {
      block: (height) => {
        const sealed = headerOf(large, { height, nextCommitteeHash: hashOf(height) });
        const certificate = {
          ...certificateOf(network, 'C', 0, sealed.hash, [0], height),
          signers,
          signatures,
        };
        const certificateBytes = encodeCertificate(certificate);
        return { headerBytes: sealed.bytes, certificateBytes, bundles: [], committee: members };
      },
      committee: () => members,
    };
    const { message } = syncWith([], archive).sync.answer(2, 256 * 1024);
    const sizeBytes = encodeMessage(message).length;
    expect(sizeBytes).toBeGreaterThan(200 * 1024);
    expect(sizeBytes).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  });
});
