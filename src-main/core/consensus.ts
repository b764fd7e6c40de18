/**
 * The state machine of one node: `step(events, nowMs) -> effects` (STYLE 3). It wires the parts together: the round that decides the current
 * height, the lanes, repair, catch-up, the guard over signing, and the ledger that executes final blocks.
 */
import { equalBytes, fromText, toText } from './bytes.ts';
import { CertificateVerifier } from './certificates.ts';
import type { BlockArchive, CoreContext, Timing } from './context.ts';
import { InvariantError } from './context.ts';
import type { Crypto, Signer } from './crypto.ts';
import type { Effect, NodeRecord, SafetyRecord, SilenceReason, TimerName } from './effects.ts';
import { DecodeError, decodeBundle, decodeTransaction, ZERO_HASH } from './encoding.ts';
import { Guard } from './guard.ts';
import { LanePool } from './lanes.ts';
import type { Message, Status } from './messages.ts';
import { OwnLane } from './own-lane.ts';
import { mayRepeat, Peers, type Peer } from './peers.ts';
import { Policy, type MembershipPolicy } from './policy.ts';
import { Committee, leaderOf } from './quorum.ts';
import { Repair } from './repair.ts';
import { Round } from './round.ts';
import type { Decision, Verdict } from './round-facts.ts';
import type { SealedBundle } from './sealed.ts';
import { addressSigningBytes, bundleSigningBytes } from './signing.ts';
import { Sync } from './sync.ts';
import { Timers } from './timers.ts';
import type {
  ConsensusParameters,
  Hash,
  HashText,
  Height,
  PeerText,
  SignedStatement,
  Transaction,
} from './types.ts';
import { Ledger } from '../ledger/ledger.ts';
import { decodeLedgerState, encodeLedgerState, isDemoted, stakedMembers } from '../ledger/state.ts';

export type CoreEvent =
  | { readonly type: 'start' }
  | { readonly type: 'message'; readonly from: PeerText; readonly message: Message }
  | { readonly type: 'timer'; readonly timer: TimerName }
  | { readonly type: 'submit'; readonly transaction: Transaction }
  | { readonly type: 'connected' | 'disconnected'; readonly peer: PeerText }
  /** The owner wants this key to become a member. */
  | { readonly type: 'join' }
  /** The owner decided that this copy signs, whatever it may have forgotten. */
  | { readonly type: 'override' };

export interface ConsensusOptions {
  readonly chainId: Hash;
  readonly parameters: ConsensusParameters;
  readonly timing: Timing;
  readonly policy: MembershipPolicy;
  /** 16 random bytes of this process start. */
  readonly instanceNonce: Uint8Array;
  /** What the node found on disk. */
  readonly stored: {
    readonly tipHash: Hash;
    readonly snapshot: Uint8Array;
    readonly safety: readonly SafetyRecord[];
    readonly records: readonly NodeRecord[];
    readonly lane: readonly Uint8Array[];
    readonly queue: readonly { readonly order: number; readonly bytes: Uint8Array }[];
    readonly hasSafetyLog: boolean;
  };
}

export interface ConsensusDependencies {
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly archive: BlockArchive;
  /** An integer in [0, below). */
  readonly random: (below: number) => number;
}

/** Members up to which every bundle is pushed to all; beyond, to FANOUT of them. */
const PUSH_ALL_MEMBERS = 16;
const FANOUT = 8;
/** Messages of height + 1 that a peer may have kept here. */
const MAX_KEPT_PER_PEER = 8;
const JOIN_RETRY_MS = 1000;

export class Consensus {
  readonly lanes: LanePool;
  readonly peers = new Peers();
  readonly guard: Guard;
  readonly ownLane: OwnLane;
  readonly policy: Policy;
  readonly #options: ConsensusOptions;
  readonly #dependencies: ConsensusDependencies;
  readonly #context: CoreContext;
  readonly #ledger: Ledger;
  readonly #timers: Timers;
  readonly #sync: Sync;
  readonly #repair: Repair;
  readonly #verifier: CertificateVerifier;
  #effects: Effect[] = [];
  #nowMs = 0;
  #tipHash: Hash;
  #round: Round;
  /** Messages of height + 1, by sender, because a fast peer's proposal often arrives before the last COMMIT. */
  readonly #kept = new Map<PeerText, Message[]>();
  /** What was pulled last, so that the same want is not asked for twice in a row. */
  #pulled = '';
  #pullAttempt = 0;
  #others: PeerText[] = [];

  constructor(options: ConsensusOptions, dependencies: ConsensusDependencies) {
    const { stored } = options;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#context = this.#createContext();
    const state = decodeLedgerState(stored.snapshot);
    const { crypto, archive } = dependencies;
    const { chainId, parameters } = options;
    this.#ledger = new Ledger({ state, chainId, parameters }, { crypto, values: archive });
    this.#tipHash = stored.tipHash;
    this.#verifier = new CertificateVerifier({ crypto, chainId });
    this.lanes = new LanePool({ laneWindow: parameters.laneWindow });
    this.guard = new Guard(this.#context, options.instanceNonce);
    this.ownLane = new OwnLane({ context: this.#context, lanes: this.lanes });
    const submit = (ident: string, commands: Transaction['commands']) =>
      this.ownLane.submit({ ident, commands }) === null;
    this.policy = new Policy(options.policy, { context: this.#context, submit });
    this.#timers = new Timers(this.#context);
    this.#sync = new Sync(this.#context, this.peers);
    this.#repair = new Repair({
      context: this.#context,
      lanes: this.lanes,
      peers: this.peers,
      guard: this.guard,
      round: () => this.#round,
      tipHash: () => this.#tipHash,
    });
    this.#settleMembers();
    this.#round = this.#newRound();
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

  get state(): Ledger['state'] {
    return this.#ledger.state;
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
        return this.#onMessage(event.from, event.message);
      case 'timer':
        return this.#onTimer(event.timer);
      case 'submit': {
        const refusal = this.guard.silence === 'halted' ? 'halted' : this.ownLane.submit(event.transaction);
        if (refusal !== null)
          this.#context.emit({ type: 'refused', ident: event.transaction.ident, reason: refusal });
        return;
      }
      case 'connected':
        return this.#onConnected(event.peer);
      case 'disconnected':
        return this.peers.disconnected(event.peer);
      case 'join':
        this.policy.wantsToJoin = true;
        return this.#askToJoin();
      case 'override':
        this.guard.override();
        return this.#onSigningChanged();
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
    this.guard.review(this.height, this.#committeeAfterNext());
    this.#round.start();
    this.#timers.armStatus();
  }

  #onConnected(key: PeerText): void {
    const peer = this.peers.entry(key);
    if (peer === undefined) return;
    peer.connected = true;
    this.#repair.sendStatus(peer);
    if (this.policy.wantsToJoin) this.#askToJoin();
  }

  #onTimer(timer: TimerName): void {
    const slept = this.#timers.fired(timer);
    if (slept) {
      this.#timers.restartView();
      this.#statusToAll();
      if (timer === 'view') return;
    }
    if (timer === 'view') this.#round.onTimer();
    else if (timer === 'startup') {
      this.guard.onStartupTimer();
      this.#onSigningChanged();
    } else if (timer === 'status') {
      this.#statusToAll();
      this.#timers.armStatus();
      this.#sync.request(this.height);
      if (this.policy.wantsToJoin) this.#askToJoin();
    } else if (this.#timers.isStalled()) {
      this.#statusToAll();
      this.#pull(true);
      this.#sync.request(this.height);
    }
  }

  #onMessage(from: PeerText, message: Message): void {
    const peer = this.peers.entry(from);
    if (peer === undefined || from === this.#context.self) return this.#reject(from, 'stranger-limit');
    peer.heardAtMs = this.#nowMs;
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
        return this.#onBundle(peer, decodeBundle(message.bytes, this.#dependencies.crypto));
      case 'status':
        return this.#onStatus(peer, message);
      case 'pull':
        return this.#repair.onPull(peer, message);
      case 'syncRequest':
        return this.#context.send(peer.publicKey, this.#sync.answer(message.fromHeight, message.maxBytes));
      case 'syncResponse':
        if (!this.#sync.onResponse(peer.publicKey, message.blocks, this.height))
          this.#reject(peer.publicKey, 'unasked');
        this.#applySynced();
        return this.#sync.request(this.height);
      case 'join': {
        const isOwn = toText(message.join.publicKey) === peer.publicKey;
        if (!isOwn || !this.policy.onJoin(message.join, this.state))
          this.#reject(peer.publicKey, 'join-signature');
        return;
      }
      case 'address': {
        const { record } = message;
        const signed = addressSigningBytes(this.#options.chainId, record);
        const isValid = this.#dependencies.crypto.verify(record.signature, signed, record.publicKey);
        if (isValid) this.#context.emit({ type: 'address', record });
        else this.#reject(peer.publicKey, 'address-signature');
        return;
      }
      default:
        return this.#onRoundMessage(peer, message);
    }
  }

  /** Messages that belong to one height: handled, kept for the next one, or answered with what the sender lacks. */
  #onRoundMessage(
    peer: Peer,
    message: Message & { type: 'propose' | 'vote' | 'commit' | 'skip' | 'certificate' },
  ): void {
    const height = heightOf(message);
    const current = this.#round.facts.height;
    if (height === current + 1) {
      const kept = this.#kept.get(peer.publicKey) ?? [];
      if (kept.length < MAX_KEPT_PER_PEER) this.#kept.set(peer.publicKey, [...kept, message]);
    } else if (height < current && message.type !== 'certificate') {
      const intervalMs = this.#options.timing.retransmitMs;
      if (!mayRepeat(peer, `C:${height}`, this.#nowMs, intervalMs)) return;
      for (const answer of this.#repair.commitCertificate(height)) this.#context.send(peer.publicKey, answer);
    } else if (height > current) {
      this.#askStatus(peer);
    } else if (height === current) {
      this.#settleVerdict(peer.publicKey, this.#toRound(peer, message));
    }
  }

  #toRound(
    peer: Peer,
    message: Message & { type: 'propose' | 'vote' | 'commit' | 'skip' | 'certificate' },
  ): Verdict {
    switch (message.type) {
      case 'propose':
        return this.#round.onPropose(message.propose, peer.publicKey);
      case 'certificate':
        return this.#round.onCertificate(message.certificate, message.sealed, message.notarisation);
      case 'skip': {
        const verdict = this.#round.onSkip(message);
        if (message.view > this.#round.view) this.#askStatus(peer);
        return verdict;
      }
      default:
        return this.#round.onVote(message);
    }
  }

  #onBundle(peer: Peer, sealed: SealedBundle): void {
    const { origin, seq } = sealed.bundle;
    const key = toText(origin);
    const outcome = this.lanes.admits(sealed);
    if (outcome !== 'added' && outcome !== 'forked') {
      if (outcome === 'too-large' || outcome === 'not-a-member')
        this.#reject(peer.publicKey, `bundle-${outcome}`);
      return;
    }
    if (!this.#isSigned(sealed)) return this.#reject(peer.publicKey, 'bundle-signature');
    if (key === this.#context.self) return this.#onForgottenBundle(sealed);
    this.lanes.add(sealed);
    if (outcome === 'forked') {
      const digests = this.lanes.variantsAt(key, seq).map((variant) => toText(variant.digest));
      this.#context.emit({ type: 'laneFork', origin: key, seq, digests });
    }
    this.#context.progress();
    this.#round.react();
  }

  /** An own bundle that this node does not have: it forgot; the lane goes on from there. */
  #onForgottenBundle(sealed: SealedBundle): void {
    this.guard.forget();
    this.lanes.add(sealed);
    if (sealed.bundle.seq !== this.ownLane.tipSeq + 1) return;
    this.ownLane.adopt(sealed);
    this.#context.emit({ type: 'appendLane', sealed });
  }

  #onStatus(peer: Peer, status: Status): void {
    const { instance } = status;
    const isNew = peer.instance === null || !equalBytes(peer.instance.nonce, instance.nonce);
    if (isNew && this.guard.isInstance(fromText(peer.publicKey) ?? ZERO_HASH, instance)) {
      peer.instance = instance;
      peer.sent.clear();
    }
    peer.status = status;
    const silence = this.guard.silence;
    this.guard.onStatus(peer.publicKey, status, this.height, this.#committeeAfterNext());
    if (silence !== this.guard.silence) this.#onSigningChanged();
    this.#repair.onStatus(peer, status);
    this.#sync.request(this.height);
  }

  // ---- blocks ----

  /** Applies decisions until the current height is open. */
  #advance(): boolean {
    let moved = false;
    while (this.#round.decision !== null) {
      this.#commit(this.#round.decision);
      this.#applySynced();
      moved = true;
    }
    return moved;
  }

  #applySynced(): void {
    const next = this.#sync.next(this.height);
    if (next === undefined || this.#round.decision !== null) return;
    const { sealed, certificate, bundles } = next.block;
    const isNext = sealed.header.height === this.height + 1 && equalBytes(sealed.header.prev, this.#tipHash);
    const proves = certificate.kind === 'C' && equalBytes(certificate.hash, sealed.hash);
    const isFinal = isNext && proves && this.#verifier.verify(certificate, this.#round.facts.committee);
    if (!isFinal || !this.#addCertified(sealed.header.cut, bundles)) {
      this.#sync.ban(next.from);
      return this.#reject(next.from, 'sync-block');
    }
    this.#round.onCertificate(certificate, sealed, null);
  }

  /**
   * Takes the bundles that a certified cut cites. A digest does not cover the signature, so that is checked here too: what is stored is served
   * on and goes into proofs. False: its sender lies.
   */
  #addCertified(cut: readonly { readonly tipDigest: Hash }[], encoded: readonly Uint8Array[]): boolean {
    const bundles = new Map<HashText, SealedBundle>();
    for (const bytes of encoded) {
      const sealed = this.#openBundle(bytes);
      if (sealed === undefined) return false;
      bundles.set(toText(sealed.digest), sealed);
    }
    for (const { tipDigest } of cut) {
      const chain: SealedBundle[] = [];
      let sealed = bundles.get(toText(tipDigest));
      while (sealed !== undefined && chain.length <= bundles.size) {
        chain.push(sealed);
        sealed = bundles.get(toText(sealed.bundle.prev));
      }
      if (chain.some((bundle) => !this.#isSigned(bundle))) return false;
      this.lanes.cite(chain.map(({ digest }) => digest));
      for (const bundle of chain) this.lanes.add(bundle);
    }
    return true;
  }

  #openBundle(bytes: Uint8Array): SealedBundle | undefined {
    try {
      return decodeBundle(bytes, this.#dependencies.crypto);
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  #isSigned({ bundle, bytes, digest }: SealedBundle): boolean {
    if (this.lanes.get(digest) !== undefined) return true;
    const signed = bundleSigningBytes(this.#options.chainId, bytes.subarray(64));
    return this.#dependencies.crypto.verify(bundle.signature, signed, bundle.origin);
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
    this.#context.emit({ type: 'commitBlock', block: executed });
    this.#context.emit({ type: 'committed', height: facts.height, hash: sealed.hash, executed });
    this.#context.progress();
    this.#settleMembers();
    if (stakeChanged || writes.some(({ key }) => key.startsWith('peer:')))
      this.#context.emit({ type: 'membersChanged' });
    this.guard.review(this.height, this.#committeeAfterNext());
    this.#round = this.#newRound();
    this.#pulled = '';
    this.#timers.restartView();
    this.#round.start();
    this.policy.onBlock(this.state, this.#tipHash, this.syncTarget === null);
    this.#replayKept();
  }

  #replayKept(): void {
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const [from, messages] of kept) {
      const peer = this.peers.entry(from);
      if (peer !== undefined) for (const message of messages) this.#dispatch(peer, message);
    }
  }

  #settleMembers(): void {
    const { members } = this.state;
    this.#others = members
      .map(({ publicKey }) => toText(publicKey))
      .filter((key) => key !== this.#context.self);
    this.lanes.settle(members);
    this.ownLane.settle();
    this.peers.settle(new Set(this.#others));
  }

  #newRound(): Round {
    const { state } = this.#ledger;
    const { crypto } = this.#dependencies;
    const height = state.height + 1;
    const committee = new Committee(state.committee, crypto);
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
      nextCommitteeHash: this.#committeeAfterNext().hash,
      selfIndex: committee.indexOf(this.#context.self),
      flush: state.flush,
      leader,
    };
    return new Round(facts, {
      context: this.#context,
      lanes: this.lanes,
      verifier: this.#verifier,
      canSign: () => this.guard.maySign(height),
      onForgotten: () => this.guard.forget(),
      onEvidence: (first: SignedStatement, second: SignedStatement) =>
        this.policy.onEvidence(toText(first.signer), first, second, this.state),
      onViewEntered: () => this.#timers.restartView(),
      onProposed: (bundles) => this.#pushCited(bundles),
    });
  }

  /** C_{tip+2}: who decides after the height that is being decided. */
  #committeeAfterNext(): Committee {
    return new Committee(stakedMembers(this.state), this.#dependencies.crypto);
  }

  // ---- the end of a turn ----

  /** Bundles what waits, lets the round see it, and sets the timers to what is true now. */
  #endTurn(): void {
    let again = true;
    while (again) {
      const created = this.ownLane.endTurn(this.guard.mayBundle());
      for (const { bytes } of created) this.#push(bytes);
      if (created.length > 0) this.#round.react();
      again = this.#advance() || created.length > 0;
    }
    this.#pull(false);
    this.#setTimers();
  }

  #setTimers(): void {
    const { facts, log, view } = this.#round;
    const isBusy = this.#round.isBusy();
    const maySkip =
      isBusy && facts.selfIndex !== undefined && log.skipView < view && this.guard.maySign(facts.height);
    this.#timers.timeView(maySkip ? `${facts.height}:${view}` : null, () =>
      this.#timers.viewTimeoutMs(
        view,
        view < facts.committee.size && this.#isSuspected(facts.leader(view).publicKey),
      ),
    );
    if (isBusy || this.#round.wants !== null || this.syncTarget !== null) this.#timers.armRetransmit();
    else this.#timers.clear('retransmit');
  }

  /** A leader that answered no STATUS while a quorum was heard (PROTOCOL section 4.4). Local; it only shortens a timer. */
  #isSuspected(leader: Uint8Array): boolean {
    const peer = this.peers.get(toText(leader));
    if (toText(leader) === this.#context.self) return false;
    const { suspectBusyMs } = this.#options.timing;
    const isSilent = (candidate: Peer | undefined) => {
      if (candidate === undefined || !candidate.connected) return true;
      const heardAtMs = candidate.heardAtMs ?? Number.NEGATIVE_INFINITY;
      return (
        candidate.askedAtMs !== null &&
        heardAtMs < candidate.askedAtMs &&
        this.#nowMs - candidate.askedAtMs > suspectBusyMs
      );
    };
    if (!isSilent(peer)) return false;
    const { committee, selfIndex } = this.#round.facts;
    const heard = committee.members.flatMap(({ publicKey }, index) =>
      index === selfIndex || !isSilent(this.peers.get(toText(publicKey))) ? [index] : [],
    );
    return committee.isQuorum(heard);
  }

  #onSigningChanged(): void {
    this.#timers.restartView();
    this.#round.react();
  }

  // ---- sending ----

  /** Asks for what the round waits for, at once when it is new, and of another peer on each retry. */
  #pull(isRetry: boolean): void {
    const { wants } = this.#round;
    if (wants === null) return;
    const name = [...wants.headers, ...wants.lanes.map((lane) => lane.tipDigest)].map(toText).join();
    if (name === this.#pulled && !isRetry) return;
    this.#pullAttempt = name === this.#pulled ? this.#pullAttempt + 1 : 0;
    this.#pulled = name;
    const sources = [...new Set([...wants.sources, ...this.#others])].filter(
      (key) => key !== this.#context.self,
    );
    const source = sources[this.#pullAttempt % sources.length];
    if (source === undefined) return;
    this.#context.send(source, {
      type: 'pull',
      digests: [],
      headers: wants.headers.slice(0, 16),
      lanes: wants.lanes.map(({ owner, tipDigest }) => ({
        origin: owner.publicKey,
        fromSeq: owner.laneSeq + 1,
        tipDigest,
      })),
      certificates: [],
    });
  }

  /** A new own bundle goes to all, or to some when there are many; STATUS and pulls bring it to the rest. */
  #push(bytes: Uint8Array): void {
    const message = { type: 'bundle', bytes } as const;
    if (this.#others.length < PUSH_ALL_MEMBERS) return this.#context.broadcast(message);
    const left = [...this.#others];
    const chosen: PeerText[] = [];
    while (chosen.length < FANOUT) chosen.push(...left.splice(this.#context.random(left.length), 1));
    this.#effects.push({ type: 'send', to: chosen, message });
  }

  /** With a proposal: what its origins pushed to a part of the members only. */
  #pushCited(bundles: readonly SealedBundle[]): void {
    if (this.#others.length < PUSH_ALL_MEMBERS) return;
    for (const { bundle, bytes } of bundles) {
      const to = this.#others.filter((key) => key !== toText(bundle.origin));
      this.#effects.push({ type: 'send', to, message: { type: 'bundle', bytes } });
    }
  }

  #statusToAll(): void {
    for (const key of this.#others) {
      const peer = this.peers.entry(key);
      if (peer === undefined) continue;
      if (peer.askedAtMs === null || (peer.heardAtMs ?? 0) >= peer.askedAtMs) peer.askedAtMs = this.#nowMs;
      this.#repair.sendStatus(peer);
    }
    for (const peer of this.peers.all()) {
      if (!this.peers.isMember(peer.publicKey) && peer.connected) this.#repair.sendStatus(peer);
    }
  }

  #askStatus(peer: Peer): void {
    if (this.#nowMs - peer.statusSentAtMs >= Math.floor(this.#options.timing.retransmitMs / 2)) {
      this.#repair.sendStatus(peer);
    }
  }

  #askToJoin(): void {
    const connected = [...this.peers.all()].filter((peer) => peer.connected);
    const sponsor = connected[this.#context.random(Math.max(1, connected.length))];
    if (sponsor !== undefined) {
      this.#context.send(sponsor.publicKey, { type: 'join', join: this.policy.ownJoin(this.height) });
    }
    this.#timers.set('status', JOIN_RETRY_MS);
  }

  #settleVerdict(from: PeerText, verdict: Verdict): void {
    if (typeof verdict === 'object') this.#reject(from, verdict.rejected);
  }

  #reject(from: PeerText, reason: string): void {
    this.#context.emit({ type: 'rejected', from, reason });
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
      progress: () => this.#timers.progress(),
    };
  }
}

function heightOf(
  message: Message & { type: 'propose' | 'vote' | 'commit' | 'skip' | 'certificate' },
): Height {
  if (message.type === 'propose') return message.propose.height;
  return message.type === 'certificate' ? message.certificate.height : message.height;
}
