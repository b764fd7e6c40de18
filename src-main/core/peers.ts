/** What this node knows of each peer's progress; bounded, and forgotten with the peer. */
import type { Instance, Status } from './messages.ts';
import type { Height, PeerText } from './types.ts';

const MAX_STRANGERS = 64;
const MAX_REMEMBERED_OBJECTS = 512;
const MAX_BACKOFF_DOUBLINGS = 8;
const ANSWER_BURST_BYTES = 4 * 1024 * 1024;
const ANSWER_BYTES_PER_MS = 16 * 1024;

export interface Peer {
  readonly publicKey: PeerText;
  status: Status | null;
  /** When its newest message arrived; null before. */
  heardAtMs: number | null;
  connected: boolean;
  answeredAtMs: number;
  /** When the first STATUS that it has not answered yet was sent; null: none. */
  askedAtMs: number | null;
  statusSentAtMs: number;
  instance: Instance | null;
  /** Bytes of pulled bundles and synced blocks it may still draw, and when that was counted. */
  answerBytes: number;
  answerBytesAtMs: number;
  /** Signature checks it may still cause, and when that was counted. */
  checks: number;
  checksAtMs: number;
  /** Objects sent to it at this height: how often and when; at most MAX_REMEMBERED_OBJECTS. */
  readonly sent: Map<string, { count: number; atMs: number }>;
}

export class Peers {
  readonly #peers = new Map<PeerText, Peer>();
  #members: ReadonlySet<PeerText> = new Set();

  /** After a block: who is a member now. Strangers stay, up to their limit. */
  settle(members: ReadonlySet<PeerText>): void {
    this.#members = members;
    for (const peer of this.#peers.values()) peer.sent.clear();
    for (const key of this.#strangers().slice(MAX_STRANGERS)) this.#peers.delete(key);
  }

  get(publicKey: PeerText): Peer | undefined {
    return this.#peers.get(publicKey);
  }

  /** The peer's entry; undefined for a stranger beyond the limit. */
  entry(publicKey: PeerText): Peer | undefined {
    const held = this.#peers.get(publicKey);
    if (held !== undefined) return held;
    if (!this.#members.has(publicKey) && this.#strangers().length >= MAX_STRANGERS) return undefined;
    const peer: Peer = {
      publicKey,
      status: null,
      heardAtMs: null,
      connected: false,
      answeredAtMs: Number.NEGATIVE_INFINITY,
      askedAtMs: null,
      statusSentAtMs: Number.NEGATIVE_INFINITY,
      instance: null,
      answerBytes: ANSWER_BURST_BYTES,
      answerBytesAtMs: 0,
      checks: Number.POSITIVE_INFINITY,
      checksAtMs: 0,
      sent: new Map(),
    };
    this.#peers.set(publicKey, peer);
    return peer;
  }

  isMember(publicKey: PeerText): boolean {
    return this.#members.has(publicKey);
  }

  all(): Iterable<Peer> {
    return this.#peers.values();
  }

  disconnected(publicKey: PeerText): void {
    const peer = this.#peers.get(publicKey);
    if (peer === undefined) return;
    peer.connected = false;
    if (!this.#members.has(publicKey)) this.#peers.delete(publicKey);
  }

  /** The tip that a peer stated last. */
  tipOf(publicKey: PeerText): Height | null {
    const status = this.#peers.get(publicKey)?.status ?? null;
    return status === null ? null : status.height - 1;
  }

  #strangers(): PeerText[] {
    return [...this.#peers.keys()].filter((key) => !this.#members.has(key));
  }
}

/**
 * Whether a peer may draw an answer now: at most ANSWER_BURST_BYTES at once, refilled by ANSWER_BYTES_PER_MS
 * (PROTOCOL section 4.10).
 */
export function mayDraw(peer: Peer, nowMs: number): boolean {
  const refill = Math.floor((nowMs - peer.answerBytesAtMs) * ANSWER_BYTES_PER_MS);
  peer.answerBytes = Math.min(ANSWER_BURST_BYTES, peer.answerBytes + refill);
  peer.answerBytesAtMs = nowMs;
  return peer.answerBytes > 0;
}

/** Signature checks that a peer may cause, refilled continuously up to a burst (PROTOCOL section 4.10). */
export interface CheckBudget {
  readonly perSecond: number;
  readonly burst: number;
}

/** Charges a message before anything of it is verified; false: it is to be refused. */
export function mayCheck(
  peer: Peer,
  count: number,
  nowMs: number,
  { perSecond, burst }: CheckBudget,
): boolean {
  const refill = ((nowMs - peer.checksAtMs) * perSecond) / 1000;
  peer.checks = Math.min(burst, peer.checks + refill);
  peer.checksAtMs = nowMs;
  if (peer.checks < count) return false;
  peer.checks -= count;
  return true;
}

/** Whether an object may go to a peer again: each repeat waits twice as long (PROTOCOL section 4.5). */
export function mayRepeat(peer: Peer, object: string, nowMs: number, intervalMs: number): boolean {
  const before = peer.sent.get(object);
  if (before === undefined) {
    if (peer.sent.size < MAX_REMEMBERED_OBJECTS) peer.sent.set(object, { count: 1, atMs: nowMs });
    return true;
  }
  if (nowMs - before.atMs < intervalMs * 2 ** Math.min(before.count - 1, MAX_BACKOFF_DOUBLINGS)) return false;
  before.count += 1;
  before.atMs = nowMs;
  return true;
}
