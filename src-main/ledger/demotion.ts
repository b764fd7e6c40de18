/** Who leads late: a function of the chain alone, never of anybody's list of who is online (PROTOCOL section 4.2). */
import { leaderOf, type Committee } from '../core/quorum.ts';
import type { Header } from '../core/types.ts';
import type { LedgerState } from './state.ts';
import { isDemoted, memberById } from './state.ts';

const MAX_MISSES = 11;
/**
 * A bundle ends the demotion only up to here: otherwise a member that never leads could evade it by committing bundles.
 */
const MISSES_A_BUNDLE_ENDS = 2;

/** Counts the views before `header.view` against their leaders; the proposer is forgiven everything. */
export function recordLeaders(
  state: LedgerState,
  header: Header,
  committee: Committee,
  demotionHeights: number,
): void {
  const { height } = header;
  const missed = new Set<number>();
  const views = Math.min(header.view, committee.size);
  for (let view = 0; view < views; view++) {
    missed.add(leaderOf(committee, height, view, (id) => isDemoted(state, id, height)).id);
  }
  for (const id of missed) {
    const member = memberById(state, id);
    if (member === undefined) continue;
    member.misses = Math.min(member.misses + 1, MAX_MISSES);
    member.demotedAt = height;
    member.demotedUntil = height + demotionHeights * 2 ** (member.misses - 1);
  }
  const proposer = memberById(state, header.proposer);
  if (proposer === undefined) return;
  proposer.misses = 0;
  proposer.demotedAt = 0;
  proposer.demotedUntil = 0;
}

/** Whether a member is demoted at this height in a way that a bundle of its own would end. */
export function mayReturn(state: LedgerState, id: number, height: number): boolean {
  const member = memberById(state, id);
  return member !== undefined && member.misses <= MISSES_A_BUNDLE_ENDS && isDemoted(state, id, height);
}

/** A bundle of a demoted member in a later block shows that it is awake. */
export function recordBundle(state: LedgerState, origin: number, height: number): void {
  const member = memberById(state, origin);
  if (member === undefined || member.demotedAt === 0 || height <= member.demotedAt) return;
  if (member.misses > MISSES_A_BUNDLE_ENDS) return;
  member.demotedAt = 0;
  member.demotedUntil = 0;
}
