/**
 * Catching up (PROTOCOL section 4.6): ranges of blocks from several peers, applied in order, each with its own
 * commit certificate. A liar can only delay.
 */
import { BUDGETS, refill } from './budgets.ts';
import { equalBytes, toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import { decodeCertificate, decodeHeader, encodeMembers } from './encoding.ts';
import type { Message, SyncBlock } from './messages.ts';
import type { Peers } from './peers.ts';
import type { Committee } from './quorum.ts';
import { MAX_SYNC_BLOCKS } from './schemas.ts';
import type { Height, PeerText } from './types.ts';

const MAX_RANGE_BYTES = 256 * 1024;
const MAX_REQUESTS_PER_PEER = 2;
const MAX_WINDOW = 4;
const MAX_LATE = 2 * MAX_WINDOW;
const MIN_TIMEOUT_MS = 1000;
/** After an invalid object; after requests without an answer, which an honest peer may also leave open. */
const INVALID_BACKOFF_MS = 60_000;
const SILENT_BACKOFF_MS = 5000;
const MAX_BACKOFF_DOUBLINGS = 10;
const MAX_BANNED = 256;
/** Of a certificate without its signatures, and a little more. */
const FRAME_BYTES = 128;

interface Request {
  readonly peer: PeerText;
  readonly fromHeight: Height;
  readonly deadlineMs: number;
}

type SyncContext = Pick<CoreContext, 'archive' | 'crypto' | 'timing' | 'nowMs' | 'send'>;

export class Sync {
  readonly #context: SyncContext;
  readonly #peers: Peers;
  /** At most MAX_WINDOW. */
  #requests: Request[] = [];
  /**
   * No longer waited for; at most MAX_LATE. On a slow link every answer comes late, and nothing would ever be caught
   * up with if none of them were taken.
   */
  #late: Request[] = [];
  /** Received and not yet applied, with the peer it came from; at most MAX_WINDOW ranges. */
  readonly #blocks = new Map<Height, { block: SyncBlock; from: PeerText }>();
  /** Additive increase, multiplicative decrease. */
  #window = 1;
  /** Peers to leave alone until then, and how often that was so; at most MAX_BANNED, the oldest go first. */
  readonly #banned = new Map<PeerText, { untilMs: number; count: number }>();

  constructor(context: SyncContext, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
  }

  /**
   * The highest tip that a peer stated, when it is more than one block ahead; null: level. What somebody stated who
   * has gone cannot be asked for: it would be waited for as long as it stays away.
   */
  target(tip: Height): Height | null {
    let highest = tip + 1;
    for (const { publicKey, connected } of this.#peers.all()) {
      const stated = this.#peers.tipOf(publicKey);
      if (connected && stated !== null && !this.#isBanned(publicKey)) highest = Math.max(highest, stated);
    }
    return highest > tip + 1 ? highest : null;
  }

  /**
   * Whether the block after `tip` comes in a range that was asked for, and members of more than a third of the stake
   * state to be more than 64 blocks ahead: then nobody need be asked for parts of it (PROTOCOL section 4.6). One liar
   * cannot bring that about.
   */
  isFarBehind(tip: Height, committee: Committee): boolean {
    const isOnItsWay = this.#requests.some(
      ({ fromHeight }) => fromHeight <= tip + 1 && tip + 1 < fromHeight + MAX_SYNC_BLOCKS,
    );
    if (!isOnItsWay || this.#blocks.has(tip + 1)) return false;
    const ahead = committee.members.flatMap(({ publicKey }, index) => {
      const stated = this.#peers.tipOf(toText(publicKey));
      return stated !== null && stated - tip > MAX_SYNC_BLOCKS ? [index] : [];
    });
    return committee.isWeak(ahead);
  }

  /** Asks for what is missing, from peers that stated to have it, the least burdened first. */
  request(tip: Height): void {
    const now = this.#context.nowMs();
    const expired = this.#requests.filter((request) => request.deadlineMs <= now);
    if (expired.length > 0) this.#window = Math.max(1, Math.floor(this.#window / 2));
    for (const { peer } of expired) this.#leaveAlone(peer, SILENT_BACKOFF_MS);
    this.#late = [...this.#late, ...expired].slice(-MAX_LATE);
    this.#requests = this.#requests.filter((request) => request.deadlineMs > now);
    const target = this.target(tip);
    if (target === null) return;
    let next = tip + 1;
    while (
      this.#requests.length < this.#window &&
      next <= target &&
      next < tip + 1 + MAX_WINDOW * MAX_SYNC_BLOCKS
    ) {
      const covering = this.#requests.find(
        (r) => r.fromHeight <= next && next < r.fromHeight + MAX_SYNC_BLOCKS,
      );
      if (this.#blocks.has(next)) next += 1;
      else if (covering !== undefined) next = covering.fromHeight + MAX_SYNC_BLOCKS;
      else {
        const peer = this.#source(next);
        if (peer === undefined) return;
        const deadlineMs = now + Math.max(MIN_TIMEOUT_MS, 8 * this.#context.timing.retransmitMs);
        this.#requests.push({ peer, fromHeight: next, deadlineMs });
        this.#context.send(peer, { type: 'syncRequest', fromHeight: next, maxBytes: MAX_RANGE_BYTES });
        next += MAX_SYNC_BLOCKS;
      }
    }
  }

  /** Keeps the blocks of an answer that was asked for. */
  onResponse(from: PeerText, blocks: readonly SyncBlock[], tip: Height): boolean {
    const first = blocks[0]?.sealed.header.height;
    const asked = [...this.#requests, ...this.#late].find(
      (request) => request.peer === from && (first ?? request.fromHeight) === request.fromHeight,
    );
    if (asked === undefined) return false;
    this.#requests = this.#requests.filter((request) => request !== asked);
    this.#late = this.#late.filter((request) => request !== asked);
    const peer = this.#peers.entry(from);
    if (peer !== undefined) peer.given.left -= blocks.reduce((sum, block) => sum + sizeOf(block), 0);
    if (blocks.length === 0) {
      // It stated a tip that it cannot show.
      this.#leaveAlone(from, SILENT_BACKOFF_MS);
      return true;
    }
    this.#window = Math.min(MAX_WINDOW, this.#window + 1);
    blocks.forEach((block, index) => {
      const { height } = block.sealed.header;
      const inRange =
        height === asked.fromHeight + index && height > tip && height <= tip + MAX_WINDOW * MAX_SYNC_BLOCKS;
      if (inRange && !this.#blocks.has(height)) this.#blocks.set(height, { block, from });
    });
    return true;
  }

  /** The block to apply after `tip`, if it has come. */
  next(tip: Height): { block: SyncBlock; from: PeerText } | undefined {
    for (const height of [...this.#blocks.keys()]) if (height <= tip) this.#blocks.delete(height);
    return this.#blocks.get(tip + 1);
  }

  /** An invalid object: drops what this peer sent and leaves it alone for 60 s * 2^k. */
  ban(peer: PeerText): void {
    this.#leaveAlone(peer, INVALID_BACKOFF_MS);
    for (const [height, { from }] of [...this.#blocks]) if (from === peer) this.#blocks.delete(height);
    this.#requests = this.#requests.filter((request) => request.peer !== peer);
    this.#late = this.#late.filter((request) => request.peer !== peer);
  }

  /** At most 64 blocks and about `maxBytes`; a block that is larger comes without the bundles that do not fit. */
  answer(fromHeight: Height, maxBytes: number): { message: Message; sizeBytes: number } {
    const { archive, crypto } = this.#context;
    const blocks: SyncBlock[] = [];
    const limit = Math.min(maxBytes, MAX_RANGE_BYTES);
    let left = limit;
    for (let height = fromHeight; blocks.length < MAX_SYNC_BLOCKS; height++) {
      const stored = archive.block(height);
      if (stored === undefined || stored.certificateBytes.length === 0) break;
      const sealed = decodeHeader(stored.headerBytes, crypto);
      const { committeeHash, nextCommitteeHash } = sealed.header;
      const changes = !equalBytes(committeeHash, nextCommitteeHash);
      const nextCommittee = changes ? (archive.committee(nextCommitteeHash) ?? null) : null;
      const committeeBytes = encodeMembers(nextCommittee ?? []).length;
      const frame = stored.headerBytes.length + stored.certificateBytes.length + committeeBytes;
      const size = stored.bundles.reduce((sum, bytes) => sum + bytes.length, frame);
      if (size > left && blocks.length > 0) break;
      left -= frame;
      const bundles = stored.bundles.filter((bytes) => (left -= bytes.length) >= 0);
      blocks.push({
        sealed,
        certificate: decodeCertificate(stored.certificateBytes),
        nextCommittee,
        bundles,
      });
      if (left <= 0) break;
    }
    return { message: { type: 'syncResponse', blocks }, sizeBytes: limit - left };
  }

  #source(height: Height): PeerText | undefined {
    let best: PeerText | undefined;
    let load = MAX_REQUESTS_PER_PEER;
    for (const peer of this.#peers.all()) {
      const { publicKey, connected } = peer;
      const has = (this.#peers.tipOf(publicKey) ?? 0) >= height;
      if (!connected || !has || this.#isBanned(publicKey)) continue;
      // Beyond this it would not answer, and be left alone for that.
      if (refill(peer.given, BUDGETS.observer.answers, this.#context.nowMs()) <= 0) continue;
      const requests = this.#requests.filter((request) => request.peer === publicKey).length;
      if (requests < load) [best, load] = [publicKey, requests];
    }
    return best;
  }

  /** A block of this peer proved itself: its past is forgiven. */
  forgive(peer: PeerText): void {
    this.#banned.delete(peer);
  }

  #leaveAlone(peer: PeerText, backoffMs: number): void {
    const count = (this.#banned.get(peer)?.count ?? 0) + 1;
    const doublings = Math.min(count - 1, MAX_BACKOFF_DOUBLINGS);
    this.#banned.delete(peer);
    if (this.#banned.size >= MAX_BANNED) this.#banned.delete(this.#banned.keys().next().value!);
    this.#banned.set(peer, { untilMs: this.#context.nowMs() + backoffMs * 2 ** doublings, count });
  }

  #isBanned(peer: PeerText): boolean {
    return (this.#banned.get(peer)?.untilMs ?? Number.NEGATIVE_INFINITY) > this.#context.nowMs();
  }
}

/** About as the one who gave it counts it. */
function sizeOf({ sealed, certificate, bundles }: SyncBlock): number {
  const signatures = certificate.signatures.reduce((sum, signature) => sum + signature.length, 0);
  const frame = FRAME_BYTES + sealed.bytes.length + signatures;
  return bundles.reduce((sum, bytes) => sum + bytes.length, frame);
}
