import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { MAX_STAKE } from '../../../src-main/core/encoding.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { dataOf, hashOf, joinOf, keyOf, statementBy } from '../core/builders.ts';
import { LedgerBench, type Saying } from './ledger-bench.ts';

const modify = (key: number, delta: number, ident = 'vote'): Command => ({
  kind: 'modifyStake',
  publicKey: keyOf(key).publicKey,
  ident,
  delta,
});
const remove = (key: number): Command => ({ kind: 'removePeer', publicKey: keyOf(key).publicKey });
const ready = (bench: LedgerBench, height = bench.state.height): Command => ({
  kind: 'ready',
  height,
  blockHash: bench.state.recentHashes.at(height - bench.state.height - 1)!,
});
const all = (voters: readonly number[], command: Command): Saying[] => voters.map((key) => [key, command]);

describe('modifyStake', () => {
  it('is applied with identical votes of more than two thirds', () => {
    const bench = new LedgerBench();
    expect(bench.block(...all([0, 1], modify(3, 1)), [2, modify(3, 2)])).toEqual(['noted', 'noted', 'noted']);
    expect(bench.block([2, modify(3, 1)])).toEqual(['applied']);
    expect(bench.stakes()).toEqual([1, 1, 1, 2]);
    expect(bench.value(bench.peerKey(3))).toBe('2');
  });

  it('is applied once per (target, ident)', () => {
    const bench = new LedgerBench([9, 1]);
    expect(bench.block([0, modify(1, 1), modify(1, 1), modify(1, 1, 'again')])).toEqual([
      'applied',
      'already-applied',
      'applied',
    ]);
    expect(bench.block([0, modify(1, 5), modify(0, 5)])).toEqual(['already-applied', 'applied']);
    expect(bench.stakes()).toEqual([14, 3]);
  });

  it('recounts the stake of the voters when it is executed', () => {
    const bench = new LedgerBench([3, 3, 1, 1]);
    bench.block([2, modify(3, 1)], [3, modify(3, 1)], [0, modify(3, 1)]);
    expect(bench.state.stakeVotes).toHaveLength(1);
    bench.block(...all([0, 1], modify(2, 4, 'more')));
    bench.emptyUntil(bench.next + 3);
    expect(bench.member(2).stake).toBe(5);
    expect(bench.block([2, modify(3, 1)], [1, dataOf('x')])).toEqual(['unchanged', 'applied']);
  });

  it.each([
    ['a key that is no member', modify(9, 1), 'not-a-member'],
    ['a change of 0', modify(1, 0), 'unchanged'],
    ['an empty ident', modify(1, 1, ''), 'invalid-value'],
    ['an ident with a space', modify(1, 1, 'a b'), 'invalid-value'],
  ])('of %s is %s', (_, command, outcome) => {
    expect(new LedgerBench().block([0, command])).toEqual([outcome]);
  });

  it('is not for members without stake, and for at most 8 open votes each', () => {
    const bench = new LedgerBench([1, 1, 1, 0]);
    const votes = Array.from({ length: 9 }, (_, n) => modify(1, 1, `vote-${n}`));
    expect(bench.block([3, modify(1, 1)], [0, ...votes])).toEqual([
      'no-stake',
      ...Array<string>(8).fill('noted'),
      'too-many-votes',
    ]);
  });

  it('expires after 1024 blocks', () => {
    const bench = new LedgerBench();
    bench.block([0, modify(1, 1)]);
    bench.emptyUntil(2 + 1023);
    expect(bench.state.stakeVotes).toHaveLength(1);
    bench.emptyUntil(2 + 1024);
    expect(bench.state.stakeVotes).toEqual([]);
  });
});

describe('raising from 0', () => {
  const raisedBench = () => {
    const bench = new LedgerBench([1, 1, 1, 1, 0]);
    return { bench, votes: all([0, 1, 2], modify(4, 1)) };
  };

  it('waits for a ready of the target', () => {
    const { bench, votes } = raisedBench();
    expect(bench.block(...votes)).toEqual(['noted', 'noted', 'noted']);
    expect(bench.block([4, ready(bench)])).toEqual(['noted']);
    expect(bench.member(4)).toMatchObject({ stake: 1, raised: true });
  });

  it('happens at once behind a ready of at most 16 blocks', () => {
    const { bench, votes } = raisedBench();
    bench.block([4, ready(bench, 1)]);
    bench.emptyUntil(16);
    expect(bench.block(...votes).at(-1)).toBe('applied');
  });

  it('does not happen behind an older one', () => {
    const { bench, votes } = raisedBench();
    bench.block([4, ready(bench, 1)]);
    bench.emptyUntil(17);
    expect(bench.block(...votes).at(-1)).toBe('noted');
    expect(bench.member(4).stake).toBe(0);
  });

  it.each([
    ['of another block', (): Command => ({ kind: 'ready', height: 1, blockHash: hashOf(1) })],
    ['of a block to come', (bench: LedgerBench): Command => ({ ...ready(bench), height: 9 }) as Command],
  ])('takes no ready %s', (_, make) => {
    const { bench } = raisedBench();
    expect(bench.block([4, make(bench)])).toEqual(['not-ready']);
  });

  it('takes no ready of a block that is long past', () => {
    const { bench } = raisedBench();
    bench.emptyUntil(17);
    expect(bench.block([4, { kind: 'ready', height: 1, blockHash: bench.network.chainId }])).toEqual([
      'not-ready',
    ]);
  });

  it('is not needed for a member that has stake', () => {
    const bench = new LedgerBench([4, 1]);
    expect(bench.block([0, modify(1, 1)])).toEqual(['applied']);
  });
});

describe('the queue of changes', () => {
  it('lets a quarter of the stake change per block, and splits what does not fit', () => {
    const bench = new LedgerBench([10, 10, 10, 10]);
    bench.block(...all([0, 1, 2], modify(3, 25)));
    expect(bench.stakes()).toEqual([10, 10, 10, 20]);
    expect(bench.state.flush).toBe(true);
    bench.execute([]);
    expect(bench.stakes()).toEqual([10, 10, 10, 32]);
    bench.execute([]);
    expect(bench.stakes()).toEqual([10, 10, 10, 35]);
    bench.execute([]);
    expect(bench.state.flush).toBe(false);
  });

  it('counts absolute changes, in the order of execution', () => {
    const bench = new LedgerBench([10, 10, 10, 10]);
    bench.block(...[0, 1, 2].map((key): Saying => [key, modify(2, -6), modify(3, 6)]));
    expect(bench.stakes()).toEqual([10, 10, 4, 14]);
    bench.execute([]);
    expect(bench.stakes()).toEqual([10, 10, 4, 16]);
  });

  it('lets at least 1 change', () => {
    const bench = new LedgerBench([1, 1, 1, 1]);
    bench.block(...all([0, 1, 2], modify(0, 5)));
    expect(bench.stakes()).toEqual([2, 1, 1, 1]);
  });

  it('has no bound while fewer than 4 members have stake', () => {
    const bench = new LedgerBench([1, 1, 1, 0]);
    bench.block(...all([0, 1, 2], modify(0, 100)));
    expect(bench.stakes()).toEqual([101, 1, 1, 0]);
  });

  it('never goes below 0, nor the total below 1, nor above 2^50', () => {
    const bench = new LedgerBench([4, 1]);
    bench.block([0, modify(1, -9)]);
    expect(bench.stakes()).toEqual([4, 0]);
    bench.block([0, modify(0, -9, 'less')]);
    expect(bench.stakes()).toEqual([1, 0]);
    bench.block([0, modify(0, MAX_STAKE, 'more')]);
    expect(bench.stakes()).toEqual([MAX_STAKE, 0]);
  });
});

describe('removePeer', () => {
  it('of oneself needs nobody', () => {
    const bench = new LedgerBench();
    expect(bench.block([2, remove(2)])).toEqual(['applied']);
    expect(bench.isMember(2)).toBe(false);
    expect(bench.stakes()).toEqual([1, 1, 1]);
    expect(bench.value(bench.peerKey(2))).toBeNull();
  });

  it('of another one needs more than two thirds', () => {
    const bench = new LedgerBench();
    expect(bench.block(...all([0, 1], remove(3)))).toEqual(['noted', 'noted']);
    expect(bench.isMember(3)).toBe(true);
    expect(bench.block([2, remove(3)])).toEqual(['applied']);
    expect(bench.isMember(3)).toBe(false);
  });

  it('goes through the queue: who has much leaves over several blocks', () => {
    const bench = new LedgerBench([10, 10, 10, 20]);
    bench.block([3, remove(3)]);
    expect(bench.stakes()).toEqual([10, 10, 10, 8]);
    expect(bench.isMember(3)).toBe(true);
    bench.execute([]);
    expect(bench.isMember(3)).toBe(false);
  });

  it('of a key that is not there or leaves already changes nothing', () => {
    const bench = new LedgerBench([10, 10, 10, 11]);
    expect(bench.block([3, remove(3), remove(3)], [0, remove(9)])).toEqual([
      'applied',
      'unchanged',
      'unchanged',
    ]);
  });

  it('takes its open votes along, and those about it', () => {
    const bench = new LedgerBench([1, 1, 1, 1, 1]);
    const decide: Command = { kind: 'decision', ns: 'test:choice', h: 100, d: 'yes' };
    bench.block([2, modify(0, 1), decide], [1, modify(0, 1), modify(2, 1), decide], [2, modify(4, 1)]);
    const votersOf = (votes: readonly { readonly voters: number[] }[]) => votes.map(({ voters }) => voters);
    expect(votersOf(bench.state.stakeVotes)).toHaveLength(3);
    bench.block([2, remove(2)]);
    expect(votersOf(bench.state.stakeVotes)).toEqual([[1]]);
    expect(votersOf(bench.state.decisions)).toEqual([[1]]);
  });

  it('of the last stake is refused', () => {
    expect(new LedgerBench([1, 0]).block([0, remove(0)])).toEqual(['last-stake']);
  });
});

describe('evidence', () => {
  const evidenceOf = (bench: LedgerBench, key: number, height: number, forged = false): Command => {
    const { chainId } = bench.network;
    const first = statementBy(chainId, keyOf(key), 'vote', height, 0, hashOf(1));
    const second = statementBy(chainId, keyOf(key), 'vote', height, 0, hashOf(2));
    return {
      kind: 'evidence',
      first,
      second: forged ? { ...second, signature: first.signature } : second,
    };
  };

  it('takes all stake, once per height and key', () => {
    const bench = new LedgerBench();
    expect(bench.block([0, evidenceOf(bench, 3, 2)], [1, evidenceOf(bench, 3, 2)])).toEqual([
      'applied',
      'evidence-stale',
    ]);
    expect(bench.stakes()).toEqual([1, 1, 1, 0]);
    expect(bench.member(3).stake).toBe(0);
    expect(bench.block([0, evidenceOf(bench, 3, 2)])).toEqual(['evidence-stale']);
  });

  it('is a value of the state: both statements, whole', () => {
    const bench = new LedgerBench();
    const key = `evidence:${keyOf(3).text}`;
    const signed = ({ signature }: { signature: Uint8Array }) => toText(signature);
    const command = evidenceOf(bench, 3, 2) as Command & { kind: 'evidence' };
    bench.block([0, { ...command, second: command.first }]);
    expect(bench.value(key)).toBeNull();
    bench.block([0, command]);
    const vote = { kind: 'vote', height: 2, view: 0 };
    expect(JSON.parse(bench.value(key)!)).toEqual({
      first: { ...vote, hash: toText(hashOf(1)), signature: signed(command.first) },
      second: { ...vote, hash: toText(hashOf(2)), signature: signed(command.second) },
    });
    // It was still in the committee of the next height, and went on.
    expect(bench.block([0, evidenceOf(bench, 3, 4)])).toEqual(['applied']);
    expect(JSON.parse(bench.value(key)!)).toMatchObject({ first: { height: 2 } });
  });

  it('of a skip names the stamp that it names', () => {
    const bench = new LedgerBench();
    const { chainId } = bench.network;
    const [first, second] = ([-1, 0] as const).map((hn) => statementBy(chainId, keyOf(3), 'skip', 2, 1, hn));
    bench.block([0, { kind: 'evidence', first: first!, second: second! }]);
    expect(JSON.parse(bench.value(`evidence:${keyOf(3).text}`)!)).toMatchObject({
      first: { kind: 'skip', height: 2, view: 1, hn: -1 },
      second: { hn: 0 },
    });
  });

  it('of an older height than the one at which the stake was last set to 0 is stale', () => {
    const bench = new LedgerBench([10, 1, 0], { sponsorIntervalHeights: 0 });
    bench.block([0, modify(1, -1)]);
    expect(bench.block([0, evidenceOf(bench, 1, 2)])).toEqual(['evidence-stale']);
    bench.block([0, { kind: 'addPeer', join: joinOf(bench.network.chainId, keyOf(7)) }]);
    expect(bench.block([0, evidenceOf(bench, 7, 3)])).toEqual(['evidence-stale']);
    expect(bench.block([0, evidenceOf(bench, 7, 5)])).toEqual(['applied']);
  });

  it('must be a conflict, signed, of a member and not of the far future', () => {
    const bench = new LedgerBench();
    const valid = evidenceOf(bench, 3, 2) as Command & { kind: 'evidence' };
    const same: Command = { ...valid, second: valid.first };
    expect(
      bench.block(
        [0, evidenceOf(bench, 3, 2, true), same, evidenceOf(bench, 9, 2), evidenceOf(bench, 3, 5)],
        [1, evidenceOf(bench, 3, 4)],
      ),
    ).toEqual(['evidence-invalid', 'evidence-invalid', 'not-a-member', 'evidence-invalid', 'applied']);
  });

  it('never takes the last stake', () => {
    const bench = new LedgerBench([3, 0]);
    expect(bench.block([1, evidenceOf(bench, 0, 2)])).toEqual(['applied']);
    expect(bench.stakes()).toEqual([1, 0]);
  });
});
