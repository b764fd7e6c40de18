/** What this node knows of each peer's progress; bounded, and forgotten with the peer. */
import { equalBytes, toText } from './bytes.ts';
import type { Instance, Status } from './messages.ts';
import type { Committee } from './quorum.ts';
import { MAX_ECHOES } from './schemas.ts';
import type { Height, PeerText } from './types.ts';

const MAX_STRANGERS = 64;
const MAX_REMEMBERED_OBJECTS = 512;
const MAX_BACKOFF_DOUBLINGS = 8;

/** What is left of a budget (budgets.ts), and when that was counted. */
export interface Allowance {
  left: number;
  atMs: number;
}

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
  /** The newest start that it stated, signed by its key. */
  stated: Instance | null;
  /** Starts before that, first the oldest, until it has heard of them: it may have forgotten them. */
  untold: readonly Instance[];
  /** Bytes of answers that it may still draw. The last one may be larger than what was left. */
  readonly answers: Allowance;
  /** Bytes of blocks that it may still be asked for: who has no stake is given no more. */
  readonly given: Allowance;
  /** Bytes of messages that may still be decoded for it. */
  readonly reading: Allowance;
  /** Signature checks that it may still cause. */
  readonly checks: Allowance;
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
      stated: null,
      untold: [],
      answers: { left: Number.POSITIVE_INFINITY, atMs: 0 },
      given: { left: Number.POSITIVE_INFINITY, atMs: 0 },
      reading: { left: Number.POSITIVE_INFINITY, atMs: 0 },
      checks: { left: Number.POSITIVE_INFINITY, atMs: 0 },
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

  /**
   * Whether at most a third of the stake states to be more than one block ahead of this tip: a few may state any
   * height, and must not keep a node from saying that it is ready.
   */
  isLevel(committee: Committee, tip: Height): boolean {
    const ahead = committee.members.flatMap(({ publicKey }, index) =>
      (this.tipOf(toText(publicKey)) ?? 0) > tip + 1 ? [index] : [],
    );
    return !committee.isWeak(ahead);
  }

  #strangers(): PeerText[] {
    return [...this.#peers.keys()].filter((key) => !this.#members.has(key));
  }
}

/** Whoever connects may have started anew, without what it stated last. */
export function noteConnection(peer: Peer): void {
  peer.connected = true;
  peer.untold = startsOf(peer);
}

/** The peer states another start. */
export function noteStart(peer: Peer, start: Instance): void {
  peer.untold = startsOf(peer).filter(({ nonce }) => !equalBytes(nonce, start.nonce));
  peer.stated = start;
  peer.sent.clear();
}

/** At most MAX_ECHOES, newest last. The first one stays: it is the last that the peer took part with for sure. */
function startsOf({ stated, untold }: Peer): readonly Instance[] {
  if (stated === null) return untold;
  const starts = [...untold.filter(({ nonce }) => !equalBytes(nonce, stated.nonce)), stated];
  return [...starts.slice(0, 1), ...starts.slice(1).slice(1 - MAX_ECHOES)];
}

/** Of which starts of its own a peer is told. */
export function echoesFor({ stated, untold }: Peer): readonly Instance[] {
  if (untold.length > 0) return untold;
  return stated === null ? [] : [stated];
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
