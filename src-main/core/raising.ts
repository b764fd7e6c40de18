/**
 * Which stakes members raise by themselves (PROTOCOL section 4.8, policy): a function of the state alone, so that all
 * who follow it vote for the same. A newcomer that showed to be ready gets the full stake. While fewer than four have
 * stake and the founder is one of them, it gets so little that the founder keeps more than two thirds: the loss of one
 * of two or three laptops must not end the network. As soon as four have stake, the first ones get the rest of theirs.
 */
import type { Height, PublicKey } from './types.ts';
import type { LedgerMember, LedgerState } from '../ledger/state.ts';
import { READY_WINDOW } from '../ledger/state.ts';

export interface RaisingPolicy {
  /** The full stake: that of the founder, too. */
  readonly raiseTo: number;
  readonly keepsFounder: boolean;
}

export interface Raise {
  readonly target: number;
  readonly publicKey: PublicKey;
  /** Of the vote: the same for all voters, and applied once. */
  readonly ident: string;
  readonly delta: number;
}

/** With so many, one of them may disappear. */
const TOLERANT_MEMBERS = 4;
const FOUNDER_ID = 0;

type Holder = Pick<LedgerMember, 'id' | 'stake'>;

/** What a member gets next, beside all who have stake; 0: no more. */
export function nextRaise(
  { stake }: Holder,
  staked: readonly Holder[],
  { raiseTo, keepsFounder }: RaisingPolicy,
): number {
  const part = partOf(raiseTo);
  if (stake === 0) {
    const hasFounder = staked.some((holder) => holder.id === FOUNDER_ID && holder.stake >= raiseTo);
    const isFew = staked.length < TOLERANT_MEMBERS - 1;
    return keepsFounder && hasFounder && isFew ? part : raiseTo;
  }
  return keepsFounder && staked.length >= TOLERANT_MEMBERS && stake === part ? raiseTo - part : 0;
}

/** Of the first raise by votes: the same for all who vote for it, by themselves or by hand. */
export function raiseIdent({ id, stake }: Holder): string {
  return `${stake === 0 ? 'raise' : 'equal'}-${id}`;
}

/** In the order of member ids; what was applied already is left out, what is open is not. */
export function raisesDue(state: LedgerState, policy: RaisingPolicy): Raise[] {
  const staked = state.members.filter(({ stake, leaving }) => stake > 0 && !leaving);
  // A raise that did not fit into one block is on its way: until it has arrived, its stake says nothing.
  const isArriving = ({ id }: LedgerMember) => state.stakeQueue.some(({ member }) => member === id);
  const due: Raise[] = [];
  for (const member of state.members) {
    const { id, publicKey, stake } = member;
    if (member.leaving || isArriving(member)) continue;
    if (stake === 0 && (member.raised || !isReady(member, state.height))) continue;
    const delta = nextRaise(member, staked, policy);
    if (delta > 0) due.push({ target: id, publicKey, ident: raiseIdent(member), delta });
  }
  const isApplied = ({ target, ident }: Raise) =>
    state.appliedVotes.some((vote) => vote.target === target && vote.ident === ident);
  return due.filter((raise) => !isApplied(raise));
}

/** Two of these and the founder's whole: it has more than two thirds. */
function partOf(raiseTo: number): number {
  return Math.max(1, Math.floor((raiseTo - 1) / 4));
}

function isReady({ readyHeight }: LedgerMember, height: Height): boolean {
  return readyHeight > 0 && height - readyHeight <= READY_WINDOW;
}
