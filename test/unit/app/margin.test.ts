import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marginOf, smallestQuorum, type StakeHolder } from '../../../src-main/app/margin.ts';

const present = (...stakes: number[]): StakeHolder[] => stakes.map((stake) => ({ stake, connected: true }));
const absent = (...stakes: number[]): StakeHolder[] => stakes.map((stake) => ({ stake, connected: false }));

describe('the safety margin', () => {
  it.each([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 2],
    [10, 3],
    [16, 5],
  ])('of %i equal members allows %i to disappear', (count, spare) => {
    const margin = marginOf(present(...Array<number>(count).fill(1)));
    expect(margin).toMatchObject({
      state: 'holds',
      membersToSpare: spare,
      membersToSpareWhenComplete: spare,
    });
  });

  it('shrinks to nothing with one of four away, and entries wait with two away', () => {
    expect(marginOf([...present(1, 1, 1), ...absent(1)])).toMatchObject({
      state: 'holds',
      membersToSpare: 0,
      membersToSpareWhenComplete: 1,
      missingMembers: 0,
    });
    expect(marginOf([...present(1, 1), ...absent(1, 1)])).toMatchObject({
      state: 'waits',
      membersToSpare: 0,
      missingMembers: 1,
      missingStake: 1,
      connectedMembers: 2,
      totalMembers: 4,
    });
  });

  it('assumes that the largest go first', () => {
    // 10 + 9 * 1: the large one alone stops the network, although many small ones may go.
    const margin = marginOf(present(10, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    expect(margin).toMatchObject({ state: 'holds', membersToSpare: 0, stakeToSpare: 6 });
  });

  it('needs the fewest that could return', () => {
    expect(marginOf([...present(1, 1), ...absent(5, 1, 1)])).toMatchObject({
      missingMembers: 1,
      missingStake: 5,
    });
  });

  it('ignores observers', () => {
    expect(marginOf([...present(1, 0, 0), ...absent(0)])).toMatchObject({
      totalMembers: 1,
      connectedMembers: 1,
    });
    expect(marginOf(present(0, 0))).toMatchObject({ state: 'none', quorumStake: 0 });
    expect(marginOf([])).toMatchObject({ state: 'none' });
  });

  it('is the guaranteed number: any k may go, and some k + 1 stop it', () => {
    const holder = fc.record({ stake: fc.integer({ min: 0, max: 9 }), connected: fc.boolean() });
    fc.assert(
      fc.property(fc.array(holder, { maxLength: 9 }), (members) => {
        const margin = marginOf(members);
        const stakes = members
          .filter((member) => member.stake > 0 && member.connected)
          .map((member) => member.stake);
        const worst = worstLossThatHolds(stakes, margin.totalStake);
        expect(margin.membersToSpare).toBe(worst);
        if (margin.state === 'waits')
          expect(3 * margin.connectedStake).toBeLessThanOrEqual(2 * margin.totalStake);
      }),
    );
  });

  it('knows the smallest quorum exactly, up to the largest total', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 - 1 }), (total) => {
        const quorum = BigInt(smallestQuorum(total));
        expect(3n * quorum > 2n * BigInt(total)).toBe(true);
        expect(3n * (quorum - 1n) > 2n * BigInt(total)).toBe(false);
      }),
    );
  });
});

/** By trying every subset. */
function worstLossThatHolds(stakes: readonly number[], total: number): number {
  const holds = (gone: number): boolean => {
    let rest = 0;
    stakes.forEach((stake, index) => (rest += gone & (1 << index) ? 0 : stake));
    return 3 * rest > 2 * total;
  };
  let fewestThatStop = stakes.length + 1;
  for (let gone = 0; gone < 1 << stakes.length; gone++) {
    if (!holds(gone)) fewestThatStop = Math.min(fewestThatStop, gone.toString(2).replaceAll('0', '').length);
  }
  return total === 0 ? 0 : Math.max(0, fewestThatStop - 1);
}
