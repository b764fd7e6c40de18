/**
 * The state machine of one node: `step(events, nowMs) -> effects` (STYLE 3). It wires the parts together: the round
 * that decides the current height, the lanes, repair, catch-up, the guard over signing, and the ledger that
 * executes final blocks.
 */
import { equalBytes, toText } from './bytes.ts';
import { CatchUp } from './catch-up.ts';
import { CertificateVerifier } from './certificates.ts';
import type { BlockArchive, CoreContext, Timing } from './context.ts';
import { InvariantError } from './context.ts';
import type { Crypto, Signer } from './crypto.ts';
import { Dissemination } from './dissemination.ts';
import type { Effect, SilenceReason, StoredMemory, TimerName } from './effects.ts';
import { decodeBundle, DecodeError, decodeTransaction } from './encoding.ts';
import type { CoreEvent } from './events.ts';
import { Forks } from './forks.ts';
import { Guard } from './guard.ts';
import { Inbox } from './inbox.ts';
import { LanePool } from './lanes.ts';
import { OwnLane } from './own-lane.ts';
import type { Parts } from './parts.ts';
import { noteConnection, Peers } from './peers.ts';
import { Policy, type MembershipPolicy } from './policy.ts';
import { Committee, leaderOf } from './quorum.ts';
import { Repair } from './repair.ts';
import { Round } from './round.ts';
import type { Decision } from './round-facts.ts';
import { Sync } from './sync.ts';
import { Timers } from './timers.ts';
import type { SealedBundle } from './sealed.ts';
import type { ConsensusParameters, Hash, Height, PeerText, SignedStatement } from './types.ts';
import { Ledger } from '../ledger/ledger.ts';
import { decodeLedgerState, encodeLedgerState, isDemoted, stakedMembers } from '../ledger/state.ts';
import type { LedgerState } from '../ledger/state.ts';

export interface ConsensusOptions {
  readonly chainId: Hash;
  readonly parameters: ConsensusParameters;
  readonly timing: Timing;
  readonly policy: MembershipPolicy;
  /** 16 random bytes of this process start. */
  readonly instanceNonce: Uint8Array;
  /** What the node found on disk. */
  readonly stored: StoredMemory & { readonly tipHash: Hash; readonly snapshot: Uint8Array };
}

export interface ConsensusDependencies {
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly archive: BlockArchive;
  /** An integer in [0, below). */
  readonly random: (below: number) => number;
}

export class Consensus implements Parts {
  readonly context: CoreContext;
  readonly lanes: LanePool;
  readonly peers = new Peers();
  readonly guard: Guard;
  readonly ownLane: OwnLane;
  readonly policy: Policy;
  readonly forks: Forks;
  readonly timers: Timers;
  readonly verifier: CertificateVerifier;
  readonly #options: ConsensusOptions;
  readonly #dependencies: ConsensusDependencies;
  readonly #ledger: Ledger;
  readonly #sync: Sync;
  readonly #repair: Repair;
  readonly #dissemination: Dissemination;
  readonly #catchUp: CatchUp;
  readonly #inbox: Inbox;
  #effects: Effect[] = [];
  #nowMs = 0;
  #tipHash: Hash;
  #round: Round;
  #committeeAfterNext: Committee;
  #others: PeerText[] = [];

  constructor(options: ConsensusOptions, dependencies: ConsensusDependencies) {
    const { stored } = options;
    this.#options = options;
    this.#dependencies = dependencies;
    this.context = this.#createContext();
    const state = decodeLedgerState(stored.snapshot);
    const { crypto, archive } = dependencies;
    const { chainId, parameters } = options;
    this.#ledger = new Ledger({ state, chainId, parameters }, { crypto, values: archive });
    this.#tipHash = stored.tipHash;
    this.verifier = new CertificateVerifier({ crypto, chainId });
    this.lanes = new LanePool({ laneWindow: parameters.laneWindow });
    this.guard = new Guard(this.context, options.instanceNonce);
    this.ownLane = new OwnLane({ context: this.context, lanes: this.lanes });
    this.policy = new Policy(options.policy, { context: this.context, lane: this.ownLane });
    this.forks = new Forks(this.context, stored.records);
    this.timers = new Timers(this.context);
    this.#sync = new Sync(this.context, this.peers);
    this.#repair = new Repair(this);
    this.#dissemination = new Dissemination(this, { repair: this.#repair, sync: this.#sync });
    this.#catchUp = new CatchUp(this, this.#sync);
    this.#inbox = new Inbox(this, {
      repair: this.#repair,
      sync: this.#sync,
      catchUp: this.#catchUp,
      dissemination: this.#dissemination,
    });
    this.#committeeAfterNext = new Committee(stakedMembers(state), crypto);
    this.#settleMembers([]);
    this.#round = this.#newRound([this.#committeeAfterNext]);
  }

  /** Handles events that arrived together; their effects share one durable write. @throws InvariantError */
  step(events: readonly CoreEvent[], nowMs: number): Effect[] {
    this.#nowMs = nowMs;
    this.#effects = [];
    for (const event of events) {
      this.#handle(event);
      this.#advance();
    }
    this.#endTurn();
    return this.#effects;
  }

  get height(): Height {
    return this.#ledger.state.height;
  }

  get tipHash(): Hash {
    return this.#tipHash;
  }

  get round(): Round {
    return this.#round;
  }

  get state(): LedgerState {
    return this.#ledger.state;
  }

  get committeeAfterNext(): Committee {
    return this.#committeeAfterNext;
  }

  get others(): readonly PeerText[] {
    return this.#others;
  }

  get silence(): SilenceReason | null {
    return this.guard.silence;
  }

  get syncTarget(): Height | null {
    return this.#sync.target(this.height);
  }

  // ---- events ----

  #handle(event: CoreEvent): void {
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'message':
        return this.#inbox.onMessage(event.from, event.message);
      case 'timer':
        return this.#onTimer(event.timer);
      case 'submit': {
        const refusal = this.guard.silence === 'halted' ? 'halted' : this.ownLane.submit(event.transaction);
        if (refusal !== null)
          this.context.emit({ type: 'refused', ident: event.transaction.ident, reason: refusal });
        return;
      }
      case 'connected':
        return this.#onConnected(event.peer);
      case 'disconnected':
        return this.peers.disconnected(event.peer);
      case 'join':
        return this.#dissemination.startJoining(event.application);
      case 'answerJoin':
        return this.#dissemination.answerJoin(event);
      case 'override':
        if (this.guard.override(event.decision, this.height)) this.#onSigningChanged();
        return;
    }
  }

  #start(): void {
    const { stored } = this.#options;
    const { crypto } = this.#dependencies;
    let forgotten = !stored.hasSafetyLog && this.height > 1;
    try {
      const queue = stored.queue.map(({ order, bytes }) => ({
        order,
        bytes,
        transaction: decodeTransaction(bytes),
      }));
      this.ownLane.restore(
        stored.lane.map((bytes) => decodeBundle(bytes, crypto)),
        queue,
      );
      this.#round.log.restore(stored.safety, crypto);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      forgotten = true;
    }
    this.guard.start(stored.records, forgotten);
    this.#round.start();
    this.timers.armStatus();
  }

  #onConnected(key: PeerText): void {
    const peer = this.peers.entry(key);
    if (peer === undefined) return;
    noteConnection(peer);
    this.#repair.sendStatus(peer);
    this.#dissemination.askToJoin();
  }

  #onTimer(timer: TimerName): void {
    const slept = this.timers.fired(timer);
    if (slept) {
      this.timers.restartView();
      this.#dissemination.statusToAll();
      if (timer === 'view') return;
    }
    if (timer === 'view') this.#round.onTimer();
    else if (timer === 'startup') {
      this.guard.onStartupTimer();
      if (this.silence === 'starting') this.#dissemination.statusToAll();
    } else if (timer === 'status') {
      this.#dissemination.statusToAll();
      this.timers.armStatus();
      this.#sync.request(this.height);
      this.#dissemination.askToJoin();
    } else if (this.timers.isStalled()) {
      this.#dissemination.statusToAll();
      this.#sync.request(this.height);
      this.#dissemination.pull(true);
    }
  }

  // ---- blocks ----

  /** Applies decisions until the current height is open. */
  #advance(): boolean {
    let moved = false;
    while (this.#round.decision !== null) {
      this.#commit(this.#round.decision);
      this.#catchUp.applyNext();
      moved = true;
    }
    return moved;
  }

  #commit(decision: Decision): void {
    const { sealed, bundles, certificate } = decision;
    const { facts } = this.#round;
    if (!equalBytes(sealed.header.stateHash, facts.stateHash)) {
      throw new InvariantError(`block ${facts.height}: a quorum certified another state than ours`);
    }
    const { transactions, writes, stakeChanged } = this.#ledger.execute(sealed, bundles, facts.committee);
    this.#tipHash = sealed.hash;
    const executed = {
      sealed,
      certificate,
      bundles,
      transactions,
      writes,
      committee: facts.committee.members,
      snapshot: encodeLedgerState(this.state),
    };
    this.context.emit({ type: 'commitBlock', block: executed });
    this.context.emit({ type: 'committed', height: facts.height, hash: sealed.hash, executed });
    this.context.progress();
    const known = [this.#committeeAfterNext, facts.committee];
    this.#committeeAfterNext = Committee.of(stakedMembers(this.state), this.#dependencies.crypto, known);
    this.#settleMembers(bundles);
    if (stakeChanged || writes.some(({ key }) => key.startsWith('peer:')))
      this.context.emit({ type: 'membersChanged' });
    this.timers.heightDecided(this.#round.log.votedView >= 0);
    this.#round = this.#newRound(known);
    this.timers.restartView();
    this.#round.start();
    this.policy.onBlock(this.state, this.#tipHash, this.peers.isLevel(this.#committeeAfterNext, this.height));
    this.#inbox.replayKept();
  }

  #settleMembers(cited: readonly SealedBundle[]): void {
    const { members } = this.state;
    this.#others = members
      .map(({ publicKey }) => toText(publicKey))
      .filter((key) => key !== this.context.self);
    this.lanes.settle(members);
    const own = cited.filter(({ bundle }) => toText(bundle.origin) === this.context.self);
    if (!this.ownLane.settle(own)) this.guard.forget(this.height);
    this.peers.settle(new Set(this.#others));
  }

  #newRound(known: readonly Committee[]): Round {
    const { state } = this.#ledger;
    const { crypto } = this.#dependencies;
    const height = state.height + 1;
    const committee = Committee.of(state.committee, crypto, known);
    const leaders = new Map<number, ReturnType<typeof leaderOf>>();
    const leader = (view: number) => {
      const turn = view % committee.size;
      const known =
        leaders.get(turn) ?? leaderOf(committee, height, view, (id) => isDemoted(state, id, height));
      leaders.set(turn, known);
      return known;
    };
    const facts = {
      height,
      tipHash: this.#tipHash,
      stateHash: state.stateHash,
      committee,
      nextCommitteeHash: this.#committeeAfterNext.hash,
      selfIndex: committee.indexOf(this.context.self),
      flush: state.flush,
      leader,
    };
    return new Round(facts, {
      context: this.context,
      lanes: this.lanes,
      verifier: this.verifier,
      canSign: () => this.guard.maySign(height),
      onForgotten: () => this.guard.forget(height),
      onEvidence: (first: SignedStatement, second: SignedStatement) =>
        this.policy.onEvidence(toText(first.signer), first, second, this.state),
      onViewEntered: (hadProposal) => this.timers.viewEntered(hadProposal),
      onProposed: (bundles) => this.#dissemination.pushCited(bundles),
    });
  }

  // ---- the end of a turn ----

  /** Bundles what waits, lets the round see it, and sets the timers to what is true now. */
  #endTurn(): void {
    this.#reviewGuard();
    let again = true;
    while (again) {
      const created = this.ownLane.endTurn(this.guard.mayBundle());
      for (const { bytes } of created) this.#dissemination.push(bytes);
      if (created.length > 0) this.#round.react();
      again = this.#advance() || created.length > 0;
    }
    this.#dissemination.pull(false);
    this.#setTimers();
  }

  #reviewGuard(): void {
    const { silence } = this.guard;
    this.guard.review(this.height, this.#committeeAfterNext, this.#repair.ownMissing);
    if (silence !== this.guard.silence) this.#onSigningChanged();
  }

  #setTimers(): void {
    const { facts, log, view } = this.#round;
    const isBusy = this.#round.isBusy();
    const maySkip =
      isBusy && facts.selfIndex !== undefined && log.skipView < view && this.guard.maySign(facts.height);
    this.timers.timeView(maySkip ? `${facts.height}:${view}` : null, () =>
      this.timers.viewTimeoutMs(
        view,
        view < facts.committee.size && this.#dissemination.isSuspected(facts.leader(view).publicKey),
      ),
    );
    if (isBusy || this.#round.wants !== null || this.syncTarget !== null) this.timers.armRetransmit();
    else this.timers.clear('retransmit');
  }

  #onSigningChanged(): void {
    this.timers.restartView();
    this.#round.react();
  }

  #createContext(): CoreContext {
    const { crypto, signer, archive, random } = this.#dependencies;
    const { chainId, parameters, timing } = this.#options;
    return {
      crypto,
      signer,
      archive,
      random,
      chainId,
      parameters,
      timing,
      self: toText(signer.publicKey),
      nowMs: () => this.#nowMs,
      emit: (effect) => void this.#effects.push(effect),
      broadcast: (message) => void this.#effects.push({ type: 'send', to: this.#others, message }),
      send: (to, message) => void this.#effects.push({ type: 'send', to: [to], message }),
      progress: () => this.timers.progress(),
    };
  }
}
