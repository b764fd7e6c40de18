/**
 * The safety log: what a node must remember of the height being decided, so that it never contradicts itself after
 * a crash (PROTOCOL sections 4.1 and 4.7). Every change is emitted as a durable effect of the same turn.
 */
import { toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import type { Crypto } from './crypto.ts';
import type { SafetyKind, SafetyRecord } from './effects.ts';
import { decodeBundle, decodeHeader, DecodeError } from './encoding.ts';
import { decodeMessage, encodeMessage } from './message-encoding.ts';
import type { Message, Propose, Skip, Vote } from './messages.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import type { Certificate, Height, View } from './types.ts';

/** view, votedView and skipView, each a uint32 of the value + 1. */
const VIEWS_BYTES = 12;

/** A certificate with what stands beside it: the block's header, or the N behind an S. */
export interface Justification {
  readonly certificate: Certificate;
  readonly notarisation: Certificate | null;
}

export class SafetyLog {
  readonly height: Height;
  view: View = -1;
  votedView: View = -1;
  skipView: View = -1;
  entry: Justification | null = null;
  highNotarisation: Certificate | null = null;
  readonly proposals = new Map<View, Propose>();
  readonly votes = new Map<View, Vote>();
  readonly commits = new Map<View, Vote>();
  readonly skips = new Map<View, Skip>();
  /** Headers this node voted for or that highN names. */
  readonly headers: SealedHeader[] = [];
  readonly bundles: SealedBundle[] = [];
  readonly #context: CoreContext;
  readonly #written = new Set<string>();

  constructor(height: Height, context: CoreContext) {
    this.height = height;
    this.#context = context;
  }

  recordViews(): void {
    const word = (view: View) => [0, 8, 16, 24].map((shift) => ((view + 1) >>> shift) & 255);
    const bytes = new Uint8Array([...word(this.view), ...word(this.votedView), ...word(this.skipView)]);
    this.#persist('views', '', bytes);
  }

  recordEntry(view: View, entry: Justification | null): void {
    this.view = view;
    this.entry = entry;
    this.recordViews();
    if (entry !== null)
      this.#persistMessage('entryCertificate', '', { type: 'certificate', sealed: null, ...entry });
  }

  recordProposal(propose: Propose): void {
    this.proposals.set(propose.view, propose);
    this.#persistMessage('proposal', String(propose.view), { type: 'propose', propose });
  }

  /** The header and every bundle it cites are durable before the vote is: others may have rebooted too. */
  recordVote(vote: Vote, sealed: SealedHeader, bundles: readonly SealedBundle[]): void {
    this.votedView = vote.view;
    this.recordViews();
    this.recordHeader(sealed);
    for (const bundle of bundles) this.#persistOnce('bundle', toText(bundle.digest), bundle.bytes);
    this.votes.set(vote.view, vote);
    this.#persistMessage('vote', String(vote.view), vote);
  }

  recordCommit(commit: Vote): void {
    this.commits.set(commit.view, commit);
    this.#persistMessage('commit', String(commit.view), commit);
  }

  recordSkip(skip: Skip): void {
    this.skipView = skip.view;
    this.recordViews();
    this.skips.set(skip.view, skip);
    this.#persistMessage('skip', String(skip.view), skip);
  }

  recordHighNotarisation(certificate: Certificate, sealed: SealedHeader | undefined): void {
    this.highNotarisation = certificate;
    const beside = { type: 'certificate', sealed: null, certificate, notarisation: null } as const;
    this.#persistMessage('highNotarisation', '', beside);
    if (sealed !== undefined) this.recordHeader(sealed);
  }

  recordHeader(sealed: SealedHeader): void {
    this.#persistOnce('header', toText(sealed.hash), sealed.bytes);
  }

  /** Reads the records of this height back. @throws DecodeError when a record is bad (amnesia). */
  restore(records: readonly SafetyRecord[], crypto: Crypto): void {
    for (const record of records) {
      if (record.height !== this.height) continue;
      this.#written.add(`${record.kind}:${record.key}`);
      this.#restoreRecord(record, crypto);
    }
  }

  #restoreRecord({ kind, bytes }: SafetyRecord, crypto: Crypto): void {
    if (kind === 'views') {
      if (bytes.length !== VIEWS_BYTES) throw new DecodeError('malformed', 'views');
      const word = (at: number) =>
        bytes[at]! + bytes[at + 1]! * 2 ** 8 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 24 - 1;
      [this.view, this.votedView, this.skipView] = [word(0), word(4), word(8)];
      return;
    }
    if (kind === 'bundle') {
      this.bundles.push(decodeBundle(bytes, crypto));
      return;
    }
    if (kind === 'header') {
      this.headers.push(decodeHeader(bytes, crypto));
      return;
    }
    const message = decodeMessage(bytes, crypto);
    if (message.type === 'propose') this.proposals.set(message.propose.view, message.propose);
    else if (message.type === 'vote') this.votes.set(message.view, message);
    else if (message.type === 'commit') this.commits.set(message.view, message);
    else if (message.type === 'skip') this.skips.set(message.view, message);
    else if (message.type === 'certificate' && kind === 'highNotarisation') {
      this.highNotarisation = message.certificate;
    } else if (message.type === 'certificate') {
      this.entry = { certificate: message.certificate, notarisation: message.notarisation };
    }
  }

  #persist(kind: SafetyKind, key: string, bytes: Uint8Array): void {
    this.#context.emit({ type: 'persistSafety', record: { height: this.height, kind, key, bytes } });
  }

  #persistOnce(kind: SafetyKind, key: string, bytes: Uint8Array): void {
    if (this.#written.has(`${kind}:${key}`)) return;
    this.#written.add(`${kind}:${key}`);
    this.#persist(kind, key, bytes);
  }

  #persistMessage(kind: SafetyKind, key: string, message: Message): void {
    this.#persist(kind, key, encodeMessage(message));
  }
}
