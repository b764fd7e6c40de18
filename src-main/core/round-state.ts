/**
 * What one height's voting has come to: the safety log, the ballots and what was learned, with the steps that keep
 * them consistent.
 */
import { equalBytes, toText } from './bytes.ts';
import { Ballots } from './ballots.ts';
import { hashCertificate, highestNamed, skipCertificate } from './certificates.ts';
import type { Propose, Skip, Vote } from './messages.ts';
import type { Decision, RoundFacts, RoundHost, Verdict, Wants } from './round-facts.ts';
import { RoundMemory } from './round-memory.ts';
import type { Justification } from './safety-log.ts';
import { SafetyLog } from './safety-log.ts';
import type { SealedHeader } from './sealed.ts';
import { contradictionOf, statementOf, Statements } from './statements.ts';
import type { Certificate, Hash, HashText, Member, PeerText, SignedStatement, View } from './types.ts';

export class RoundState {
  readonly facts: RoundFacts;
  readonly host: RoundHost;
  readonly log: SafetyLog;
  readonly ballots: Ballots;
  readonly memory = new RoundMemory();
  readonly statements: Statements;
  commitCertificate: Certificate | null = null;
  decision: Decision | null = null;
  /** Hashes of proposals found invalid, so that they are not checked again; one per view at most. */
  readonly refused = new Set<HashText>();
  /** What the rules lacked when they last ran. */
  wants: Wants | null = null;
  /** Who brought the current proposal: the first to be asked for what it cites. */
  sources: readonly PeerText[] = [];

  constructor(facts: RoundFacts, host: RoundHost) {
    this.facts = facts;
    this.host = host;
    this.log = new SafetyLog(facts.height, host.context);
    this.ballots = new Ballots(facts.height, facts.committee);
    this.statements = new Statements(facts.height, host.context);
  }

  get view(): View {
    return this.log.view;
  }

  get hasProposal(): boolean {
    return this.memory.proposal(this.view) !== undefined;
  }

  /** Own committee index while this node may sign statements of this height; undefined otherwise. */
  get signingIndex(): number | undefined {
    return this.host.canSign() ? this.facts.selfIndex : undefined;
  }

  /** PROTOCOL section 4.1: whether there is something to decide, so that the timer runs. */
  isBusy(): boolean {
    return (
      this.facts.flush ||
      this.log.highNotarisation !== null ||
      this.commitCertificate !== null ||
      this.hasProposal ||
      !this.host.lanes.isEmpty ||
      this.ballots.hasWeakSkips(this.view)
    );
  }

  /** Views only grow; entering one is durable with the certificate that let this node in. */
  enter(view: View, entry: Justification | null): void {
    if (view <= this.view) return;
    const hadProposal = this.hasProposal;
    this.log.recordEntry(view, entry);
    this.ballots.prune(view);
    this.memory.enter(view);
    this.host.onViewEntered(hadProposal);
  }

  adoptOwn(propose: Propose): void {
    this.keepHeader(propose.sealed);
    if (propose.view >= this.view) this.memory.keepProposal(propose);
  }

  /** Counts a checked VOTE or COMMIT; a quorum of them becomes a certificate. */
  count(vote: Vote): Verdict {
    const { type, view, blockHash, index, signature } = vote;
    const outcome = this.ballots.addHash(type, view, index, { hash: blockHash, signature }, this.view);
    if (outcome.kind === 'conflict')
      return this.#conflict(outcome.held, statementOf(vote, this.#member(index)));
    if (outcome.kind !== 'counted') return 'ignored';
    if (type === 'commit') this.#searchEvidence(index);
    this.host.context.progress();
    const { height, committee } = this.facts;
    const signatures = this.ballots.signaturesFor(type, view, blockHash);
    if (!committee.isQuorum(signatures.keys())) return 'accepted';
    const certificate = hashCertificate(type === 'vote' ? 'N' : 'C', height, view, blockHash, signatures);
    this.host.verifier.remember(certificate, committee);
    if (certificate.kind === 'N') this.learnNotarisation(certificate, undefined);
    else this.learnCommitCertificate(certificate, undefined);
    return 'accepted';
  }

  /** Counts a checked SKIP; a quorum of them in a later view leads behind it. */
  countSkip(skip: Skip): Verdict {
    const { view, hn, index, signature } = skip;
    const outcome = this.ballots.addSkip(view, index, { hn, signature }, this.view);
    if (outcome.kind === 'conflict')
      return this.#conflict(outcome.held, statementOf(skip, this.#member(index)));
    if (outcome.kind !== 'counted') return 'ignored';
    this.#searchEvidence(index);
    // One far ahead replaces the one before it: a member that names ever higher views must not keep us from asking.
    if (view <= this.view + 1) this.host.context.progress();
    const entry = view >= this.view ? this.buildSkipCertificate(view) : undefined;
    if (entry !== undefined) this.enter(view + 1, entry);
    return 'accepted';
  }

  learnNotarisation(certificate: Certificate, sealed: SealedHeader | undefined): void {
    const { log } = this;
    const { view, hash } = certificate;
    if (sealed !== undefined && equalBytes(sealed.hash, hash)) this.keepHeader(sealed);
    if (this.memory.keepNotarisation(certificate)) this.host.context.progress();
    this.noticeOwnSignature(certificate);
    if (log.highNotarisation === null || view > log.highNotarisation.view) {
      log.recordHighNotarisation(certificate, this.memory.header(hash));
    }
    this.enter(view, { certificate, notarisation: null });
  }

  learnCommitCertificate(certificate: Certificate, sealed: SealedHeader | undefined): void {
    if (sealed !== undefined && equalBytes(sealed.hash, certificate.hash)) this.keepHeader(sealed);
    if (this.commitCertificate !== null) return;
    this.commitCertificate = certificate;
    this.host.context.progress();
  }

  keepSkipCertificate(entry: Justification): void {
    if (this.memory.keepSkipCertificate(entry)) this.host.context.progress();
  }

  isValid(certificate: Certificate): boolean {
    return (
      certificate.height === this.facts.height && this.host.verifier.verify(certificate, this.facts.committee)
    );
  }

  /** The N that makes an S usable: one with a view at least as high as the highest its signers name. */
  behind(certificate: Certificate): Certificate | null {
    const named = highestNamed(certificate);
    const high = this.log.highNotarisation;
    return named >= 0 && high !== null && high.view >= named ? high : null;
  }

  /** S(view) of the smallest max hn that the skips held allow, if they are a quorum. */
  buildSkipCertificate(view: View): Justification | undefined {
    const { height, committee } = this.facts;
    const certificate = skipCertificate(height, view, this.ballots.skipsAt(view), committee);
    if (certificate === undefined) return undefined;
    this.host.verifier.remember(certificate, committee);
    const entry = { certificate, notarisation: this.behind(certificate) };
    this.keepSkipCertificate(entry);
    return entry;
  }

  /** The S(view) of the smallest max hn, built here or received. */
  bestSkipCertificate(view: View): Justification | undefined {
    this.buildSkipCertificate(view);
    return this.memory.skipCertificate(view);
  }

  keepHeader(sealed: SealedHeader): void {
    const highest = this.log.highNotarisation?.hash;
    if (highest !== undefined && equalBytes(highest, sealed.hash)) this.log.recordHeader(sealed);
    if (this.memory.keepHeader(sealed, highest)) this.host.context.progress();
  }

  want(headers: readonly Hash[], lanes: Wants['lanes'] = []): false {
    const signers = this.commitCertificate ?? this.log.highNotarisation;
    const { members } = this.facts.committee;
    const sources = [
      ...this.sources,
      ...(signers?.signers ?? []).map((index) => toText(members[index]!.publicKey)),
    ];
    // Two rules may lack the same.
    const more = <T>(before: readonly T[] = [], wanted: readonly T[], hashOf: (one: T) => Hash): T[] => [
      ...new Map([...before, ...wanted].map((one) => [toText(hashOf(one)), one])).values(),
    ];
    this.wants = {
      headers: more(this.wants?.headers, headers, (hash) => hash),
      lanes: more(this.wants?.lanes, lanes, ({ tipDigest }) => tipDigest),
      sources,
    };
    this.host.lanes.cite(this.wants.lanes.map(({ tipDigest }) => tipDigest));
    return false;
  }

  #conflict(first: SignedStatement, second: SignedStatement): Verdict {
    this.host.onEvidence(first, second);
    return { rejected: 'conflicting-statement' };
  }

  #searchEvidence(index: number): void {
    const pair = contradictionOf(this.ballots.statementsOf(index));
    if (pair !== undefined) this.host.onEvidence(...pair);
  }

  #member(index: number): Member {
    return this.facts.committee.members[index]!;
  }

  /** A statement of our own key that our log lacks (PROTOCOL section 4.7). */
  isForgotten(signer: Member, own: unknown): boolean {
    return toText(signer.publicKey) === this.host.context.self && own === undefined;
  }

  noticeOwnSignature(certificate: Certificate): void {
    const { selfIndex } = this.facts;
    if (selfIndex === undefined || !certificate.signers.includes(selfIndex)) return;
    const { kind, view } = certificate;
    const own = kind === 'N' ? this.log.votes : kind === 'C' ? this.log.commits : this.log.skips;
    if (!own.has(view)) this.host.onForgotten();
  }
}
