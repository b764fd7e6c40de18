import type { PeerClass } from '../node/ports.ts';
import type { RateLimits } from './rate-limiter.ts';

/** What one peer may cost us (PROTOCOL section 4.10). Rates are refilled continuously up to their burst. */
export interface PeerBudget {
  readonly packets: { readonly perSecond: number; readonly burst: number };
  readonly bytes: { readonly perSecond: number; readonly burst: number };
  /** Large messages that may be incomplete at one time. */
  readonly maxPartialMessages: number;
  readonly maxPartialBytes: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const peerBudgets: Readonly<Record<PeerClass, PeerBudget>> = {
  member: {
    packets: { perSecond: 20_000, burst: 40_000 },
    // Twice what the fastest profile paces, so that an honest peer never meets it.
    bytes: { perSecond: 128 * MIB, burst: 128 * MIB },
    maxPartialMessages: 64,
    maxPartialBytes: 4 * MIB,
  },
  observer: {
    packets: { perSecond: 2_000, burst: 4_000 },
    bytes: { perSecond: 4 * MIB, burst: 8 * MIB },
    maxPartialMessages: 16,
    maxPartialBytes: 1 * MIB,
  },
  stranger: {
    packets: { perSecond: 50, burst: 200 },
    bytes: { perSecond: 64 * KIB, burst: 256 * KIB },
    maxPartialMessages: 2,
    maxPartialBytes: 64 * KIB,
  },
};

/** Answers to senders that have not proved their address: a hash and 25 bytes each. */
export const retryLimits: RateLimits = {
  perAddress: { perSecond: 100, burst: 400 },
  total: { perSecond: 1_000, burst: 2_000 },
};

/** Key agreements with senders that have: about a third of a millisecond each. */
export const handshakeLimits: RateLimits = {
  perAddress: { perSecond: 20, burst: 100 },
  total: { perSecond: 200, burst: 400 },
};

/**
 * First datagrams of handshakes with addresses at which nobody has answered yet. Addresses come from others: a record
 * that names somebody who has nothing to do with us must not make him suffer from all members of a network.
 */
export const probeLimits: RateLimits = {
  perAddress: { perSecond: 2, burst: 48 },
  total: { perSecond: 100, burst: 1_000 },
};

/** A chain has at most 128 present members (PROTOCOL section 4.8); the rest is room for joiners and changes. */
export const MAX_PEERS = 256;
export const MAX_STRANGERS = 64;
export const MAX_STRANGERS_PER_ADDRESS = 16;
/** As many as an ADDRESS record has. */
export const MAX_ADDRESS_HINTS = 8;
/** The largest datagram of any profile. */
export const MAX_DATAGRAM_BYTES = 8 * KIB;
/** 320 KiB still fit into MAX_FRAGMENTS of this size. */
export const MIN_DATAGRAM_BYTES = 1200;
