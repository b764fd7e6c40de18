/** The voting on one height: what each message means for it. The rules themselves are in rules.ts. */
import { equalBytes } from './bytes.ts';
import type { Ballots } from './ballots.ts';
import { highestNamed } from './certificates.ts';
import type { Propose, Skip, Vote } from './messages.ts';
import type { Decision, RoundFacts, RoundHost, Verdict, Wants } from './round-facts.ts';
import { RoundState } from './round-state.ts';
import { applyRules, giveUp } from './rules.ts';
import type { Justification, SafetyLog } from './safety-log.ts';
import type { SealedHeader } from './sealed.ts';
import { proposeStatement, statementOf } from './statements.ts';
import type { Certificate, Hash, PeerText, View } from './types.ts';
import { findUnjustified } from './validity.ts';

export class Round {
  readonly facts: RoundFacts;
  readonly #state: RoundState;

  constructor(facts: RoundFacts, host: RoundHost) {
    this.facts = facts;
    this.#state = new RoundState(facts, host);
  }

  /** Takes up a height, anew or where the safety log left it. */
  start(): void {
    const { log } = this.#state;
    for (const sealed of log.headers) this.#state.keepHeader(sealed);
    this.#state.host.lanes.cite(log.bundles.map((bundle) => bundle.digest));
    for (const bundle of log.bundles) this.#state.host.lanes.add(bundle);
    if (log.highNotarisation !== null) this.#state.memory.keepNotarisation(log.highNotarisation);
    for (const propose of log.proposals.values()) this.#state.adoptOwn(propose);
    if (log.entry?.certificate.kind === 'S') this.#state.keepSkipCertificate(log.entry);
    for (const vote of [...log.votes.values(), ...log.commits.values()]) this.#state.count(vote);
    for (const skip of log.skips.values()) this.#state.countSkip(skip);
    if (log.view < 0) this.#state.enter(0, null);
    this.react();
  }

  onPropose(propose: Propose, from: PeerText): Verdict {
    const { height, view, sealed } = propose;
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (view < this.view) return this.#offerHeader(sealed);
    const held = this.#state.memory.proposal(view);
    if (held !== undefined && equalBytes(held.sealed.hash, sealed.hash)) {
      this.react();
      return 'ignored';
    }
    const leader = this.facts.leader(view);
    if (!this.#state.statements.isSigned(proposeStatement(propose, leader)))
      return { rejected: 'propose-signature' };
    if (held !== undefined) {
      this.#state.host.onEvidence(proposeStatement(held, leader), proposeStatement(propose, leader));
      return { rejected: 'second-proposal' };
    }
    const reason = findUnjustified(propose, (certificate) => this.#state.isValid(certificate));
    if (reason !== null) return { rejected: reason };
    if (this.#state.isForgotten(leader, this.#state.log.proposals.get(view))) this.#state.host.onForgotten();
    this.#state.memory.keepProposal(propose);
    this.#state.keepHeader(sealed);
    if (propose.notarisation !== null) this.#state.learnNotarisation(propose.notarisation, sealed);
    const { skipCertificate: certificate, notarisation } = propose;
    const entry =
      certificate === null
        ? null
        : { certificate, notarisation: this.#state.behind(certificate) ?? notarisation };
    if (entry !== null) {
      this.#state.noticeOwnSignature(entry.certificate);
      this.#state.keepSkipCertificate(entry);
    }
    this.#state.enter(view, entry);
    this.#state.sources = [from];
    this.#state.host.context.progress();
    this.react();
    return 'accepted';
  }

  onVote(vote: Vote): Verdict {
    const { type, height, view, blockHash, index } = vote;
    const { committee } = this.facts;
    const member = committee.members[index];
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (member === undefined) return { rejected: 'index' };
    if (type === 'vote' && this.#state.memory.notarisation(view) !== undefined) return 'ignored';
    if (this.#state.ballots.holdsHash(type, view, index, blockHash)) return 'ignored';
    if (!this.#state.statements.isSigned(statementOf(vote, member))) return { rejected: `${type}-signature` };
    const own = type === 'vote' ? this.#state.log.votes.get(view) : this.#state.log.commits.get(view);
    if (this.#state.isForgotten(member, own)) this.#state.host.onForgotten();
    return this.#reacting(this.#state.count(vote));
  }

  onSkip(skip: Skip): Verdict {
    const { height, view, hn, index, notarisation } = skip;
    const member = this.facts.committee.members[index];
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (member === undefined || hn > view) return { rejected: 'index' };
    if (notarisation !== null) {
      if (notarisation.kind !== 'N' || !this.#state.isValid(notarisation))
        return { rejected: 'skip-notarisation' };
      this.#state.learnNotarisation(notarisation, undefined);
    }
    if (hn >= 0 && (this.#state.log.highNotarisation?.view ?? -1) < hn)
      return { rejected: 'skip-without-notarisation' };
    if (this.#state.ballots.holdsSkip(view, index, hn)) {
      this.react();
      return 'ignored';
    }
    if (!this.#state.statements.isSigned(statementOf(skip, member))) return { rejected: 'skip-signature' };
    if (this.#state.isForgotten(member, this.#state.log.skips.get(view))) this.#state.host.onForgotten();
    return this.#reacting(this.#state.countSkip(skip));
  }

  onCertificate(
    certificate: Certificate,
    sealed: SealedHeader | null,
    notarisation: Certificate | null,
  ): Verdict {
    const { height, kind, view } = certificate;
    if (height !== this.facts.height || this.decision !== null) return 'ignored';
    if (!this.#state.isValid(certificate)) return { rejected: 'certificate' };
    this.#state.noticeOwnSignature(certificate);
    if (kind === 'N') {
      this.#state.learnNotarisation(certificate, sealed ?? undefined);
    } else if (kind === 'C') {
      this.#state.learnCommitCertificate(certificate, sealed ?? undefined);
    } else {
      if (notarisation !== null && notarisation.kind === 'N' && this.#state.isValid(notarisation)) {
        this.#state.learnNotarisation(notarisation, undefined);
      }
      const behind = this.#state.behind(certificate);
      if (highestNamed(certificate) >= 0 && behind === null) return { rejected: 'skip-unusable' };
      const entry = { certificate, notarisation: behind };
      this.#state.keepSkipCertificate(entry);
      this.#state.enter(view + 1, entry);
    }
    this.react();
    return 'accepted';
  }

  /** The view timer: gives this view up. */
  onTimer(): void {
    if (this.#state.isBusy()) giveUp(this.#state, this.view);
    this.react();
  }

  /** Lets the rules run; after anything they depend on has changed. */
  react(): void {
    applyRules(this.#state);
  }

  // ---- what others ask ----

  get view(): View {
    return this.#state.view;
  }

  get log(): SafetyLog {
    return this.#state.log;
  }

  get ballots(): Ballots {
    return this.#state.ballots;
  }

  get decision(): Decision | null {
    return this.#state.decision;
  }

  isBusy(): boolean {
    return this.#state.isBusy();
  }

  get wants(): Wants | null {
    return this.#state.wants;
  }

  get hasProposal(): boolean {
    return this.#state.hasProposal;
  }

  proposalOf(view: View): Propose | undefined {
    return this.#state.memory.proposal(view);
  }

  header(hash: Hash): SealedHeader | undefined {
    return this.#state.memory.header(hash);
  }

  skipCertificateOf(view: View): Justification | undefined {
    return this.#state.memory.skipCertificate(view);
  }

  notarisationOf(view: View): Certificate | undefined {
    return this.#state.memory.notarisation(view);
  }

  /** A header that is waited for is bound by its hash, whatever message brings it. */
  #offerHeader(sealed: SealedHeader): Verdict {
    if (!(this.#state.wants?.headers.some((hash) => equalBytes(hash, sealed.hash)) ?? false))
      return 'ignored';
    this.#state.keepHeader(sealed);
    this.react();
    return 'accepted';
  }

  #reacting(verdict: Verdict): Verdict {
    if (verdict === 'accepted') this.react();
    return verdict;
  }
}
