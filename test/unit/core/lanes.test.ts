import { describe, expect, it } from 'vitest';
import { ZERO_HASH } from '../../../src-main/core/encoding.ts';
import type { LaneOwner } from '../../../src-main/core/lanes.ts';
import { LanePool } from '../../../src-main/core/lanes.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import { bundleOf, dataOf, hashOf, keyOf, laneOf, networkOf, transactionOf } from './builders.ts';

const { chainId, keys } = networkOf([1, 1, 1, 1]);
const texts = keys.map(({ text }) => text);

function ownerOf(id: number, changes: Partial<LaneOwner> = {}): LaneOwner {
  return {
    id,
    publicKey: keys[id]!.publicKey,
    stake: 1,
    raised: true,
    laneSeq: 0,
    laneDigest: ZERO_HASH,
    ...changes,
  };
}

function poolOf(changes: Partial<LaneOwner> = {}, laneWindow = 8): LanePool {
  const pool = new LanePool({ laneWindow });
  pool.settle([ownerOf(0, changes), ownerOf(1), ownerOf(2), ownerOf(3)]);
  return pool;
}

const laneBy = (member: number, length: number, name?: string) =>
  laneOf(chainId, keys[member]!, length, name);
const addAll = (pool: LanePool, bundles: readonly SealedBundle[]) =>
  bundles.map((sealed) => pool.add(sealed));
const entryOf = (origin: number, sealed: SealedBundle) => ({
  origin,
  toSeq: sealed.bundle.seq,
  tipDigest: sealed.digest,
});
/** A bundle of about this many bytes. */
const largeBundle = (member: number, sizeBytes: number, seq = 1, prev = ZERO_HASH) =>
  bundleOf(chainId, keys[member]!, seq, prev, [transactionOf('large', dataOf('x'.repeat(sizeBytes)))]);

describe('taking bundles in', () => {
  it('keeps what extends a lane, in any order, and offers it without gaps', () => {
    const pool = poolOf();
    const [first, second, third] = laneBy(0, 3);
    pool.add(third!);
    expect(pool.chainOf(texts[0]!)).toEqual([]);
    expect(pool.isEmpty).toBe(true);
    pool.add(first!);
    expect(pool.chainOf(texts[0]!)).toEqual([first]);
    pool.add(second!);
    expect(pool.chainOf(texts[0]!)).toEqual([first, second, third]);
    expect(pool.tips()).toEqual([{ origin: 0, seq: 3, digest: third!.digest }]);
    expect(pool.size).toBe(3);
  });

  it('states its tips as they are after each bundle and each block', () => {
    const pool = poolOf();
    const lane = laneBy(0, 3);
    const tipAt = (seq: number) => [{ origin: 0, seq, digest: lane[seq - 1]!.digest }];
    expect(pool.tips()).toEqual([]);
    pool.add(lane[0]!);
    expect(pool.tips()).toEqual(tipAt(1));
    addAll(pool, lane.slice(1));
    expect(pool.tips()).toEqual(tipAt(3));
    pool.settle([ownerOf(0, { laneSeq: 1, laneDigest: lane[0]!.digest, stake: 0 })]);
    expect(pool.tips()).toEqual(tipAt(2));
    pool.settle([ownerOf(0, { laneSeq: 3, laneDigest: lane[2]!.digest })]);
    expect(pool.tips()).toEqual([]);
    expect(pool.isEmpty).toBe(true);
  });

  it('knows what it holds, what is committed, and what is too far ahead', () => {
    const lane = laneBy(0, 12);
    const pool = poolOf({ laneSeq: 2, laneDigest: lane[1]!.digest });
    expect(pool.add(lane[1]!)).toBe('committed');
    expect(pool.add(lane[2]!)).toBe('added');
    expect(pool.add(lane[2]!)).toBe('known');
    expect(pool.add(lane[9]!)).toBe('added');
    expect(pool.add(lane[10]!)).toBe('beyond-window');
    expect(pool.get(lane[2]!.digest)).toBe(lane[2]);
    expect(pool.get(lane[10]!.digest)).toBeUndefined();
  });

  it('refuses the bundles of a key that is no member', () => {
    expect(poolOf().add(bundleOf(chainId, keyOf(9), 1))).toBe('not-a-member');
  });

  it('gives an observer one bundle of at most 4 KiB', () => {
    const pool = poolOf({ stake: 0, raised: false });
    expect(pool.add(largeBundle(0, 4096))).toBe('too-large');
    expect(poolOf({ stake: 0 }).add(largeBundle(0, 4096)), 'bundled while it had stake').toBe('added');
    const [first, second] = laneBy(0, 2);
    expect(pool.add(first!)).toBe('added');
    expect(pool.add(second!)).toBe('beyond-window');
    expect(pool.add(largeBundle(1, 4096))).toBe('added');
  });
});

describe('a forked lane', () => {
  const forks = ['a', 'b', 'c'].map((name) => laneBy(0, 2, name));
  const [first, second, third] = forks;

  it('takes nothing on the committed tip that does not extend it, unless it is cited', () => {
    const [first] = laneBy(0, 1);
    const tip = { laneSeq: 1, laneDigest: first!.digest };
    const lost = [1, 2].map((byte) => bundleOf(chainId, keys[0]!, 2, hashOf(byte)));
    const next = bundleOf(chainId, keys[0]!, 2, first!.digest);
    const pool = poolOf(tip);
    expect(addAll(pool, [...lost, next])).toEqual(['lost-branch', 'lost-branch', 'added']);
    expect(pool.chainOf(texts[0]!)).toEqual([next]);
    const proposed = poolOf(tip);
    proposed.cite([lost[0]!.digest]);
    expect(proposed.add(lost[0]!)).toBe('added');
  });

  it('has at most two variants per seq', () => {
    const pool = poolOf();
    expect(forks.map((lane) => pool.add(lane[0]!))).toEqual(['added', 'forked', 'too-many-variants']);
    expect(pool.variantsAt(texts[0]!, 1)).toEqual([first![0], second![0]]);
  });

  it('takes in what a proposal cites beyond that', () => {
    const pool = poolOf();
    for (const lane of forks.slice(0, 2)) pool.add(lane[0]!);
    pool.cite([third![0]!.digest]);
    expect(pool.add(third![0]!)).toBe('forked');
    const resolved = pool.resolve([entryOf(0, third![0]!)], 2);
    expect(resolved).toMatchObject({ ok: true, bundles: [third![0]] });
  });

  it('offers its longest branch, and of equal ones that with the smaller digest', () => {
    const pool = poolOf();
    addAll(pool, [first![0]!, second![0]!]);
    const [chosen] = pool.chainOf(texts[0]!);
    const other = chosen === first![0] ? second! : first!;
    expect(Buffer.compare(chosen!.digest, other[0]!.digest)).toBe(-1);
    pool.add(other[1]!);
    expect(pool.chainOf(texts[0]!)).toEqual(other);
  });

  it('loses its other branch when one is committed', () => {
    const pool = poolOf();
    addAll(pool, [...first!, ...second!]);
    pool.settle([ownerOf(0, { laneSeq: 1, laneDigest: second![0]!.digest })]);
    expect(pool.chainOf(texts[0]!)).toEqual([second![1]]);
    expect(pool.size).toBe(1);
  });

  it('loses all that stands on a lost branch, and keeps what may stand on what is to come', () => {
    const pool = poolOf();
    const [lost, chosen] = ['a', 'b'].map((name) => laneBy(0, 4, name));
    addAll(pool, [...lost!.slice(0, 3), chosen![0]!, chosen![3]!]);
    pool.settle([ownerOf(0, { laneSeq: 1, laneDigest: chosen![0]!.digest })]);
    expect(pool.size).toBe(1);
    expect(pool.get(chosen![3]!.digest)).toBe(chosen![3]);
  });
});

describe('settling', () => {
  it('drops them also when the ledger has changed its own member in place', () => {
    const member = { ...ownerOf(0) };
    const pool = new LanePool({ laneWindow: 8 });
    pool.settle([member]);
    const lane = laneBy(0, 2);
    addAll(pool, lane);
    Object.assign(member, { laneSeq: 2, laneDigest: lane[1]!.digest });
    pool.settle([member]);
    expect(pool.size).toBe(0);
  });

  it('drops what is committed and keeps what is above', () => {
    const pool = poolOf();
    const lane = laneBy(0, 3);
    addAll(pool, lane);
    pool.settle([ownerOf(0, { laneSeq: 2, laneDigest: lane[1]!.digest })]);
    expect(pool.chainOf(texts[0]!)).toEqual([lane[2]]);
    expect(pool.get(lane[0]!.digest)).toBeUndefined();
  });

  it('forgets the lanes of members that left', () => {
    const pool = poolOf();
    const [sealed] = laneBy(0, 1);
    pool.add(sealed!);
    pool.settle([ownerOf(1)]);
    expect(pool.size).toBe(0);
    expect(pool.owner(texts[0]!)).toBeUndefined();
    expect(pool.resolve([entryOf(0, sealed!)], 2)).toEqual({ ok: false, invalid: 'cut names no member' });
  });

  it('offers only one bundle of a member that lost its stake', () => {
    const pool = poolOf();
    const lane = laneBy(0, 5);
    addAll(pool, lane);
    pool.settle([ownerOf(0, { stake: 0 })]);
    expect(pool.chainOf(texts[0]!)).toEqual([lane[0]]);
    const cut = pool.buildCut(2, 1 << 20);
    expect(cut).toEqual([entryOf(0, lane[0]!)]);
    expect(pool.resolve(cut, 2)).toMatchObject({ ok: true });
  });
});

describe('building a cut', () => {
  it('takes every lane as far as it is held, in the order of ids', () => {
    const pool = poolOf();
    const lanes = [3, 0, 2].map((member) => {
      const lane = laneBy(member, member + 1);
      addAll(pool, lane);
      return [member, lane.at(-1)!] as const;
    });
    const expected = lanes.map(([member, tip]) => entryOf(member, tip)).sort((a, b) => a.origin - b.origin);
    expect(pool.buildCut(7, 1 << 20)).toEqual(expected);
  });

  it('takes at most K bundles of a lane', () => {
    const pool = poolOf({}, 3);
    const lane = laneBy(0, 3);
    addAll(pool, lane);
    expect(pool.buildCut(2, 1 << 20)).toEqual([entryOf(0, lane[2]!)]);
  });

  it('begins with another lane at each height when not all fit', () => {
    const pool = poolOf();
    const large = [0, 1, 2, 3].map((member) => largeBundle(member, 5000));
    addAll(pool, large);
    const room = large[0]!.bytes.length * 2;
    const origins = (height: number) => pool.buildCut(height, room).map(({ origin }) => origin);
    expect([4, 5, 6, 7].map(origins)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
    ]);
  });

  it('takes a part of a lane when the rest does not fit', () => {
    const pool = poolOf();
    const first = largeBundle(0, 5000);
    const second = largeBundle(0, 5000, 2, first.digest);
    addAll(pool, [first, second]);
    expect(pool.buildCut(4, first.bytes.length + 10)).toEqual([entryOf(0, first)]);
    expect(pool.buildCut(4, first.bytes.length - 1)).toEqual([]);
  });
});

describe('resolving a cut', () => {
  const lanes = [0, 1, 2].map((member) => laneBy(member, 2));
  const full = () => {
    const pool = poolOf();
    for (const lane of lanes) addAll(pool, lane);
    return pool;
  };
  const cut = lanes.map((lane, member) => entryOf(member, lane[1]!));

  it.each([
    [6, [0, 1, 2]],
    [7, [1, 2, 0]],
    [8, [2, 0, 1]],
  ])('executes at height %i in the order of lanes %j', (height, order) => {
    const expected = order.flatMap((member) => lanes[member]!);
    const sizeBytes = expected.reduce((sum, sealed) => sum + sealed.bytes.length, 0);
    expect(full().resolve(cut, height)).toEqual({ ok: true, bundles: expected, sizeBytes });
  });

  it('rotates by the lanes in the cut, not by those of all members', () => {
    const resolved = full().resolve([cut[0]!, cut[2]!], 3);
    expect(resolved).toMatchObject({ ok: true, bundles: [...lanes[2]!, ...lanes[0]!] });
  });

  it('is complete when it is empty', () => {
    expect(full().resolve([], 5)).toEqual({ ok: true, bundles: [], sizeBytes: 0 });
  });

  it('names the deepest bundle that is missing', () => {
    const pool = poolOf();
    pool.add(lanes[0]![1]!);
    const owner = ownerOf(0);
    const missing = [{ owner, entry: cut[0], tipDigest: lanes[0]![0]!.digest }];
    expect(pool.resolve([cut[0]!], 5)).toEqual({ ok: false, missing });
  });

  it.each([
    ['a lane twice', [cut[0]!, cut[0]!], 'cut out of order'],
    ['lanes out of order', [cut[1]!, cut[0]!], 'cut out of order'],
    ['nobody', [{ ...cut[0]!, origin: 9 }], 'cut names no member'],
    ['what is committed', [{ ...cut[0]!, toSeq: 0 }], 'cut outside the window'],
    ['more than K bundles', [{ ...cut[0]!, toSeq: 9 }], 'cut outside the window'],
    ['another seq than its bundle has', [{ ...cut[0]!, toSeq: 1 }], 'cut does not extend the lane'],
    ['the bundle of another lane', [{ ...cut[1]!, origin: 0 }], 'cut does not extend the lane'],
  ])('refuses one that names %s', (_, entries, invalid) => {
    expect(full().resolve(entries, 5)).toEqual({ ok: false, invalid });
  });

  it('refuses a chain that does not begin at the committed tip', () => {
    const pool = poolOf();
    const stray = bundleOf(chainId, keys[0]!, 1, hashOf(3));
    pool.cite([stray.digest]);
    pool.add(stray);
    expect(pool.resolve([entryOf(0, stray)], 5)).toEqual({
      ok: false,
      invalid: 'cut does not extend the lane',
    });
    expect(pool.buildCut(5, 1 << 20)).toEqual([]);
  });
});
