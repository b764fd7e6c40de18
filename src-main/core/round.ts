/**
 * The voting on one height: VOTE, then COMMIT, or SKIP (PROTOCOL section 4.3).
 *
 * - Upon a justified PROPOSE in my view, before any VOTE or SKIP of mine in it: VOTE.
 * - Upon a quorum of VOTE (a notarisation, N), before any SKIP of mine in its view or above: COMMIT.
 * - Upon a quorum of COMMIT (C): the block is final.
 * - Upon the timer, or skips of more than a third: SKIP, naming my highest N and carrying it along.
 * - Upon a quorum of SKIP (S): the next view, whose leader must carry on the highest N that S names.
 *
 * Every handler stores what arrived and then lets the rules run until nothing changes; the rules are idempotent.
 */
import { equalBytes, toText } from './bytes.ts';
import { Ballots } from './ballots.ts';
import type { CertificateVerifier } from './certificates.ts';
import { hashCertificate, highestNamed, skipCertificate } from './certificates.ts';
import type { CoreContext } from './context.ts';
import { PROTOCOL_VERSION, sealHeader } from './encoding.ts';
import { areConflicting } from './evidence.ts';
import type { LanePool, LaneOwner } from './lanes.ts';
import type { Propose, Skip, Vote } from './messages.ts';
import type { Committee } from './quorum.ts';
import type { Justification } from './safety-log.ts';
import { SafetyLog } from './safety-log.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import { hashSigningBytes, skipSigningBytes } from './signing.ts';
import type { Certificate, CutEntry, Hash, HashText, Height, Member, PeerText, SignedStatement, View } from './types.ts';

/** What is fixed while one height is decided. */
export interface RoundFacts {
  readonly height: Height;
  readonly tipHash: Hash;
  readonly stateHash: Hash;
  readonly committee: Committee;
  readonly nextCommitteeHash: Hash;
  /** Own position in the committee; undefined for observers. */
  readonly selfIndex: number | undefined;
  /** The block before applied a stake change: an empty block may be proposed. */
  readonly flush: boolean;
  leader(view: View): Member;
}

export interface RoundHost {
  readonly context: CoreContext;
  readonly lanes: LanePool;
  readonly verifier: CertificateVerifier;
  /** Whether this node may sign votes of this height now (start-up, amnesia, clone, halted). */
  canSign(): boolean;
  /** Something validly signed by our own key that our log lacks (PROTOCOL section 4.7). */
  onForgotten(): void;
  onEvidence(first: SignedStatement, second: SignedStatement): void;
  onViewEntered(): void;
  onProposed(propose: Propose, bundles: readonly SealedBundle[]): void;
}

/** A final block, ready to be executed. */
export interface Decision {
  readonly sealed: SealedHeader;
  readonly bundles: readonly SealedBundle[];
  readonly certificate: Certificate;
}

/** What a round waits for; asked of peers until it comes. */
export interface Wants {
  readonly headers: readonly Hash[];
  readonly lanes: readonly { readonly owner: LaneOwner; readonly entry: CutEntry; readonly tipDigest: Hash }[];
  /** Who most likely has it, best first. */
  readonly sources: readonly PeerText[];
}

export type Verdict = 'accepted' | 'ignored' | { readonly rejected: string };

const MAX_HEADERS = 64;

export class Round {
  readonly facts: RoundFacts;
  readonly log: SafetyLog;
  readonly ballots: Ballots;
  decision: Decision | null = null;
  readonly #host: RoundHost;
  /** Headers that a proposal or a certificate named; at most MAX_HEADERS. */
  readonly #headers = new Map<HashText, SealedHeader>();
  /** Justified proposals of views >= view; pruned on entering a view. */
  readonly #proposals = new Map<View, Propose>();
  /** Valid N by view; at most one hash each (Lemma 1). */
  readonly #notarisations = new Map<View, Certificate>();
  /** The S with the smallest max hn per view, of views >= view - 1. */
  readonly #skipCertificates = new Map<View, Justification>();
  #commitCertificate: Certificate | null = null;
  /** Proposals found invalid, so that they are not checked again. */
  readonly #refused = new Set<HashText>();
  #wants: Wants | null = null;

  constructor(facts: RoundFacts, host: RoundHost) {
    this.facts = facts;
    this.#host = host;
    this.log = new SafetyLog(facts.height, host.context);
    this.ballots = new Ballots(facts.height, facts.committee);
  }

  get view(): View {
    return this.log.view;
  }

  /** Takes up a height, anew or where the safety log left it. */
  start(): void {
    const { log } = this;
    for (const sealed of log.headers) this.#keepHeader(sealed);
    this.#host.lanes.cite(log.bundles.map((bundle) => bundle.digest));
    for (const bundle of log.bundles) this.#host.lanes.add(bundle);
    if (log.highNotarisation !== null) this.#notarisations.set(log.highNotarisation.view, log.highNotarisation);
    for (const propose of log.proposals.values()) this.#adoptOwn(propose);
    if (log.entry?.certificate.kind === 'S') this.#keepSkipCertificate(log.entry);
    for (const vote of [...log.votes.values(), ...log.commits.values()]) this.#count(vote);
    for (const skip of log.skips.values()) this.#countSkip(skip);
    if (log.view < 0) this.#enter(0, null);
    this.react();
  }

  // ---- messages ----

  onPropose(propose: Propose, from: PeerText): Verdict {
    const { height, view, sealed, signature } = propose;
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (view < this.view) return this.#offerHeader(sealed);
    const held = this.#proposals.get(view);
    if (held !== undefined && equalBytes(held.sealed.hash, sealed.hash)) {
      this.react();
      return 'ignored';
    }
    const leader = this.facts.leader(view);
    const signed = hashSigningBytes('propose', this.#host.context.chainId, height, view, sealed.hash);
    if (!this.#host.context.crypto.verify(signature, signed, leader.publicKey)) return { rejected: 'propose-signature' };
    if (held !== undefined) {
      this.#host.onEvidence(proposeStatement(held, leader), proposeStatement(propose, leader));
      return { rejected: 'second-proposal' };
    }
    const reason = this.#justify(propose);
    if (reason !== null) return { rejected: reason };
    if (this.#isForgotten(leader, this.log.proposals.get(view))) this.#host.onForgotten();
    this.#proposals.set(view, propose);
    this.#keepHeader(sealed);
    if (propose.notarisation !== null) this.#onNotarisation(propose.notarisation, sealed);
    const { skipCertificate: certificate, notarisation } = propose;
    const entry = certificate === null ? null : { certificate, notarisation: this.#behind(certificate) ?? notarisation };
    if (entry !== null) this.#keepSkipCertificate(entry);
    this.#enter(view, entry);
    this.#sources = [from];
    this.#host.context.progress();
    this.react();
    return 'accepted';
  }

  onVote(vote: Vote): Verdict {
    const { type, height, view, blockHash, index, signature } = vote;
    const { committee } = this.facts;
    const member = committee.members[index];
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (member === undefined) return { rejected: 'index' };
    if (type === 'vote' && this.#notarisations.has(view)) return 'ignored';
    if (this.ballots.holdsHash(type, view, index, blockHash)) return 'ignored';
    const { context } = this.#host;
    const signed = hashSigningBytes(type, context.chainId, height, view, blockHash);
    if (!context.crypto.verify(signature, signed, member.publicKey)) return { rejected: `${type}-signature` };
    const own = type === 'vote' ? this.log.votes.get(view) : this.log.commits.get(view);
    if (this.#isForgotten(member, own)) this.#host.onForgotten();
    return this.#count(vote);
  }

  onSkip(skip: Skip): Verdict {
    const { height, view, hn, index, signature, notarisation } = skip;
    const member = this.facts.committee.members[index];
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (member === undefined || hn > view) return { rejected: 'index' };
    if (notarisation !== null) {
      if (notarisation.kind !== 'N' || !this.#isValid(notarisation)) return { rejected: 'skip-notarisation' };
      this.#onNotarisation(notarisation, undefined);
    }
    if (hn >= 0 && this.#highestView() < hn) return { rejected: 'skip-without-notarisation' };
    if (this.ballots.holdsSkip(view, index, hn)) {
      this.react();
      return 'ignored';
    }
    const { context } = this.#host;
    const signed = skipSigningBytes(context.chainId, height, view, hn);
    if (!context.crypto.verify(signature, signed, member.publicKey)) return { rejected: 'skip-signature' };
    if (this.#isForgotten(member, this.log.skips.get(view))) this.#host.onForgotten();
    return this.#countSkip(skip);
  }

  onCertificate(certificate: Certificate, sealed: SealedHeader | null, notarisation: Certificate | null): Verdict {
    const { height, kind, view } = certificate;
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (!this.#isValid(certificate)) return { rejected: 'certificate' };
    this.#noticeOwnSignature(certificate);
    if (kind === 'N') {
      this.#onNotarisation(certificate, sealed ?? undefined);
    } else if (kind === 'C') {
      this.#onCommitCertificate(certificate, sealed ?? undefined);
    } else {
      if (notarisation !== null && notarisation.kind === 'N' && this.#isValid(notarisation)) {
        this.#onNotarisation(notarisation, undefined);
      }
      const behind = this.#behind(certificate);
      if (highestNamed(certificate) >= 0 && behind === null) return { rejected: 'skip-unusable' };
      const entry = { certificate, notarisation: behind };
      this.#keepSkipCertificate(entry);
      this.#enter(view + 1, entry);
    }
    this.#host.context.progress();
    this.react();
    return 'accepted';
  }

  /** The view timer: gives this view up. */
  onTimer(): void {
    if (this.isBusy()) this.#skip(this.view);
    this.react();
  }

  // ---- what others ask ----

  /** PROTOCOL section 4.1: whether there is something to decide, so that the timer runs. */
  isBusy(): boolean {
    return (
      this.facts.flush ||
      this.log.highNotarisation !== null ||
      this.#commitCertificate !== null ||
      this.#proposals.has(this.view) ||
      !this.#host.lanes.isEmpty ||
      this.ballots.hasWeakSkips(this.view)
    );
  }

  get wants(): Wants | null {
    return this.#wants;
  }

  get hasProposal(): boolean {
    return this.#proposals.has(this.view);
  }

  proposalOf(view: View): Propose | undefined {
    return this.#proposals.get(view);
  }

  header(hash: Hash): SealedHeader | undefined {
    return this.#headers.get(toText(hash));
  }

  skipCertificateOf(view: View): Justification | undefined {
    return this.#skipCertificates.get(view);
  }

  notarisationOf(view: View): Certificate | undefined {
    return this.#notarisations.get(view);
  }

  // ---- rules ----

  /** Lets every rule run until none applies any more. */
  react(): void {
    let changed = true;
    while (changed && this.decision === null) {
      this.#wants = null;
      changed = this.#decide() || this.#followSkips() || this.#propose() || this.#vote() || this.#commit();
    }
  }

  #sources: PeerText[] = [];

  #enter(view: View, entry: Justification | null): void {
    if (view <= this.view) return;
    this.log.recordEntry(view, entry);
    this.ballots.prune(view);
    for (const old of [...this.#proposals.keys()]) if (old < view) this.#proposals.delete(old);
    for (const old of [...this.#skipCertificates.keys()]) if (old < view - 1) this.#skipCertificates.delete(old);
    this.#host.onViewEntered();
  }

  /** Upon a quorum of skips: the next view. Upon weak skips, or the leader's own: skip as well. */
  #followSkips(): boolean {
    const { view } = this;
    const { committee, leader } = this.facts;
    const skips = this.ballots.skipsAt(view);
    if (skips.size === 0) return false;
    const certificate = skipCertificate(this.facts.height, view, skips, committee);
    if (certificate !== undefined) {
      this.#host.verifier.remember(certificate, committee);
      const entry = { certificate, notarisation: this.#behind(certificate) };
      this.#keepSkipCertificate(entry);
      this.#enter(view + 1, entry);
      return true;
    }
    const gaveUp = committee.indexOf(toText(leader(view).publicKey));
    const led = gaveUp !== undefined && skips.has(gaveUp) && this.isBusy();
    return (committee.isWeak(skips.keys()) || led) && this.log.skipView < view && this.#skip(view);
  }

  /** The leader's part: once per view, tried again whenever an input that it lacked arrives. */
  #propose(): boolean {
    const { view, log, facts } = this;
    const isLeader = facts.selfIndex !== undefined && facts.leader(view) === facts.committee.members[facts.selfIndex];
    if (!isLeader || log.proposals.has(view) || log.skipView >= view || !this.#host.canSign()) return false;
    const entry = view === 0 ? null : this.#bestSkipCertificate(view - 1);
    if (entry === undefined) return false;
    const named = entry === null ? -1 : highestNamed(entry.certificate);
    const carried = this.#highestBetween(Math.max(named, 0), view);
    let sealed: SealedHeader | undefined;
    if (carried !== undefined) {
      sealed = this.header(carried.hash);
      if (sealed === undefined) return this.#want([carried.hash]);
    } else if (named >= 0) {
      return this.#skip(view);
    } else {
      sealed = this.#newHeader(view);
    }
    if (sealed === undefined) return false;
    const { context } = this.#host;
    const signed = hashSigningBytes('propose', context.chainId, facts.height, view, sealed.hash);
    const propose: Propose = {
      height: facts.height,
      view,
      sealed,
      signature: context.signer.sign(signed),
      skipCertificate: entry?.certificate ?? null,
      notarisation: carried ?? null,
    };
    log.recordProposal(propose);
    this.#adoptOwn(propose);
    context.broadcast({ type: 'propose', propose });
    const resolution = this.#host.lanes.resolve(sealed.header.cut, facts.height);
    this.#host.onProposed(propose, resolution.ok ? resolution.bundles : []);
    return true;
  }

  /** One VOTE per view, and none after SKIP: for a valid header of a justified proposal, once all it cites is held. */
  #vote(): boolean {
    const { view, log, facts } = this;
    const propose = this.#proposals.get(view);
    if (propose === undefined || log.votedView >= view || log.skipView >= view) return false;
    const { sealed } = propose;
    if (this.#refused.has(toText(sealed.hash))) return false;
    const resolution = this.#host.lanes.resolve(sealed.header.cut, facts.height);
    if (!resolution.ok && 'missing' in resolution) return this.#want([], resolution.missing);
    const reason = resolution.ok ? this.#invalidity(sealed, view, resolution.sizeBytes) : resolution.invalid;
    if (reason !== null) {
      this.#refused.add(toText(sealed.hash));
      this.#host.context.emit({ type: 'rejected', from: toText(facts.leader(view).publicKey), reason });
      return false;
    }
    if (!this.#host.canSign() || facts.selfIndex === undefined || !resolution.ok) return false;
    const vote = this.#sign('vote', view, sealed.hash, facts.selfIndex);
    log.recordVote(vote, sealed, resolution.bundles);
    this.#host.context.broadcast(vote);
    this.#count(vote);
    return true;
  }

  /** COMMIT to the highest N unless this node has given its view up. */
  #commit(): boolean {
    const { log, facts } = this;
    const high = log.highNotarisation;
    if (high === null || log.skipView >= high.view || log.commits.has(high.view)) return false;
    if (!this.#host.canSign() || facts.selfIndex === undefined) return false;
    const commit = this.#sign('commit', high.view, high.hash, facts.selfIndex);
    log.recordCommit(commit);
    this.#host.context.broadcast(commit);
    this.#count(commit);
    return true;
  }

  /** A C whose header and bundles are held makes the block final. */
  #decide(): boolean {
    const certificate = this.#commitCertificate;
    if (certificate === null) {
      const high = this.log.highNotarisation;
      if (high !== null && this.header(high.hash) === undefined) this.#want([high.hash]);
      return false;
    }
    const sealed = this.header(certificate.hash);
    if (sealed === undefined) return this.#want([certificate.hash]);
    const resolution = this.#host.lanes.resolve(sealed.header.cut, this.facts.height);
    if (resolution.ok) this.decision = { sealed, bundles: resolution.bundles, certificate };
    else if ('missing' in resolution) return this.#want([], resolution.missing);
    else this.#host.context.emit({ type: 'rejected', from: '', reason: `certified block: ${resolution.invalid}` });
    return resolution.ok;
  }

  /** SKIP names the highest N and carries it along; it leaves again whenever the rules ask for it. */
  #skip(view: View): boolean {
    const { log, facts } = this;
    if (!this.#host.canSign() || facts.selfIndex === undefined || log.skipView >= view) return false;
    const hn = log.highNotarisation === null ? -1 : log.highNotarisation.view;
    const signed = skipSigningBytes(this.#host.context.chainId, facts.height, view, hn);
    const skip: Skip = {
      type: 'skip',
      height: facts.height,
      view,
      hn,
      index: facts.selfIndex,
      signature: this.#host.context.signer.sign(signed),
      notarisation: log.highNotarisation,
    };
    log.recordSkip(skip);
    this.#host.context.broadcast(skip);
    this.#countSkip(skip);
    return true;
  }

  // ---- parts of the rules ----

  /** Why a proposal proves nothing; null when S(view-1) and, where S obliges it to, an N stand behind it. */
  #justify({ view, sealed, skipCertificate: certificate, notarisation }: Propose): string | null {
    const { header } = sealed;
    if (view === 0) return header.view === 0 ? null : 'header-view';
    if (certificate === null || certificate.kind !== 'S' || certificate.view !== view - 1) return 'no-skip-certificate';
    if (!this.#isValid(certificate)) return 'skip-certificate';
    const named = highestNamed(certificate);
    if (notarisation === null) return named === -1 && header.view === view ? null : 'not-carried-on';
    const carries = notarisation.kind === 'N' && notarisation.view >= named && notarisation.view < view;
    if (!carries || !equalBytes(notarisation.hash, sealed.hash)) return 'carries-another-block';
    return this.#isValid(notarisation) ? null : 'notarisation';
  }

  /** `valid(header)`: a function of the header, the cited bundles and the state only. */
  #invalidity({ header }: SealedHeader, view: View, sizeBytes: number): string | null {
    const { facts } = this;
    const { chainId, parameters } = this.#host.context;
    if (header.version !== PROTOCOL_VERSION || !equalBytes(header.chainId, chainId)) return 'header-chain';
    if (header.height !== facts.height || !equalBytes(header.prev, facts.tipHash)) return 'header-parent';
    if (header.view > view || header.proposer !== facts.leader(header.view).id) return 'header-proposer';
    if (!equalBytes(header.committeeHash, facts.committee.hash)) return 'header-committee';
    if (!equalBytes(header.nextCommitteeHash, facts.nextCommitteeHash)) return 'header-next-committee';
    if (!equalBytes(header.stateHash, facts.stateHash)) return 'header-state';
    if (header.cut.length === 0 && !facts.flush) return 'header-empty';
    return sizeBytes > parameters.maxBlockBytes ? 'block-too-large' : null;
  }

  #newHeader(view: View): SealedHeader | undefined {
    const { facts } = this;
    const { chainId, parameters, crypto } = this.#host.context;
    const cut = this.#host.lanes.buildCut(facts.height, parameters.maxBlockBytes);
    if (cut.length === 0 && !facts.flush) return undefined;
    const header = {
      version: PROTOCOL_VERSION,
      chainId,
      height: facts.height,
      view,
      proposer: facts.leader(view).id,
      prev: facts.tipHash,
      committeeHash: facts.committee.hash,
      nextCommitteeHash: facts.nextCommitteeHash,
      stateHash: facts.stateHash,
      cut,
    };
    return sealHeader(header, crypto);
  }

  #sign(type: 'vote' | 'commit', view: View, blockHash: Hash, index: number): Vote {
    const { height } = this.facts;
    const { chainId, signer } = this.#host.context;
    const signature = signer.sign(hashSigningBytes(type, chainId, height, view, blockHash));
    return { type, height, view, blockHash, index, signature };
  }

  #adoptOwn(propose: Propose): void {
    this.#keepHeader(propose.sealed);
    if (propose.view >= this.view) this.#proposals.set(propose.view, propose);
  }

  #count(vote: Vote): Verdict {
    const { type, view, blockHash, index, signature } = vote;
    const outcome = this.ballots.addHash(type, view, index, { hash: blockHash, signature }, this.view);
    if (outcome.kind === 'conflict') return this.#conflict(outcome.held, this.#statementOf(vote));
    if (outcome.kind !== 'counted') return 'ignored';
    if (type === 'commit') this.#searchEvidence(index);
    this.#host.context.progress();
    const { height, committee } = this.facts;
    const signatures = this.ballots.signaturesFor(type, view, blockHash);
    if (!committee.isQuorum(signatures.keys())) return 'accepted';
    const certificate = hashCertificate(type === 'vote' ? 'N' : 'C', height, view, blockHash, signatures);
    this.#host.verifier.remember(certificate, committee);
    if (certificate.kind === 'N') this.#onNotarisation(certificate, undefined);
    else this.#onCommitCertificate(certificate, undefined);
    this.react();
    return 'accepted';
  }

  #countSkip(skip: Skip): Verdict {
    const { view, hn, index, signature } = skip;
    const outcome = this.ballots.addSkip(view, index, { hn, signature }, this.view);
    if (outcome.kind === 'conflict') return this.#conflict(outcome.held, this.#statementOf(skip));
    if (outcome.kind !== 'counted') return 'ignored';
    this.#searchEvidence(index);
    this.#host.context.progress();
    if (view > this.view) {
      const { committee, height } = this.facts;
      const certificate = skipCertificate(height, view, this.ballots.skipsAt(view), committee);
      if (certificate !== undefined) {
        this.#host.verifier.remember(certificate, committee);
        const entry = { certificate, notarisation: this.#behind(certificate) };
        this.#keepSkipCertificate(entry);
        this.#enter(view + 1, entry);
      }
    }
    this.react();
    return 'accepted';
  }

  #onNotarisation(certificate: Certificate, sealed: SealedHeader | undefined): void {
    const { log } = this;
    const { view, hash } = certificate;
    if (sealed !== undefined && equalBytes(sealed.hash, hash)) this.#keepHeader(sealed);
    if (!this.#notarisations.has(view)) this.#notarisations.set(view, certificate);
    this.#noticeOwnSignature(certificate);
    if (log.highNotarisation === null || view > log.highNotarisation.view) {
      log.recordHighNotarisation(certificate, this.header(hash));
    }
    this.#enter(view, { certificate, notarisation: null });
  }

  #onCommitCertificate(certificate: Certificate, sealed: SealedHeader | undefined): void {
    if (sealed !== undefined && equalBytes(sealed.hash, certificate.hash)) this.#keepHeader(sealed);
    this.#commitCertificate ??= certificate;
  }

  #isValid(certificate: Certificate): boolean {
    return certificate.height === this.facts.height && this.#host.verifier.verify(certificate, this.facts.committee);
  }

  /** The N that makes an S usable: one with a view at least as high as the highest its signers name. */
  #behind(certificate: Certificate): Certificate | null {
    const named = highestNamed(certificate);
    const high = this.log.highNotarisation;
    return named >= 0 && high !== null && high.view >= named ? high : null;
  }

  #highestView(): View {
    return this.log.highNotarisation === null ? -1 : this.log.highNotarisation.view;
  }

  #highestBetween(from: View, below: View): Certificate | undefined {
    let best: Certificate | undefined;
    for (const [view, certificate] of this.#notarisations) {
      if (view >= from && view < below && (best === undefined || view > best.view)) best = certificate;
    }
    return best;
  }

  #bestSkipCertificate(view: View): Justification | undefined {
    const { height, committee } = this.facts;
    const built = skipCertificate(height, view, this.ballots.skipsAt(view), committee);
    if (built !== undefined) {
      this.#host.verifier.remember(built, committee);
      this.#keepSkipCertificate({ certificate: built, notarisation: this.#behind(built) });
    }
    return this.#skipCertificates.get(view);
  }

  #keepSkipCertificate(entry: Justification): void {
    const { view } = entry.certificate;
    const held = this.#skipCertificates.get(view);
    if (held !== undefined && highestNamed(held.certificate) <= highestNamed(entry.certificate)) return;
    this.#skipCertificates.set(view, entry);
  }

  /** A header that is waited for is bound by its hash, whatever message brings it. */
  #offerHeader(sealed: SealedHeader): Verdict {
    if (!(this.#wants?.headers.some((hash) => equalBytes(hash, sealed.hash)) ?? false)) return 'ignored';
    this.#keepHeader(sealed);
    this.#host.context.progress();
    this.react();
    return 'accepted';
  }

  #keepHeader(sealed: SealedHeader): void {
    const { highNotarisation } = this.log;
    if (highNotarisation !== null && equalBytes(highNotarisation.hash, sealed.hash)) this.log.recordHeader(sealed);
    if (this.#headers.size >= MAX_HEADERS) {
      const high = this.log.highNotarisation;
      const oldest = [...this.#headers.keys()].find((hash) => high === null || hash !== toText(high.hash));
      if (oldest !== undefined) this.#headers.delete(oldest);
    }
    this.#headers.set(toText(sealed.hash), sealed);
  }

  #want(headers: readonly Hash[], lanes: Wants['lanes'] = []): false {
    const signers = this.#commitCertificate ?? this.log.highNotarisation;
    const { members } = this.facts.committee;
    const sources = [...this.#sources, ...(signers?.signers ?? []).map((index) => toText(members[index]!.publicKey))];
    const before = this.#wants;
    this.#wants = {
      headers: [...(before?.headers ?? []), ...headers],
      lanes: [...(before?.lanes ?? []), ...lanes],
      sources,
    };
    this.#host.lanes.cite(this.#wants.lanes.map(({ tipDigest }) => tipDigest));
    return false;
  }

  // ---- evidence and amnesia ----

  #conflict(first: SignedStatement, second: SignedStatement): Verdict {
    this.#host.onEvidence(first, second);
    return { rejected: 'conflicting-statement' };
  }

  #statementOf(message: Vote | Skip): SignedStatement {
    const { publicKey } = this.facts.committee.members[message.index]!;
    const { height, view, signature } = message;
    return message.type === 'skip'
      ? { kind: 'skip', signer: publicKey, height, view, hn: message.hn, signature }
      : { kind: message.type, signer: publicKey, height, view, hash: message.blockHash, signature };
  }

  /** SKIP(v, hn) with COMMIT(w), hn < w <= v, of one member (PROTOCOL section 4.9). */
  #searchEvidence(index: number): void {
    const { publicKey: signer } = this.facts.committee.members[index]!;
    const { height } = this.facts;
    for (const skip of this.ballots.skipsOf(index)) {
      const first = { kind: 'skip', signer, height, view: skip.view, ...skip.ballot } as const;
      for (const commit of this.ballots.commitsOf(index)) {
        const second = { kind: 'commit', signer, height, view: commit.view, ...commit.ballot } as const;
        if (areConflicting(first, second)) this.#host.onEvidence(first, second);
      }
    }
  }

  #isForgotten(signer: Member, own: unknown): boolean {
    return toText(signer.publicKey) === this.#host.context.self && own === undefined;
  }

  #noticeOwnSignature(certificate: Certificate): void {
    const { selfIndex } = this.facts;
    if (selfIndex === undefined || !certificate.signers.includes(selfIndex)) return;
    const { kind, view } = certificate;
    const own = kind === 'N' ? this.log.votes : kind === 'C' ? this.log.commits : this.log.skips;
    if (!own.has(view)) this.#host.onForgotten();
  }
}

function proposeStatement({ height, view, sealed, signature }: Propose, leader: Member): SignedStatement {
  return { kind: 'propose', signer: leader.publicKey, height, view, hash: sealed.hash, signature };
}
