import { describe, expect, it } from 'vitest';
import { isQuorumStake } from '../../../src-main/core/quorum.ts';
import { raisesDue } from '../../../src-main/core/raising.ts';
import { genesisState } from '../../../src-main/ledger/ledger.ts';
import type { LedgerMember, LedgerState } from '../../../src-main/ledger/state.ts';
import { networkOf } from './builders.ts';

const FULL = 10;
const founding = networkOf([FULL]);
const POLICY = { raiseTo: FULL, keepsFounder: true };

/** The founder, members with these stakes, and so many observers that are ready. */
function stateOf(stakes: readonly number[], ready = 0, founder = FULL): LedgerState {
  const { state } = genesisState(founding.genesis, founding.chainId);
  const [first] = state.members;
  const member = (id: number, changes: Partial<LedgerMember>) => ({ ...first!, id, ...changes });
  const raised = stakes.map((stake, index) => member(index + 1, { stake, raised: true }));
  const observers = Array.from({ length: ready }, (_, index) => {
    return member(stakes.length + 1 + index, { stake: 0, raised: false, readyHeight: 20 });
  });
  const members = [member(0, { stake: founder }), ...raised, ...observers];
  return Object.assign(state, { height: 20, members });
}

const due = (state: LedgerState, policy = POLICY) =>
  raisesDue(state, policy).map(({ ident, delta }) => `${ident} +${delta}`);

describe('while fewer than four have stake', () => {
  it.each([
    ['the first', [], 'raise-1 +2'],
    ['the second', [2], 'raise-2 +2'],
  ])('%s newcomer gets a part', (_, stakes, expected) => {
    expect(due(stateOf(stakes, 1))).toEqual([expected]);
  });

  it.each([1, 4, 10, 1000])('the founder keeps more than two thirds, with a full stake of %i', (raiseTo) => {
    const founder = Math.max(raiseTo, 5);
    const policy = { raiseTo: founder, keepsFounder: true };
    const stakes: number[] = [];
    for (let count = 0; count < 2; count++) {
      const [raise] = raisesDue(stateOf(stakes, 1, founder), policy);
      stakes.push(raise!.delta);
    }
    const total = founder + stakes.reduce((sum, stake) => sum + stake, 0);
    expect(isQuorumStake(founder, total)).toBe(true);
    const others = total - founder;
    expect(isQuorumStake(others, total)).toBe(false);
  });

  it('everybody gets the full stake where nobody keeps the founder, and where it has gone', () => {
    expect(due(stateOf([], 1), { ...POLICY, keepsFounder: false })).toEqual(['raise-1 +10']);
    expect(due(stateOf([2], 1, 0))).toEqual(['raise-2 +10']);
  });
});

describe('with four', () => {
  it('the fourth gets the full stake', () => {
    expect(due(stateOf([2, 2], 1))).toEqual(['raise-3 +10']);
  });

  it('the first ones get the rest of theirs, once', () => {
    const state = stateOf([2, 2, 10]);
    expect(due(state)).toEqual(['equal-1 +8', 'equal-2 +8']);
    expect(due(Object.assign(state, { appliedVotes: [{ target: 1, ident: 'equal-1' }] }))).toEqual([
      'equal-2 +8',
    ]);
  });

  it('who has a part only because the rest did not fit into that block gets no second rest', () => {
    const state = stateOf([10, 10, 2]);
    expect(due(state)).toEqual(['equal-3 +8']);
    expect(due(Object.assign(state, { stakeQueue: [{ member: 3, delta: 8 }] }))).toEqual([]);
  });

  it('what the members have voted otherwise stays', () => {
    expect(due(stateOf([3, 10, 10]))).toEqual([]);
  });

  it('one that leaves gets nothing, and is not counted', () => {
    const state = stateOf([2, 2, 10]);
    Object.assign(state.members[1]!, { leaving: true });
    expect(due(state)).toEqual([]);
  });
});

it('who has not said that it is ready, or long ago, is not raised', () => {
  const state = stateOf([10, 10, 10], 2);
  Object.assign(state.members[4]!, { readyHeight: 3 });
  Object.assign(state.members[5]!, { readyHeight: 0 });
  expect(due(state)).toEqual([]);
});
