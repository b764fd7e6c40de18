import { describe, expect, it } from 'vitest';
import { MAX_VALUE_CHARACTERS } from '../../../src-main/ledger/commands.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { dataOf, joinOf, keyOf } from '../core/builders.ts';
import { mixedOrderKey } from '../core/mixed-order-key.ts';
import { LedgerBench } from './ledger-bench.ts';

const decide = (d: string, h = 100, ns = 'test:choice'): Command => ({ kind: 'decision', ns, h, d });

describe('data', () => {
  it('writes a value under its name space and origin, the last one counts', () => {
    const bench = new LedgerBench();
    expect(bench.block([1, dataOf('a'), dataOf('b')])).toEqual(['applied', 'applied']);
    expect(bench.value(`test:data:${keyOf(1).text}`)).toBe('b');
    expect(bench.value(`test:data:${keyOf(2).text}`)).toBeNull();
  });

  it('is free for a member without stake', () => {
    expect(new LedgerBench([1, 0]).block([1, dataOf('a')])).toEqual(['applied']);
  });

  it.each([
    ['test:x', 'applied'],
    ['four:four:four:four:x_Y-9', 'applied'],
    [`test:${'x'.repeat(64)}`, 'applied'],
    [`test:${'x'.repeat(65)}`, 'invalid-namespace'],
    ['x', 'invalid-namespace'],
    ['abc:x', 'invalid-namespace'],
    ['sixteencharacter:x', 'invalid-namespace'],
    ['a:b:c:d:e:x', 'invalid-namespace'],
    ['test:', 'invalid-namespace'],
    ['test:ä', 'invalid-namespace'],
    ['te5t:x', 'invalid-namespace'],
    ['test:x\n', 'invalid-namespace'],
    ['decision:taken:x', 'invalid-namespace'],
    ['decision:x', 'invalid-namespace'],
    ['peer:x', 'invalid-namespace'],
    ['lane:x', 'invalid-namespace'],
    [`evidence:${'x'.repeat(43)}`, 'invalid-namespace'],
  ])('under %j is %s', (ns, outcome) => {
    expect(new LedgerBench().block([0, dataOf('d', ns)])).toEqual([outcome]);
  });

  it('has a value of at most 8192 characters', () => {
    const values = [MAX_VALUE_CHARACTERS, MAX_VALUE_CHARACTERS + 1].map((length) => 'x'.repeat(length));
    expect(new LedgerBench().block([0, ...values.map((value) => dataOf(value))])).toEqual([
      'applied',
      'invalid-value',
    ]);
  });
});

describe('decision', () => {
  it('is taken by more than two thirds of the stake, once for all', () => {
    const bench = new LedgerBench();
    expect(bench.block([0, decide('yes')], [1, decide('no')], [2, decide('yes')])).toEqual([
      'noted',
      'noted',
      'noted',
    ]);
    expect(bench.value('test:choice')).toBeNull();
    expect(bench.block([3, decide('yes')], [1, decide('yes')])).toEqual(['applied', 'decision-taken']);
    expect(bench.value('test:choice')).toBe('yes');
    expect(bench.value('decision:taken:test:choice')).toBe('yes');
    expect(bench.block([1, decide('no')])).toEqual(['decision-taken']);
    expect(bench.state.decisions).toEqual([]);
  });

  it('counts by stake', () => {
    expect(new LedgerBench([5, 1, 1]).block([0, decide('yes')])).toEqual(['applied']);
  });

  it('counts a voter once, and needs stake', () => {
    const bench = new LedgerBench([1, 1, 1, 0]);
    expect(bench.block([0, decide('yes'), decide('yes')], [3, decide('yes')])).toEqual([
      'noted',
      'unchanged',
      'no-stake',
    ]);
  });

  it('is over when the chain reaches its height', () => {
    const bench = new LedgerBench();
    bench.emptyUntil(4);
    expect(bench.block([0, decide('late', 5), decide('last', 6)])).toEqual(['decision-expired', 'noted']);
    expect(bench.state.decisions).toEqual([]);
    bench.block([0, decide('open', 8)]);
    expect(bench.state.decisions).toHaveLength(1);
    bench.emptyUntil(7);
    expect(bench.state.decisions).toEqual([]);
  });

  it('has at most 32 open ones per voter', () => {
    const bench = new LedgerBench();
    for (let i = 0; i < 4; i++) {
      const wishes = Array.from({ length: 8 }, (_, n) => decide('d', 100, `test:w${i}_${n}`));
      expect(bench.block([0, ...wishes])).toEqual(Array(8).fill('noted'));
    }
    expect(bench.block([0, decide('d', 100, 'test:more')], [1, decide('d', 100, 'test:more')])).toEqual([
      'too-many-votes',
      'noted',
    ]);
  });

  it.each([
    ['x', 'invalid-namespace'],
    ['decision:taken:x', 'invalid-namespace'],
    [`peer:${'x'.repeat(43)}`, 'invalid-namespace'],
  ])('on %j is refused: %s', (ns, reason) => {
    expect(new LedgerBench([1]).block([0, decide('d', 100, ns)])).toEqual([reason]);
  });
});

describe('addPeer', () => {
  const joined = (bench: LedgerBench, key: number, expiry = 1000): Command => ({
    kind: 'addPeer',
    join: joinOf(bench.network.chainId, keyOf(key), expiry),
  });

  it('makes a member with stake 0 and the next id', () => {
    const bench = new LedgerBench();
    expect(bench.block([0, joined(bench, 7)])).toEqual(['applied']);
    expect(bench.member(7)).toMatchObject({ id: 4, stake: 0, sponsor: 0, raised: false, laneSeq: 0 });
    expect(bench.value(bench.peerKey(7))).toBe('0');
    expect(bench.state.flush).toBe(false);
    expect(bench.block([7, dataOf('hello')])).toEqual(['applied']);
  });

  it('changes nothing for a key that is present', () => {
    const bench = new LedgerBench();
    expect(bench.block([0, joined(bench, 2)])).toEqual(['unchanged']);
  });

  it('needs a sponsor with stake, a fresh wish and its signature', () => {
    const bench = new LedgerBench([1, 1, 1, 0]);
    const valid = joinOf(bench.network.chainId, keyOf(7));
    const forged: Command = { kind: 'addPeer', join: { ...valid, expiryHeight: 999 } };
    expect(
      bench.block([3, joined(bench, 7)], [0, joined(bench, 7, 1)], [1, forged], [2, joined(bench, 7, 2)]),
    ).toEqual(['no-stake', 'join-expired', 'join-signature', 'applied']);
  });

  it('is refused for a key that others may not take for one, though its signature verifies', () => {
    const bench = new LedgerBench();
    const join = joinOf(bench.network.chainId, mixedOrderKey());
    expect(bench.block([0, { kind: 'addPeer', join }])).toEqual(['join-signature']);
    expect(bench.stakes()).toEqual([1, 1, 1, 1]);
  });

  it('is possible every 16 blocks per sponsor', () => {
    const bench = new LedgerBench();
    expect(bench.block([0, joined(bench, 7), joined(bench, 8)])).toEqual(['applied', 'sponsor-limit']);
    bench.emptyUntil(16);
    expect(bench.block([0, joined(bench, 8)], [1, joined(bench, 9)])).toEqual(['sponsor-limit', 'applied']);
    expect(bench.block([0, joined(bench, 8)])).toEqual(['applied']);
  });

  it('is possible for 4 observers of one sponsor that were not raised', () => {
    const bench = new LedgerBench([1, 1, 1, 1], { sponsorIntervalHeights: 0 });
    const wishes = [7, 8, 9, 10, 11].map((key) => joined(bench, key));
    expect(bench.block([0, ...wishes])).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
      'sponsor-limit',
    ]);
    expect(bench.block([7, { kind: 'removePeer', publicKey: keyOf(7).publicKey }])).toEqual(['applied']);
    expect(bench.block([0, joined(bench, 11)])).toEqual(['applied']);
  });

  it('stops at 128 members', () => {
    const bench = new LedgerBench(Array<number>(128).fill(1));
    expect(bench.block([0, joined(bench, 200)])).toEqual(['members-full']);
  });

  it('gives a returning key a new id, and its lane goes on', () => {
    const bench = new LedgerBench([1, 1, 1, 1], { sponsorIntervalHeights: 0 });
    bench.block([0, joined(bench, 7)]);
    bench.block([7, dataOf('a')]);
    const leave = bench.bundle(7, { kind: 'removePeer', publicKey: keyOf(7).publicKey });
    bench.execute([leave]);
    const laneDigest = leave.digest;
    expect(bench.isMember(7)).toBe(false);
    expect(bench.value(bench.peerKey(7))).toBeNull();
    const laneKey = `lane:${keyOf(7).text}`;
    expect(bench.value(laneKey)).toMatch(/^2:/);
    expect(bench.block([0, joined(bench, 7)])).toEqual(['applied']);
    expect(bench.member(7)).toMatchObject({ id: 5, laneSeq: 2, laneDigest });
    expect(bench.value(laneKey)).toBeNull();
  });

  it('goes on with the lane of a key that returns after a restart, and before its leaving is stored', () => {
    for (const forget of [
      (bench: LedgerBench) => bench.restart(),
      (bench: LedgerBench) => bench.values.clear(),
    ]) {
      const bench = new LedgerBench([1, 1, 1, 1], { sponsorIntervalHeights: 0 });
      bench.block([0, joined(bench, 7)]);
      bench.block([7, { kind: 'removePeer', publicKey: keyOf(7).publicKey }]);
      forget(bench);
      expect(bench.block([0, joined(bench, 7)])).toEqual(['applied']);
      expect(bench.member(7).laneSeq).toBe(1);
    }
  });
});
