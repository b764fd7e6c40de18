import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { DecodeError, MAX_STAKE, ZERO_HASH } from '../../../src-main/core/encoding.ts';
import { mayReturn } from '../../../src-main/ledger/demotion.ts';
import {
  decodeLedgerState,
  encodeLedgerState,
  isDemoted,
  stakedMembers,
  type LedgerState,
} from '../../../src-main/ledger/state.ts';
import { dataOf, hashOf, joinOf, keyOf } from '../core/builders.ts';
import { LedgerBench } from './ledger-bench.ts';

const raise = (key: number, delta: number) =>
  ({ kind: 'modifyStake', publicKey: keyOf(key).publicKey, ident: 'raise', delta }) as const;

describe('the genesis', () => {
  it('gives ids in its order, and C_2 = C_3 = its members with stake', () => {
    const bench = new LedgerBench([2, 0, 3]);
    expect(bench.state).toMatchObject({ height: 1, nextMemberId: 3, flush: false, stateHash: ZERO_HASH });
    expect(bench.state.committee.map(({ id }) => id)).toEqual([0, 2]);
    expect(stakedMembers(bench.state)).toEqual(bench.state.committee);
    expect(bench.value(bench.peerKey(2))).toBe('3');
    expect(bench.state.recentHashes).toEqual([bench.network.chainId]);
  });
});

describe('execution', () => {
  it('goes bundle by bundle and moves the tips of the lanes', () => {
    const bench = new LedgerBench();
    const bundles = [bench.bundle(2, dataOf('a')), bench.bundle(0, dataOf('b'), raise(9, 1))];
    const { transactions } = bench.execute(bundles);
    expect(transactions.map(({ origin, bundleIndex, results }) => [origin, bundleIndex, results])).toEqual([
      [keyOf(2).text, 0, [{ outcome: 'applied', kind: 'data' }]],
      [
        keyOf(0).text,
        1,
        [
          { outcome: 'applied', kind: 'data' },
          { outcome: 'rejected', kind: 'modifyStake', reason: 'not-a-member' },
        ],
      ],
    ]);
    expect(bench.member(2)).toMatchObject({ laneSeq: 1, laneDigest: bundles[0]!.digest });
    expect(bench.member(1)).toMatchObject({ laneSeq: 0 });
  });

  it('follows the order of the block', () => {
    const bench = new LedgerBench([1]);
    const { writes } = bench.execute([bench.bundle(0, dataOf('first'), dataOf('second'))]);
    expect(writes.map(({ value }) => value)).toEqual(['first', 'second']);
    expect(writes[0]).toMatchObject({ height: 2, origin: keyOf(0).text, ident: 'ident-1' });
  });

  it('refuses a block that does not follow', () => {
    const bench = new LedgerBench();
    const { ledger } = bench;
    bench.execute([]);
    const [sealed] = bench.blocks;
    expect(() => ledger.execute(sealed!, [], bench.network.committee)).toThrow('does not follow');
  });

  it('gives the same state hash for the same blocks, and another one for another result', () => {
    const run = (value: string) => {
      const bench = new LedgerBench();
      bench.block([0, dataOf(value)]);
      bench.execute([]);
      return toText(bench.state.stateHash);
    };
    expect(run('a')).toBe(run('a'));
    expect(run('a')).not.toBe(run('b'));
  });

  it('remembers the hashes of the newest 17 blocks', () => {
    const bench = new LedgerBench();
    bench.emptyUntil(30);
    expect(bench.state.recentHashes).toEqual(bench.blocks.slice(-17).map(({ hash }) => hash));
  });
});

describe('a change of the committee', () => {
  it('made by block h governs height h + 2, and is flushed by an empty block', () => {
    const bench = new LedgerBench([1, 1, 1]);
    const before = bench.state.committee;
    const changed = bench.execute([0, 1, 2].map((key) => bench.bundle(key, raise(0, 4))));
    expect(changed.stakeChanged).toBe(true);
    // After block 2: C_3 is still the old one, C_4 the new one.
    expect(bench.state.committee).toEqual(before);
    expect(stakedMembers(bench.state)[0]!.stake).toBe(5);
    expect(bench.execute([]).stakeChanged).toBe(false);
    expect(bench.state.committee[0]!.stake).toBe(5);
    expect(bench.state.flush).toBe(false);
  });

  it('lets a member that left decide one height more', () => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    bench.block([3, { kind: 'removePeer', publicKey: keyOf(3).publicKey }]);
    expect(bench.state.committee.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    bench.execute([], 3);
    expect(bench.state.committee.map(({ id }) => id)).toEqual([0, 1, 2]);
  });
});

describe('demotion (PROTOCOL 4.2)', () => {
  const W = 32;
  const demoted = (bench: LedgerBench, height: number) =>
    bench.state.members.filter(({ id }) => isDemoted(bench.state, id, height)).map(({ id }) => id);

  it('takes the leaders of the views before the first proposal, for W heights', () => {
    const bench = new LedgerBench([1, 1, 1, 1, 1]);
    bench.execute([], 2);
    const ids = demoted(bench, 3);
    expect(ids).toHaveLength(2);
    expect(demoted(bench, 2)).toEqual([]);
    expect(demoted(bench, 2 + W)).toEqual(ids);
    expect(demoted(bench, 2 + W + 1)).toEqual([]);
    expect(bench.state.members.map(({ misses }) => misses).filter((misses) => misses === 1)).toHaveLength(2);
  });

  it('takes nobody in view 0', () => {
    const bench = new LedgerBench();
    bench.execute([]);
    expect(demoted(bench, 3)).toEqual([]);
  });

  it('counts a leader once per block, however often its turn came', () => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    bench.execute([], 11);
    const misses = bench.state.members.map((member) => member.misses).sort((a, b) => a - b);
    expect(misses).toEqual([0, 1, 1, 1]);
  });

  it('doubles with each miss up to 11, and forgives a proposer everything', () => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    bench.execute([], 1);
    const [id] = demoted(bench, 3) as [number];
    const member = bench.state.members[id]!;
    const spans: number[] = [];
    for (let misses = 2; misses <= 13; misses++) {
      // The demoted member leads the last view: all but it must be skipped before, and it misses when view 4 proposes.
      bench.execute([], 4);
      spans.push(member.demotedUntil - member.demotedAt);
      for (const other of bench.state.members)
        if (other !== member) Object.assign(other, { demotedAt: 0, misses: 0 });
    }
    const doubled = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 32_768, 32_768];
    expect(spans).toEqual(doubled);
    expect(member.misses).toBe(11);
    bench.execute([], 3);
    expect(bench.blocks.at(-1)!.header.proposer).toBe(id);
    expect(member).toMatchObject({ misses: 0, demotedAt: 0, demotedUntil: 0 });
  });

  it.each([
    [1, true],
    [2, true],
    [3, false],
  ])('after %i misses ends with a bundle in a later block: %s', (misses, ends) => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    bench.execute([], 1);
    const [id] = demoted(bench, 3) as [number];
    Object.assign(bench.state.members[id]!, { misses });
    expect(mayReturn(bench.state, id, 3)).toBe(ends);
    bench.block([id, dataOf('awake')]);
    expect(demoted(bench, 4)).toEqual(ends ? [] : [id]);
    expect(bench.state.members[id]!.misses).toBe(misses);
  });

  it('does not end with a bundle in the very block that brought it', () => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    const probe = new LedgerBench([1, 1, 1, 1]);
    probe.execute([], 1);
    const [id] = demoted(probe, 3) as [number];
    bench.execute([bench.bundle(id, dataOf('late'))], 1);
    expect(demoted(bench, 3)).toEqual([id]);
  });
});

describe('the snapshot', () => {
  it('gives back a lived state', () => {
    const bench = new LedgerBench([9, 1, 1, 0]);
    bench.block([0, { kind: 'decision', ns: 'test:x', h: 90, d: 'ü' }, raise(1, 4), raise(3, 2)]);
    bench.block([1, { kind: 'modifyStake', publicKey: keyOf(2).publicKey, ident: 'down', delta: -1 }]);
    bench.block([3, { kind: 'removePeer', publicKey: keyOf(3).publicKey }]);
    const { state } = bench;
    expect(state.members).toHaveLength(3);
    expect(decodeLedgerState(encodeLedgerState(state))).toEqual(state);
  });

  it('does not grow with the keys that came and went', () => {
    const bench = new LedgerBench([1, 1, 1, 1], { sponsorIntervalHeights: 0 });
    const comeAndGo = (key: number) => {
      bench.block([0, { kind: 'addPeer', join: joinOf(bench.network.chainId, keyOf(key)) }]);
      bench.block([key, { kind: 'removePeer', publicKey: keyOf(key).publicKey }]);
      return encodeLedgerState(bench.state).length;
    };
    bench.emptyUntil(20);
    const first = comeAndGo(10);
    for (let key = 11; key < 20; key++) expect(comeAndGo(key)).toBe(first);
    expect(bench.value(`lane:${keyOf(10).text}`)).toMatch(/^1:/);
  });

  it('gives back any state', () => {
    const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const stake = fc.integer({ min: 0, max: MAX_STAKE });
    const delta = fc.integer({ min: -MAX_STAKE, max: MAX_STAKE });
    const state: fc.Arbitrary<LedgerState> = fc.record({
      height: u32,
      stateHash: fc.constant(hashOf(3)),
      nextMemberId: u32,
      flush: fc.boolean(),
      members: fc.array(
        fc.record({
          id: u32,
          publicKey: fc.constant(hashOf(1)),
          stake,
          sponsor: fc.integer({ min: -1, max: 1000 }),
          raised: fc.boolean(),
          leaving: fc.boolean(),
          lastSponsoredAt: u32,
          misses: fc.integer({ min: 0, max: 11 }),
          demotedAt: u32,
          demotedUntil: u32,
          readyHeight: u32,
          punishedAt: u32,
          laneSeq: u32,
          laneDigest: fc.constant(hashOf(2)),
        }),
        { maxLength: 3 },
      ),
      committee: fc.array(fc.record({ id: u32, publicKey: fc.constant(hashOf(1)), stake }), { maxLength: 3 }),
      stakeVotes: fc.array(
        fc.record({
          remove: fc.boolean(),
          target: u32,
          delta,
          ident: fc.constant('vote'),
          openedAt: u32,
          voters: fc.array(u32, { maxLength: 3 }),
        }),
        { maxLength: 3 },
      ),
      stakeQueue: fc.array(fc.record({ member: u32, delta }), { maxLength: 3 }),
      appliedVotes: fc.array(fc.record({ target: u32, ident: fc.constant('vote') }), { maxLength: 3 }),
      decisions: fc.array(
        fc.record({
          ns: fc.constant('test:x'),
          h: u32,
          valueHash: fc.constant(hashOf(6)),
          voters: fc.array(u32, { maxLength: 3 }),
        }),
        { maxLength: 3 },
      ),
      recentHashes: fc.constant([hashOf(5)]),
    });
    fc.assert(
      fc.property(state, (one) => void expect(decodeLedgerState(encodeLedgerState(one))).toEqual(one)),
    );
  });

  it('that is damaged is refused', () => {
    const bytes = encodeLedgerState(new LedgerBench().state);
    expect(() => decodeLedgerState(bytes.subarray(0, -5))).toThrow(DecodeError);
  });
});
