/** What members do to each other: who is away and what that means, what is voted about, and why somebody is gone. */
import { nextRaise, raiseIdent } from '../core/raising.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { RAISING } from '../networks/node-setup.ts';
import { removalOf } from '../networks/shared/removal.ts';
import type { MemberView, NodeFacade, NodeSnapshot as NodeState, OpenVote as Vote } from '../node/facade.ts';
import type { Member, OpenVote, Removal } from './contract/node.ts';
import { marginOf, type StakeHolder } from './margin.ts';

/** A restart or a lunch break is no reason to take away somebody's stake. */
const LONG_MS = 10 * 60_000;

export function awayMs(heardAtMs: number | null, { nowMs, startedAtMs }: NodeState): number {
  return Math.max(0, nowMs - (heardAtMs ?? startedAtMs));
}

/** Whoever is here and signs nothing is no help to the others. */
export function holderOf({ stake, connected, silence }: Member): StakeHolder {
  return { stake, connected: connected && silence === null };
}

/** What the absence of each member costs the others, and whether they can still do something about it. */
export function withAbsence(members: readonly Member[]): Member[] {
  const now = marginOf(members.map(holderOf));
  return members.map((member) => {
    const { away, stake } = member;
    if (away === null || stake === 0) return member;
    const without = marginOf(members.filter((one) => one !== member).map(holderOf));
    const isLong = away.sinceMs >= LONG_MS;
    return {
      ...member,
      away: {
        ...away,
        isLong,
        mayLower: isLong && now.state === 'holds',
        membersToSpareWithout: without.membersToSpare,
      },
    };
  });
}

/** What others may vote that this member gets; who contradicted itself is offered nothing. */
export function raiseView(member: MemberView, { members }: NodeState): Member['raise'] {
  const { stake, evidence, wasRaised } = member;
  const staked = members.filter((holder) => holder.stake > 0);
  const delta = evidence === null ? nextRaise(member, staked, RAISING) : 0;
  if (delta === 0) return null;
  return { delta, ident: stake === 0 && wasRaised ? null : raiseIdent(member) };
}

export function voteView(vote: Vote, members: readonly Member[]): OpenVote {
  const { target, remove, delta, ident, votedStake, hasVoted } = vote;
  const kind = remove ? 'remove' : delta < 0 ? 'lower' : 'raise';
  const totalStake = members.reduce((sum, { stake }) => sum + stake, 0);
  return { target, kind, delta, ident, votedStake, totalStake, hasVoted };
}

export function removalView(node: NodeFacade): Removal | null {
  return removalOf(node.reader, node.publicKey, sodiumCrypto) ?? null;
}
