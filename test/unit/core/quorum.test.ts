import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src-main/core/bytes.ts';
import { encodeMembers, MAX_STAKE } from '../../../src-main/core/encoding.ts';
import { Committee, isQuorumStake, leaderOf } from '../../../src-main/core/quorum.ts';
import { crypto, keyOf, networkOf } from './builders.ts';

const committeeOf = (...stakes: number[]) => networkOf(stakes).committee;

describe('quorum arithmetic', () => {
  it('is exact for all stakes below 2^50 (I12)', () => {
    const stake = fc.integer({ min: 0, max: MAX_STAKE });
    fc.assert(
      fc.property(stake, stake, (a, b) => {
        const [part, total] = a < b ? [a, b] : [b, a];
        expect(isQuorumStake(part, total)).toBe(3n * BigInt(part) > 2n * BigInt(total));
      }),
      { numRuns: 5000 },
    );
  });

  it('is exact for the sums of members at the borders of a third (I12)', () => {
    const share = fc.integer({ min: 1, max: 2 ** 46 });
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 10 }), fc.nat(), (stakes, mask) => {
        const committee = committeeOf(...stakes);
        const chosen = stakes.flatMap((_, index) => ((mask >> index) & 1 ? [index] : []));
        const part = chosen.reduce((sum, index) => sum + BigInt(stakes[index]!), 0n);
        const total = stakes.reduce((sum, stake) => sum + BigInt(stake), 0n);
        expect(committee.isQuorum(chosen)).toBe(3n * part > 2n * total);
        expect(committee.isWeak(chosen)).toBe(3n * part > total);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 5],
    [10, 7],
    [100, 67],
  ])('of %i equal members needs %i', (size, needed) => {
    const committee = committeeOf(...Array<number>(size).fill(1));
    const first = (count: number) => Array.from({ length: count }, (_, index) => index);
    expect(committee.isQuorum(first(needed))).toBe(true);
    expect(committee.isQuorum(first(needed - 1))).toBe(false);
  });

  it('knows exactly a third as not weak, and a bit more as weak', () => {
    expect(committeeOf(1, 1, 1).isWeak([0])).toBe(false);
    expect(committeeOf(2, 2, 1).isWeak([0])).toBe(true);
  });
});

describe('a committee', () => {
  it('holds the members with stake in the order of their ids', () => {
    const members = [3, 1, 2].map((id) => ({
      id,
      publicKey: keyOf(id).publicKey,
      stake: id === 2 ? 0 : id,
    }));
    const committee = new Committee(members, crypto);
    expect(committee.members.map(({ id }) => id)).toEqual([1, 3]);
    expect(committee.totalStake).toBe(4);
    expect(committee.size).toBe(2);
    expect(committee.indexOf(keyOf(3).text)).toBe(1);
    expect(committee.indexOf(keyOf(2).text)).toBeUndefined();
    expect(committee.hash).toEqual(crypto.hash(encodeMembers(committee.members)));
  });

  it('has a hash that binds id, key and stake', () => {
    const member = { id: 0, publicKey: keyOf(0).publicKey, stake: 1 };
    const hash = (changes: Partial<typeof member>) => new Committee([{ ...member, ...changes }], crypto).hash;
    const others = [{ id: 1 }, { publicKey: keyOf(1).publicKey }, { stake: 2 }].map(hash);
    for (const other of others) expect(other).not.toEqual(hash({}));
  });

  it('counts an index outside of it as no stake', () => {
    expect(committeeOf(1, 1).stakeOf([0, 7])).toBe(1);
  });
});

describe('the leader', () => {
  const { committee } = networkOf([1, 1, 1, 1, 1]);
  const byKey = [...committee.members].sort((a, b) => compareBytes(a.publicKey, b.publicKey));

  it('goes round by key, height and view', () => {
    for (let height = 2; height < 8; height++)
      for (let view = 0; view < 7; view++)
        expect(leaderOf(committee, height, view, () => false)).toBe(byKey[(height + (view % 5)) % 5]);
  });

  it('leads one view of n each when nobody is demoted', () => {
    const leaders = byKey.map((_, view) => leaderOf(committee, 9, view, () => false).id);
    expect(new Set(leaders).size).toBe(5);
  });

  it('is a demoted member only after all the others', () => {
    const demoted = new Set([byKey[1]!.id, byKey[3]!.id]);
    const active = byKey.filter(({ id }) => !demoted.has(id));
    const last = byKey.filter(({ id }) => demoted.has(id));
    const leader = (view: number) => leaderOf(committee, 4, view, (id) => demoted.has(id));
    for (const view of [0, 1, 2]) expect(leader(view)).toBe(active[(4 + view) % 3]);
    for (const view of [3, 4]) expect(leader(view)).toBe(last[(4 + view) % 2]);
    expect(leader(5)).toBe(leader(0));
  });

  it('is found when all are demoted', () => {
    expect(leaderOf(committee, 2, 0, () => true)).toBe(byKey[2]);
  });
});
