import { probeLimits } from './budgets.ts';
import type { RateLimits } from './rate-limiter.ts';

/**
 * How sessions behave on a kind of network (PROTOCOL section 6). Local values only: two peers with different
 * profiles understand each other.
 */
export interface TransportProfile {
  readonly name: 'loopback' | 'lan' | 'i2p';
  /** The largest datagram we send, headers of the session included. */
  readonly datagramBytes: number;
  /** Large messages leave at this rate at most, after a first burst, so that no socket buffer overflows. */
  readonly paceBytesPerMs: number;
  readonly paceBurstBytes: number;
  /** First repetition of an unanswered handshake; doubles up to the cap, with jitter. */
  readonly handshakeRetryMs: number;
  readonly handshakeRetryCapMs: number;
  /** Handshakes with addresses at which nobody has answered yet. */
  readonly probeLimits: RateLimits;
  /** An unfinished handshake is begun anew with fresh keys after this. */
  readonly attemptLifetimeMs: number;
  /** Missing fragments are pulled when none arrived for this long. */
  readonly pullDelayMs: number;
  /** A ping rides along when the last one is this old. */
  readonly pingIntervalMs: number;
  /** Nothing heard for this long: ask, each probeMs, whether the peer is still there. */
  readonly quietMs: number;
  readonly probeMs: number;
  /** Nothing heard for this long: the peer may have lost the session; offer a new one beside it. */
  readonly rehandshakeMs: number;
  /** Nothing heard for this long: the session is dropped. */
  readonly silentMs: number;
  /** A session is replaced after this time or this many datagrams, and refused at twice the time. */
  readonly rekeyAfterMs: number;
  readonly rekeyAfterDatagrams: number;
  /** How long a replaced session still decrypts what was under way. */
  readonly graceMs: number;
}

const MINUTE_MS = 60_000;

const direct = {
  handshakeRetryCapMs: 10_000,
  attemptLifetimeMs: 30_000,
  pingIntervalMs: 15_000,
  quietMs: 15_000,
  probeMs: 1_000,
  rehandshakeMs: 20_000,
  silentMs: 30_000,
  rekeyAfterMs: 15 * MINUTE_MS,
  rekeyAfterDatagrams: 2 ** 30,
  graceMs: 10_000,
};

/** All nodes on one machine. */
export const loopback: TransportProfile = {
  ...direct,
  name: 'loopback',
  datagramBytes: 8 * 1024,
  paceBytesPerMs: 64 * 1024,
  paceBurstBytes: 160 * 1024,
  handshakeRetryMs: 40,
  // Nobody but this machine is bothered, and all peers have its one address.
  probeLimits: { perAddress: { perSecond: 1_000, burst: 4_000 }, total: { perSecond: 1_000, burst: 4_000 } },
  pullDelayMs: 5,
};

/** Ethernet, Wi-Fi and the internet: 1200 bytes pass everywhere unfragmented (RFC 9000, section 14). */
export const lan: TransportProfile = {
  ...direct,
  name: 'lan',
  datagramBytes: 1200,
  paceBytesPerMs: 12 * 1024,
  paceBurstBytes: 96 * 1024,
  handshakeRetryMs: 100,
  probeLimits,
  pullDelayMs: 15,
};

/** I2P: round trips of seconds, and every datagram is expensive. */
export const i2p: TransportProfile = {
  name: 'i2p',
  datagramBytes: 4 * 1024,
  paceBytesPerMs: 32,
  paceBurstBytes: 32 * 1024,
  handshakeRetryMs: 5_000,
  probeLimits,
  handshakeRetryCapMs: 60_000,
  attemptLifetimeMs: 3 * MINUTE_MS,
  pullDelayMs: 2_000,
  pingIntervalMs: 60_000,
  quietMs: MINUTE_MS,
  probeMs: 10_000,
  rehandshakeMs: 2 * MINUTE_MS,
  silentMs: 4 * MINUTE_MS,
  rekeyAfterMs: 60 * MINUTE_MS,
  rekeyAfterDatagrams: 2 ** 30,
  graceMs: MINUTE_MS,
};
