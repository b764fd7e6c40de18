/** Stake votes and the bounded queue through which stakes change (PROTOCOL section 4.8). */
import type { Height } from '../core/types.ts';
import { MAX_STAKE } from '../core/encoding.ts';
import { isQuorumStake } from '../core/quorum.ts';
import type { LedgerMember, LedgerState, StakeVote } from './state.ts';
import { memberById, READY_WINDOW, totalStake } from './state.ts';
import type { RejectionReason } from './types.ts';

export const MAX_OPEN_VOTES = 8;
const VOTE_LIFETIME_HEIGHTS = 1024;
const MAX_APPLIED_VOTES = 1024;

type Ballot = Pick<StakeVote, 'remove' | 'target' | 'delta' | 'ident'>;

/** Adds a vote; it takes effect at once when the quorum is complete. Returns what became of it. */
export function castVote(
  state: LedgerState,
  voter: LedgerMember,
  ballot: Ballot,
  height: Height,
): 'applied' | 'noted' | 'unchanged' | RejectionReason {
  if (voter.stake === 0) return 'no-stake';
  const { remove, target, delta, ident } = ballot;
  if (!remove && state.appliedVotes.some((vote) => vote.target === target && vote.ident === ident)) {
    return 'already-applied';
  }
  let vote = state.stakeVotes.find(
    (open) =>
      open.remove === remove && open.target === target && open.delta === delta && open.ident === ident,
  );
  if (vote?.voters.includes(voter.id)) return 'unchanged';
  if (state.stakeVotes.filter((open) => open.voters.includes(voter.id)).length >= MAX_OPEN_VOTES) {
    return 'too-many-votes';
  }
  if (vote === undefined) {
    vote = { remove, target, delta, ident, openedAt: height, voters: [] };
    state.stakeVotes.push(vote);
  }
  vote.voters.push(voter.id);
  return applyVote(state, vote, height) ? 'applied' : 'noted';
}

/** Raising from 0 waits for a fresh `ready`: the target has shown that it follows the chain. */
export function applyVote(state: LedgerState, vote: StakeVote, height: Height): boolean {
  const target = memberById(state, vote.target);
  if (target === undefined) return false;
  let stake = 0;
  for (const id of vote.voters) stake += memberById(state, id)?.stake ?? 0;
  if (!isQuorumStake(stake, totalStake(state))) return false;
  const raises = target.stake === 0 && vote.delta > 0;
  if (raises && (target.readyHeight === 0 || height - target.readyHeight > READY_WINDOW)) return false;
  state.stakeVotes.splice(state.stakeVotes.indexOf(vote), 1);
  if (vote.remove) {
    dismiss(state, target);
  } else {
    state.stakeQueue.push({ member: target.id, delta: vote.delta });
    state.appliedVotes.push({ target: target.id, ident: vote.ident });
    if (state.appliedVotes.length > MAX_APPLIED_VOTES) state.appliedVotes.shift();
  }
  return true;
}

/** Stake to 0 through the queue; the member is gone when it has arrived there. */
export function dismiss(state: LedgerState, member: LedgerMember): void {
  member.leaving = true;
  drain(state, member);
}

/** Queues whatever brings the stake to 0, counting what is queued already. */
export function drain(state: LedgerState, member: LedgerMember): void {
  const queued = state.stakeQueue.filter((change) => change.member === member.id);
  const expected = queued.reduce((sum, change) => Math.max(0, sum + change.delta), member.stake);
  if (expected > 0) state.stakeQueue.push({ member: member.id, delta: -expected });
}

/**
 * Applies queued changes, in order, up to max(1, floor(T/4)) in this block; the first that does not fit is split.
 * No bound while fewer than 4 members have stake. The total stays within 1 and 2^50 - 1. Returns the members whose
 * stake changed.
 */
export function applyStakeQueue(state: LedgerState, height: Height): Set<number> {
  const changed = new Set<number>();
  const total = totalStake(state);
  const staked = state.members.filter((member) => member.stake > 0).length;
  let budget = staked < 4 ? Number.MAX_SAFE_INTEGER : Math.max(1, Math.floor(total / 4));
  while (budget > 0 && state.stakeQueue.length > 0) {
    const change = state.stakeQueue[0]!;
    const member = memberById(state, change.member);
    const floor = member === undefined ? 0 : Math.min(member.stake, totalStake(state) - 1);
    const room = MAX_STAKE - totalStake(state);
    const wanted = member === undefined ? 0 : Math.min(room, Math.max(change.delta, -floor));
    const step = Math.sign(wanted) * Math.min(Math.abs(wanted), budget);
    if (member !== undefined && step !== 0) {
      member.stake += step;
      member.raised ||= member.stake > 0;
      if (member.stake === 0) member.punishedAt = height;
      changed.add(member.id);
      budget -= Math.abs(step);
    }
    if (step === wanted) state.stakeQueue.shift();
    else change.delta = wanted - step;
  }
  return changed;
}

/** Votes of a member that left, and about it: their lists hold present members only. */
export function forgetVotes(state: LedgerState, id: number): void {
  const without = <Vote extends { readonly voters: number[] }>(votes: readonly Vote[]): Vote[] =>
    votes
      .map((vote) => ({ ...vote, voters: vote.voters.filter((voter) => voter !== id) }))
      .filter(({ voters }) => voters.length > 0);
  state.stakeVotes = without(state.stakeVotes).filter((vote) => vote.target !== id);
  state.decisions = without(state.decisions);
}

export function expireVotes(state: LedgerState, height: Height): void {
  state.stakeVotes = state.stakeVotes.filter((vote) => height - vote.openedAt < VOTE_LIFETIME_HEIGHTS);
  state.decisions = state.decisions.filter((vote) => height + 1 < vote.h);
}
