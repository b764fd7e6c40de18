/** What one peer may cost, by what it is here (PROTOCOL section 4.10). */
import type { Parts } from './parts.ts';
import type { Allowance, Peers } from './peers.ts';
import type { PeerText } from './types.ts';

/** Of the committee that decides; a member otherwise; anybody else. */
export type Standing = 'committee' | 'observer' | 'stranger';

/** Refilled continuously up to the burst. */
export interface Budget {
  readonly perSecond: number;
  readonly burst: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * A check takes about 50 us: of the committee a third may lie, observers and strangers may be many. An honest member
 * causes some five checks per block, and those of a certificate now and then. Answers are bytes of bundles, blocks,
 * certificates and statements: who catches up as a member is not slowed down, who only looks on is.
 */
export const BUDGETS: Readonly<Record<Standing, { readonly checks: Budget; readonly answers: Budget }>> = {
  committee: { checks: { perSecond: 2000, burst: 8000 }, answers: { perSecond: 16 * MIB, burst: 4 * MIB } },
  observer: { checks: { perSecond: 200, burst: 1000 }, answers: { perSecond: 4 * MIB, burst: 4 * MIB } },
  stranger: { checks: { perSecond: 10, burst: 50 }, answers: { perSecond: 256 * KIB, burst: MIB } },
};

/**
 * Bytes of messages, charged before they are decoded, at some 8 ns each. The same for everybody: who catches up has
 * asked for the blocks of members that its own chain does not know yet, and they come no faster than `answers`.
 */
const READING: Budget = { perSecond: 16 * MIB, burst: 32 * MIB };
/** What a message costs beside its bytes: a STATUS takes 10 us. */
const MESSAGE_BYTES = 512;

export function standingOf(parts: Parts, peer: PeerText): Standing {
  if (parts.round.facts.committee.indexOf(peer) !== undefined) return 'committee';
  return parts.peers.isMember(peer) ? 'observer' : 'stranger';
}

/** What is left now. */
export function refill(allowance: Allowance, { perSecond, burst }: Budget, nowMs: number): number {
  const refilled = allowance.left + ((nowMs - allowance.atMs) * perSecond) / 1000;
  allowance.left = Math.min(burst, refilled);
  allowance.atMs = nowMs;
  return allowance.left;
}

/** Charges `count` before anything is done for it; false: not enough is left, and nothing is charged. */
export function mayTake(allowance: Allowance, count: number, budget: Budget, nowMs: number): boolean {
  if (refill(allowance, budget, nowMs) < count) return false;
  allowance.left -= count;
  return true;
}

/** Whether a message of so many bytes may be decoded; asked, and charged, before that. */
export function mayRead(peers: Peers, from: PeerText, byteLength: number, nowMs: number): boolean {
  const peer = peers.entry(from);
  return peer !== undefined && mayTake(peer.reading, MESSAGE_BYTES + byteLength, READING, nowMs);
}
