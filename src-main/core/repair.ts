/**
 * Loss and silence (PROTOCOL section 4.5). Nobody resends blindly: a STATUS says what its sender holds, whoever
 * holds more answers with it, and whoever sees that it lacks something itself sends its own STATUS at once.
 */
import { BUDGETS, refill, standingOf } from './budgets.ts';
import { equalBytes, toText } from './bytes.ts';
import { decodeBundle, decodeCertificate, decodeHeader, hasBit } from './encoding.ts';
import type { OwnMissing } from './guard.ts';
import type { LaneTip, Message, Pull, Skip, Status, Vote } from './messages.ts';
import type { Parts } from './parts.ts';
import type { Peer } from './peers.ts';
import { echoesFor, mayRepeat } from './peers.ts';
import type { SealedHeader } from './sealed.ts';
import type { Certificate, Height } from './types.ts';

/** What one STATUS may draw out of this node, and what one PULL may. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_PULL_BYTES = 256 * 1024;
/** What a message has beside its signers and its header; and what each signer adds: a signature and an hn. */
const FRAME_BYTES = 256;
const SIGNER_BYTES = 68;
/** What looking for something in vain costs the asker's budget: it is answered with nothing, but not for nothing. */
const MISS_BYTES = 8192;

export class Repair {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What this node holds, for one peer. */
  statusFor(peer: Peer): Status {
    const round = this.#parts.round;
    return {
      type: 'status',
      height: round.facts.height,
      tipHash: this.#parts.tipHash,
      view: round.view,
      ...round.ballots.bitmaps(round.view),
      highNotarisedView: round.log.highNotarisation === null ? -1 : round.log.highNotarisation.view,
      hasHeader: round.hasProposal,
      laneTips: this.#parts.lanes.tips(),
      instance: this.#parts.guard.instance,
      echoes: echoesFor(peer),
    };
  }

  sendStatus(peer: Peer): void {
    peer.statusSentAtMs = this.#parts.context.nowMs();
    this.#parts.context.send(peer.publicKey, this.statusFor(peer));
  }

  /** Answers a STATUS with what its sender lacks, and asks back when the sender has more. */
  onStatus(peer: Peer, status: Status): void {
    const { context } = this.#parts;
    const intervalMs = Math.floor(context.timing.retransmitMs / 2);
    const now = context.nowMs();
    const { answers } = BUDGETS[standingOf(this.#parts, peer.publicKey)];
    if (now - peer.answeredAtMs >= intervalMs && refill(peer.answers, answers, now) > 0) {
      peer.answeredAtMs = now;
      this.#answer(peer, this.#answers(peer, status));
    }
    const isUntold = peer.untold.length > 0;
    if ((isUntold || this.#showsMore(status)) && now - peer.statusSentAtMs >= intervalMs)
      this.sendStatus(peer);
  }

  onPull(peer: Peer, { lanes, headers }: Pull): void {
    const wanted = [
      ...lanes.map(
        ({ tipDigest, fromSeq }) =>
          () =>
            this.#laneBundles(tipDigest, fromSeq),
      ),
      ...headers.map((hash) => () => this.#header(hash)),
    ];
    let left = MAX_PULL_BYTES;
    // What does not fit any more is not even looked up: a small PULL names a lot.
    for (const find of wanted) {
      const found = find();
      if (found.length === 0) peer.answers.left -= MISS_BYTES;
      const fitting = bounded(found, left);
      this.#answer(peer, fitting);
      left -= fitting.reduce((sum, message) => sum + sizeOf(message), 0);
      if (fitting.length < found.length) return;
    }
  }

  #answer(peer: Peer, messages: readonly Message[]): void {
    for (const message of messages) {
      peer.answers.left -= sizeOf(message);
      this.#parts.context.send(peer.publicKey, message);
    }
  }

  /** C(height) and its header; the receiver pulls the bundles. */
  commitCertificate(height: Height): Message[] {
    const { archive, crypto } = this.#parts.context;
    const block = archive.block(height);
    if (block === undefined || block.certificateBytes.length === 0) return [];
    const certificate = decodeCertificate(block.certificateBytes);
    const sealed = decodeHeader(block.headerBytes, crypto);
    return [{ type: 'certificate', certificate, sealed, notarisation: null }];
  }

  #answers(peer: Peer, status: Status): Message[] {
    const round = this.#parts.round;
    const { height } = round.facts;
    if (status.height > height) return [];
    const candidates =
      status.height < height ? this.commitCertificate(status.height) : this.#sameHeight(peer, status);
    const { context } = this.#parts;
    const mayGo = (message: Message) =>
      mayRepeat(peer, nameOf(message), context.nowMs(), context.timing.retransmitMs);
    return bounded(candidates, MAX_ANSWER_BYTES, mayGo);
  }

  #sameHeight(peer: Peer, status: Status): Message[] {
    const round = this.#parts.round;
    const { view } = round;
    const answers: Message[] = [];
    const high = round.log.highNotarisation;
    if (status.view < view) answers.push(...this.#entry());
    if (high !== null && status.highNotarisedView < high.view) answers.push(...this.#certificate(high));
    if (status.view === view) {
      const propose = round.proposalOf(view);
      if (propose !== undefined && !status.hasHeader) answers.push({ type: 'propose', propose });
      answers.push(...this.#statements(peer, status));
    }
    answers.push(...this.#missingBundles(status.laneTips));
    return answers;
  }

  /**
   * Own statements of this view that a peer lacks; and those of its own that it lacks, as only who forgot them does:
   * they must reach it before it signs again (PROTOCOL section 4.7).
   */
  #statements(peer: Peer, status: Status): Message[] {
    const { facts, log, ballots, view } = this.#parts.round;
    const high = log.highNotarisation;
    const held = { vote: status.votes, commit: status.commits, skip: status.skips };
    const isLacking = ({ type, index }: Vote | Skip) =>
      !hasBit(held[type], index) &&
      // It has been given the N instead.
      !(type === 'vote' && index === facts.selfIndex && high?.view === view);
    return [facts.selfIndex, facts.committee.indexOf(peer.publicKey)]
      .flatMap((index) => (index === undefined ? [] : ballots.messagesOf(index, view)))
      .filter(isLacking)
      .map((message) => (message.type === 'skip' ? { ...message, notarisation: high } : message));
  }

  #entry(): Message[] {
    const { entry } = this.#parts.round.log;
    if (entry === null) return [];
    if (entry.certificate.kind === 'N') return this.#certificate(entry.certificate);
    return [{ type: 'certificate', sealed: null, ...entry }];
  }

  #certificate(certificate: Certificate | null): Message[] {
    if (certificate === null) return [];
    const sealed = this.#parts.round.header(certificate.hash) ?? null;
    return [{ type: 'certificate', certificate, sealed, notarisation: null }];
  }

  /**
   * Bundles above the tips that a peer states; of a forked lane, our variant. Its own lane too: it may have forgotten.
   */
  #missingBundles(tips: readonly LaneTip[]): Message[] {
    const { lanes } = this.#parts;
    const stated = new Map(tips.map((tip) => [tip.origin, tip]));
    return lanes.tips().flatMap((own) => {
      const theirs = stated.get(own.origin);
      if (theirs !== undefined && theirs.seq > own.seq) return [];
      if (theirs !== undefined && equalBytes(theirs.digest, own.digest)) return [];
      const origin = toText(lanes.get(own.digest)!.bundle.origin);
      const from = theirs === undefined || theirs.seq === own.seq ? 0 : theirs.seq;
      const chain = lanes.chainOf(origin).filter((sealed) => sealed.bundle.seq > from);
      return chain.map(({ bytes }) => ({ type: 'bundle', bytes }) as const);
    });
  }

  #laneBundles(tipDigest: Uint8Array, fromSeq: number): Message[] {
    const { lanes, context } = this.#parts;
    const found: Message[] = [];
    let digest = tipDigest;
    for (let steps = 0; steps <= context.parameters.laneWindow; steps++) {
      const held = lanes.get(digest);
      const bytes = held?.bytes ?? context.archive.bundle(digest);
      if (bytes === undefined) break;
      found.unshift({ type: 'bundle', bytes });
      const { seq, prev } = (held ?? decodeBundle(bytes, context.crypto)).bundle;
      if (seq <= fromSeq) break;
      digest = prev;
    }
    return found;
  }

  #header(hash: Uint8Array): Message[] {
    const round = this.#parts.round;
    const { highNotarisation } = round.log;
    if (highNotarisation !== null && equalBytes(highNotarisation.hash, hash))
      return this.#certificate(highNotarisation);
    const propose = round.proposalOf(round.view);
    if (propose !== undefined && equalBytes(propose.sealed.hash, hash)) return [{ type: 'propose', propose }];
    const height = this.#parts.context.archive.heightOfHash(hash);
    return height === undefined ? [] : this.commitCertificate(height);
  }

  readonly ownMissing: OwnMissing = {
    lane: () => this.#isOwnLaneMissing(),
    anything: () => this.#isOwnLaneMissing() || this.#isOwnStatementMissing(),
  };

  /** Statements of the view, or a later view, which this node may have helped to reach. */
  #isOwnStatementMissing(): boolean {
    const { round, peers } = this.#parts;
    const { facts, log, view } = round;
    const lacks = (bitmap: Uint8Array, own: ReadonlyMap<number, unknown>) =>
      hasBit(bitmap, facts.selfIndex!) && !own.has(view);
    return [...peers.all()].some(({ status }) => {
      if (facts.selfIndex === undefined || status?.height !== facts.height || status.view < view)
        return false;
      const { votes, commits, skips } = status;
      return (
        status.view > view ||
        lacks(votes, log.votes) ||
        lacks(commits, log.commits) ||
        lacks(skips, log.skips)
      );
    });
  }

  #isOwnLaneMissing(): boolean {
    const { round, ownLane, peers, lanes, context } = this.#parts;
    const ownId = lanes.owner(context.self)?.id;
    return [...peers.all()].some(
      ({ status }) =>
        status !== null &&
        status.height >= round.facts.height &&
        status.laneTips.some(({ origin, seq }) => origin === ownId && seq > ownLane.tipSeq),
    );
  }

  /** Whether a STATUS shows anything that this node lacks. */
  #showsMore(status: Status): boolean {
    const round = this.#parts.round;
    if (status.height !== round.facts.height) return status.height > round.facts.height;
    const high = round.log.highNotarisation === null ? -1 : round.log.highNotarisation.view;
    if (status.view > round.view || status.highNotarisedView > high) return true;
    if (status.view === round.view && status.hasHeader && !round.hasProposal) return true;
    if (status.view === round.view && this.#hasMoreVotes(status)) return true;
    const own = new Map(this.#parts.lanes.tips().map((tip) => [tip.origin, tip]));
    return status.laneTips.some(({ origin, seq, digest }) => {
      const held = own.get(origin);
      if (held === undefined) return this.#parts.lanes.get(digest) === undefined;
      return seq > held.seq || (seq === held.seq && !equalBytes(digest, held.digest));
    });
  }

  #hasMoreVotes(status: Status): boolean {
    const { ballots, view } = this.#parts.round;
    const own = ballots.bitmaps(view);
    const more = (theirs: Uint8Array, ours: Uint8Array) => theirs.some((byte, i) => (byte & ~ours[i]!) !== 0);
    return (
      more(status.votes, own.votes) || more(status.commits, own.commits) || more(status.skips, own.skips)
    );
  }
}

/** As many messages as fit; only those that fit are asked whether they may go. */
function bounded(
  messages: readonly Message[],
  maxBytes: number,
  mayGo: (message: Message) => boolean = () => true,
): Message[] {
  let sizeBytes = 0;
  return messages.filter((message) => {
    if (sizeBytes + sizeOf(message) > maxBytes || !mayGo(message)) return false;
    sizeBytes += sizeOf(message);
    return true;
  });
}

function sizeOf(message: Message): number {
  if (message.type === 'bundle') return message.bytes.length;
  const { sealed, certificates } = carriedBy(message);
  const signers = certificates.reduce((sum, certificate) => sum + (certificate?.signers.length ?? 0), 0);
  return FRAME_BYTES + (sealed?.bytes.length ?? 0) + signers * SIGNER_BYTES;
}

/** The header and the certificates that a message carries. */
function carriedBy(message: Message): {
  readonly sealed: SealedHeader | null;
  readonly certificates: readonly (Certificate | null)[];
} {
  switch (message.type) {
    case 'propose': {
      const { sealed, skipCertificate, notarisation } = message.propose;
      return { sealed, certificates: [skipCertificate, notarisation] };
    }
    case 'certificate':
      return { sealed: message.sealed, certificates: [message.certificate, message.notarisation] };
    case 'skip':
      return { sealed: null, certificates: [message.notarisation] };
    default:
      return { sealed: null, certificates: [] };
  }
}

/** The name under which repeats of a message to one peer are counted. */
function nameOf(message: Message): string {
  switch (message.type) {
    case 'certificate': {
      const { kind, height, view } = message.certificate;
      return `${kind}:${height}:${view}:${message.sealed === null ? '' : 'header'}`;
    }
    case 'propose':
      return `propose:${message.propose.view}`;
    case 'bundle':
      return `bundle:${toText(message.bytes.subarray(0, 64))}`;
    case 'vote':
    case 'commit':
    case 'skip':
      return `${message.type}:${message.height}:${message.view}:${message.index}`;
    default:
      return message.type;
  }
}
