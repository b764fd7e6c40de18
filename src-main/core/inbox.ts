/** What a message means, by its kind; nothing a peer sends can throw (STYLE 15). */
import { BUDGETS, mayTake, refill, standingOf } from './budgets.ts';
import { equalBytes, fromText, toText } from './bytes.ts';
import type { CatchUp } from './catch-up.ts';
import type { Dissemination } from './dissemination.ts';
import { decodeBundle, DecodeError, ZERO_HASH } from './encoding.ts';
import type { AddressRecord, Admission, Message, Status } from './messages.ts';
import type { Parts } from './parts.ts';
import { noteStart, type Peer } from './peers.ts';
import type { Repair } from './repair.ts';
import type { Verdict } from './round-facts.ts';
import type { SealedBundle } from './sealed.ts';
import { addressSigningBytes } from './signing.ts';
import type { Sync } from './sync.ts';
import type { Certificate, Height, PeerText } from './types.ts';

/** Messages that belong to the voting on one height. */
type RoundMessage = Message & { type: 'propose' | 'vote' | 'commit' | 'skip' | 'certificate' };

/** Messages of height + 1 that a peer may have kept here. */
const MAX_KEPT_PER_PEER = 8;

export class Inbox {
  readonly #parts: Parts;
  readonly #repair: Repair;
  readonly #sync: Sync;
  readonly #catchUp: CatchUp;
  readonly #dissemination: Dissemination;
  /** Messages of height + 1, by sender, because a fast peer's proposal often arrives before the last COMMIT. */
  readonly #kept = new Map<PeerText, RoundMessage[]>();

  constructor(
    parts: Parts,
    dependencies: { repair: Repair; sync: Sync; catchUp: CatchUp; dissemination: Dissemination },
  ) {
    this.#parts = parts;
    this.#repair = dependencies.repair;
    this.#sync = dependencies.sync;
    this.#catchUp = dependencies.catchUp;
    this.#dissemination = dependencies.dissemination;
  }

  /** One decoded message; whatever it is, it throws nothing but a broken invariant of our own. */
  onMessage(from: PeerText, message: Message): void {
    const peer = this.#parts.peers.entry(from);
    if (peer === undefined || from === this.#parts.context.self) return this.#reject(from, 'stranger-limit');
    const nowMs = this.#parts.context.nowMs();
    peer.heardAtMs = nowMs;
    const { checks } = BUDGETS[standingOf(this.#parts, from)];
    if (!mayTake(peer.checks, checksOf(message), checks, nowMs)) return this.#reject(from, 'check-budget');
    try {
      this.#dispatch(peer, message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#reject(from, error.message);
    }
  }

  #dispatch(peer: Peer, message: Message): void {
    switch (message.type) {
      case 'bundle':
        return this.#onBundle(peer, decodeBundle(message.bytes, this.#parts.context.crypto));
      case 'status':
        return this.#onStatus(peer, message);
      case 'pull':
      case 'syncRequest':
        return this.#answer(peer, message);
      case 'syncResponse':
        if (!this.#sync.onResponse(peer.publicKey, message.blocks, this.#parts.height))
          this.#reject(peer.publicKey, 'unasked');
        this.#catchUp.applyNext();
        return this.#sync.request(this.#parts.height);
      case 'join': {
        const isOwn = toText(message.join.publicKey) === peer.publicKey;
        const { join, application } = message;
        const isValid = isOwn && this.#parts.policy.onJoin(join, application, this.#parts.state);
        return isValid ? undefined : this.#reject(peer.publicKey, 'join-signature');
      }
      case 'admission':
        return this.#onAdmission(peer.publicKey, message.admission);
      case 'address':
        return this.#onAddress(peer, message.record);
      default:
        return this.#onRoundMessage(peer, message);
    }
  }

  /** Bundles and blocks go out within the peer's budget; what is refused it asks for again. */
  #answer(peer: Peer, request: Message & { type: 'pull' | 'syncRequest' }): void {
    const { answers } = BUDGETS[standingOf(this.#parts, peer.publicKey)];
    if (refill(peer.answers, answers, this.#parts.context.nowMs()) <= 0)
      return this.#reject(peer.publicKey, 'answer-budget');
    if (request.type === 'pull') return this.#repair.onPull(peer, request);
    const { message, sizeBytes } = this.#sync.answer(request.fromHeight, request.maxBytes);
    peer.answers.left -= sizeBytes;
    this.#parts.context.send(peer.publicKey, message);
  }

  /** Messages that belong to one height: handled, kept for the next one, or answered with what the sender lacks. */
  #onRoundMessage(peer: Peer, message: RoundMessage): void {
    const height = heightOf(message);
    const current = this.#parts.round.facts.height;
    if (height === current + 1) {
      // Members only: strangers come and go under any number of names.
      if (!this.#parts.peers.isMember(peer.publicKey)) return this.#reject(peer.publicKey, 'stranger');
      const kept = this.#kept.get(peer.publicKey) ?? [];
      if (kept.length < MAX_KEPT_PER_PEER) this.#kept.set(peer.publicKey, [...kept, message]);
    } else if (height > current) {
      this.#dissemination.askStatus(peer);
    } else if (height === current) {
      this.#settleVerdict(peer.publicKey, this.#toRound(peer, message));
    }
  }

  #toRound(peer: Peer, message: RoundMessage): Verdict {
    switch (message.type) {
      case 'propose':
        return this.#parts.round.onPropose(message.propose, peer.publicKey);
      case 'certificate':
        return this.#parts.round.onCertificate(message.certificate, message.sealed, message.notarisation);
      case 'skip': {
        const verdict = this.#parts.round.onSkip(message);
        if (message.view > this.#parts.round.view) this.#dissemination.askStatus(peer);
        return verdict;
      }
      default:
        return this.#parts.round.onVote(message);
    }
  }

  #onBundle(peer: Peer, sealed: SealedBundle): void {
    const { origin, seq } = sealed.bundle;
    const key = toText(origin);
    const outcome = this.#parts.lanes.admits(sealed);
    if (outcome !== 'added' && outcome !== 'forked') {
      if (outcome === 'too-large' || outcome === 'not-a-member')
        this.#reject(peer.publicKey, `bundle-${outcome}`);
      return;
    }
    if (!this.#catchUp.isSigned(sealed)) return this.#reject(peer.publicKey, 'bundle-signature');
    if (key === this.#parts.context.self) return this.#onForgottenBundle(sealed);
    this.#parts.lanes.add(sealed);
    const [first] = this.#parts.lanes.variantsAt(key, seq);
    if (outcome === 'forked' && first !== undefined) this.#parts.forks.note(first, sealed);
    this.#parts.context.progress();
    this.#parts.round.react();
  }

  /**
   * An own bundle that this node does not have: it forgot; the lane goes on from there, however they were reordered.
   */
  #onForgottenBundle(sealed: SealedBundle): void {
    const { guard, lanes, ownLane } = this.#parts;
    guard.forget();
    lanes.add(sealed);
    ownLane.adopt();
  }

  #onStatus(peer: Peer, status: Status): void {
    this.#noteInstance(peer, status);
    peer.status = status;
    this.#parts.guard.onStatus(peer.publicKey, status, this.#parts.committeeAfterNext);
    this.#repair.onStatus(peer, status);
    this.#sync.request(this.#parts.height);
  }

  /**
   * A peer that has started anew is told of its starts before until it has heard that: if all that reached it were
   * answers to the new one, it would never learn that it forgot.
   */
  #noteInstance(peer: Peer, { instance, echoes }: Status): void {
    const { guard } = this.#parts;
    const isNew = peer.stated === null || !equalBytes(peer.stated.nonce, instance.nonce);
    if (isNew) {
      if (!guard.isInstance(fromText(peer.publicKey) ?? ZERO_HASH, instance)) return;
      noteStart(peer, instance);
    }
    const hasHeardUs = echoes.some(({ nonce }) => equalBytes(nonce, guard.instance.nonce));
    if (hasHeardUs) peer.untold = [];
  }

  /** Only who asked is told; what it means is for its owner. */
  #onAdmission(from: PeerText, admission: Admission): void {
    if (this.#parts.policy.wantsToJoin) this.#parts.context.emit({ type: 'admission', from, admission });
    else this.#reject(from, 'unasked');
  }

  #onAddress(peer: Peer, record: AddressRecord): void {
    const { crypto, chainId } = this.#parts.context;
    const isValid = crypto.verify(record.signature, addressSigningBytes(chainId, record), record.publicKey);
    if (isValid) this.#parts.context.emit({ type: 'address', record, from: peer.publicKey });
    else this.#reject(peer.publicKey, 'address-signature');
  }

  /** Replays what was kept for the height that has just begun. */
  replayKept(): void {
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const [from, messages] of kept) {
      const peer = this.#parts.peers.entry(from);
      if (peer !== undefined) for (const message of messages) this.#dispatch(peer, message);
    }
  }

  #settleVerdict(from: PeerText, verdict: Verdict): void {
    if (typeof verdict === 'object') this.#reject(from, verdict.rejected);
  }

  #reject(from: PeerText, reason: string): void {
    this.#parts.context.emit({ type: 'rejected', from, reason });
  }
}

function heightOf(message: RoundMessage): Height {
  if (message.type === 'propose') return message.propose.height;
  return message.type === 'certificate' ? message.certificate.height : message.height;
}

/** Signatures that may have to be checked; what was asked for (blocks) and what carries none is free. */
function checksOf(message: Message): number {
  const signers = (...certificates: readonly (Certificate | null)[]) =>
    certificates.reduce((sum, certificate) => sum + (certificate?.signers.length ?? 0), 0);
  switch (message.type) {
    case 'pull':
    case 'syncRequest':
    case 'syncResponse':
    case 'admission':
      return 0;
    case 'join':
      return (message.application?.ticket ?? null) === null ? 1 : 2;
    case 'propose':
      return 1 + signers(message.propose.skipCertificate, message.propose.notarisation);
    case 'certificate':
      return signers(message.certificate, message.notarisation);
    case 'status':
      return 1 + message.echoes.length;
    case 'skip':
      return 1 + signers(message.notarisation);
    default:
      return 1;
  }
}
