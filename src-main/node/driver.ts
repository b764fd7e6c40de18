/**
 * The driver of one node: it feeds events to the state machine and executes effects in their one order, persist ->
 * send -> publish (STYLE 4). It knows ports only, so that the simulator runs this very code.
 */
import { mayRead } from '../core/budgets.ts';
import { toText } from '../core/bytes.ts';
import { Consensus } from '../core/consensus.ts';
import type { Timing } from '../core/context.ts';
import type { Crypto, Signer } from '../core/crypto.ts';
import type { Effect, OwnerDecision, PublishEffect, TimerName } from '../core/effects.ts';
import { DecodeError } from '../core/encoding.ts';
import type { CoreEvent } from '../core/events.ts';
import { decodeMessage, encodeMessage } from '../core/message-encoding.ts';
import type { Admission, Application, Message } from '../core/messages.ts';
import type { MembershipPolicy } from '../core/policy.ts';
import type { SealedHeader } from '../core/sealed.ts';
import type { Command, Genesis, Hash, HashText, Height, Join, PeerText } from '../core/types.ts';
import { AnswersAhead, type VerifyAhead } from './answers-ahead.ts';
import { Callers, refusalOf } from './callers.ts';
import { isDurable, isPublished, withoutObsolete } from './effect-kinds.ts';
import { EvidenceBook } from './evidence.ts';
import type { LastSaid, NodeFacade, NodeSnapshot, WaitingTransaction } from './facade.ts';
import { DecisionError, SubmitError } from './facade.ts';
import type { Clock, Defer, Logger, Random, Store, Transport, TransportFaults } from './ports.ts';
import { provedArchive } from './proved-archive.ts';
import { proverFor, type Prover } from './prover.ts';
import { buildSnapshot } from './snapshot.ts';

export interface NodeOptions {
  readonly genesis: Genesis;
  /** hash(genesis): block 1 and the name of the chain. */
  readonly chainId: Hash;
  readonly timing: Timing;
  readonly policy: MembershipPolicy;
  /** Where a member may be reached, best first; empty: it will come to us. Asked again when the members change. */
  readonly addressHintsOf: (publicKey: PeerText) => readonly string[];
  /** Sessions beside the members': while this key is none here, or too few were heard (a restored chain is old). */
  readonly contacts: readonly PeerText[];
}

export interface NodePorts {
  readonly clock: Clock;
  readonly defer: Defer;
  readonly random: Random;
  readonly transport: Transport;
  readonly store: Store;
  readonly crypto: Crypto;
  /** Where there are processors to spare; what is decided is the same without it. */
  readonly verifyAhead?: VerifyAhead;
  readonly signer: Signer;
  readonly logger: Logger;
  /** In place of decodeMessage: what many nodes of one process hear need not be decoded by each. @throws DecodeError */
  readonly decode?: (payload: Uint8Array) => Message;
}

/** Events of one turn, and events that may wait for one; beyond it the network loses messages, as networks do. */
const MAX_EVENTS_PER_TURN = 256;
const MAX_WAITING_EVENTS = 8192;
/** Idents of one start share a random prefix and count on: unique, and neighbours in the store's index. */
const IDENT_PREFIX_BYTES = 9;

export class NodeDriver implements NodeFacade {
  readonly publicKey: PeerText;
  readonly chainId: HashText;
  readonly genesis: Genesis;
  readonly reader: Store;
  readonly #options: NodeOptions;
  readonly #ports: NodePorts;
  readonly #consensus: Consensus;
  readonly #evidence: EvidenceBook;
  readonly #answers: AnswersAhead;
  readonly #prover: Prover | null;
  readonly #listeners = new Set<(event: PublishEffect) => void>();
  readonly #timers = new Map<TimerName, () => void>();
  readonly #callers = new Callers();
  /** By peer; members and connected strangers only. */
  readonly #lastSaid = new Map<PeerText, LastSaid>();
  readonly #rejections = new Map<string, number>();
  #waiting: CoreEvent[] = [];
  #isTurnScheduled = false;
  #identCount = 1;
  readonly #identPrefix: string;
  #haltedBy: string | null = null;
  /** What is on disk: a halted node may know of a block whose write failed, and must not show it. */
  #durableTip: { readonly height: Height; readonly hash: Hash };
  #isClosed = false;
  readonly #startedAtMs: number;
  readonly #decode: (payload: Uint8Array) => Message;

  constructor(options: NodeOptions, ports: NodePorts) {
    this.#options = options;
    this.#ports = ports;
    this.#startedAtMs = ports.clock.nowMs();
    this.publicKey = toText(ports.signer.publicKey);
    this.chainId = toText(options.chainId);
    this.genesis = options.genesis;
    this.reader = ports.store;
    this.#evidence = new EvidenceBook(ports.store);
    const { store, crypto, signer, random, verifyAhead = () => null } = ports;
    this.#answers = new AnswersAhead(options.chainId, { crypto, verifyAhead });
    this.#decode = ports.decode ?? ((payload) => decodeMessage(payload, crypto));
    const stored = store.load();
    this.#durableTip = stored.tip;
    this.#identPrefix = `${toText(random.bytes(IDENT_PREFIX_BYTES))}-`;
    const { chainId, timing, policy } = options;
    const onFailure = (error: Error): void => this.#halt(error);
    this.#prover = proverFor(stored.records, { chainId, onFailure }, { ...ports, verifyAhead });
    const archive = provedArchive(store, this.#prover, crypto);
    this.#consensus = new Consensus(
      {
        chainId,
        parameters: options.genesis.parameters,
        timing,
        policy,
        instanceNonce: random.bytes(16),
        stored: { ...stored, tipHash: stored.tip.hash, snapshot: stored.tip.snapshot },
      },
      { crypto, signer, archive, random: (below) => randomBelow(random, below) },
    );
  }

  /** Binds the transport and takes part. Rejects with a TransportError. */
  async start(): Promise<void> {
    await this.#ports.transport.open({
      onMessage: (from, payload) => this.#onPayload(from, payload),
      onConnected: (peer) => {
        this.#enqueue({ type: 'connected', peer });
        this.#tellLink(peer, true);
      },
      onDisconnected: (peer) => {
        // What a member said last is worth knowing all the more when it is gone.
        if (!this.#consensus.peers.isMember(peer)) this.#lastSaid.delete(peer);
        this.#answers.onDisconnected(peer);
        this.#enqueue({ type: 'disconnected', peer });
        this.#tellLink(peer, false);
      },
    });
    this.#updatePeers();
    this.#enqueue({ type: 'start' });
    this.#prover?.start();
  }

  submit(
    commands: readonly Command[],
    ident = `${this.#identPrefix}${this.#identCount++}`,
  ): Promise<{ ident: string }> {
    if (this.#haltedBy !== null || this.#isClosed) {
      return Promise.reject(new SubmitError('halted', `the node has stopped: ${this.#haltedBy ?? 'closed'}`));
    }
    if (this.#callers.hasSubmit(ident)) return Promise.reject(refusalOf('duplicate-ident'));
    const accepted = this.#callers.submit(ident);
    this.#enqueue({ type: 'submit', transaction: { ident, commands } });
    return accepted;
  }

  waiting(): readonly WaitingTransaction[] {
    return this.#consensus.ownLane.waiting().map(({ transaction, bundled }) => ({ ...transaction, bundled }));
  }

  snapshot(): NodeSnapshot {
    return buildSnapshot(this.#consensus, {
      links: this.#ports.transport.links(),
      evidence: this.#evidence,
      lastSaid: this.#lastSaid,
      rejections: { ...this.#ports.transport.rejections(), ...Object.fromEntries(this.#rejections) },
      haltedBy: this.#haltedBy,
      proving: this.#prover?.unproved ?? null,
      tip: this.#durableTip,
      nowMs: this.#ports.clock.nowMs(),
      startedAtMs: this.#startedAtMs,
      self: this.publicKey,
      reader: this.reader,
    });
  }

  subscribe(listener: (event: PublishEffect) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  setFaults(faults: TransportFaults): void {
    this.#ports.transport.setFaults(faults);
  }

  requestJoin(application: Application | null = null): void {
    this.#enqueue({ type: 'join', application });
  }

  answerJoin(to: PeerText, admission: Admission, admit: Join | null): void {
    this.#enqueue({ type: 'answerJoin', to, admit, admission });
  }

  overrideSilence(decision: OwnerDecision): Promise<void> {
    if (this.#haltedBy !== null || this.#isClosed)
      return Promise.reject(new DecisionError('halted', 'nothing was decided: the node has stopped'));
    const decided = this.#callers.decision();
    this.#enqueue({ type: 'override', decision });
    return decided;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#prover?.close();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#callers.rejectAll('the node was closed');
    await this.#ports.transport.close();
    this.#ports.store.close();
  }

  // ---- events in ----

  #onPayload(from: PeerText, payload: Uint8Array): void {
    const nowMs = this.#ports.clock.nowMs();
    if (!mayRead(this.#consensus.peers, from, payload.length, nowMs))
      return this.#countRejection('reading-budget');
    let message: Message;
    try {
      message = this.#decode(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) return this.#halt(error);
      return this.#countRejection(`message-${error.code}`);
    }
    this.#noteSaid(from, message);
    if (this.#prover?.take(from, message) === true) return;
    const { committee } = this.#consensus.round.facts;
    this.#answers.take(from, message, committee, () => this.#enqueue({ type: 'message', from, message }));
  }

  #enqueue(event: CoreEvent): void {
    if (this.#isClosed || this.#haltedBy !== null) return;
    if (event.type === 'message' && this.#waiting.length >= MAX_WAITING_EVENTS)
      return this.#countRejection('overload');
    this.#waiting.push(event);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    this.#ports.defer(() => {
      this.#isTurnScheduled = false;
      this.#turn();
    });
  }

  /** One turn: a batch of events, one durable write, then what they caused. */
  #turn(): void {
    if (this.#isClosed || this.#haltedBy !== null) return;
    const events = this.#waiting.splice(0, MAX_EVENTS_PER_TURN);
    let effects: Effect[];
    try {
      effects = this.#consensus.step(events, this.#ports.clock.nowMs());
      const durable = effects.filter(isDurable);
      if (durable.length > 0) this.#ports.store.write(withoutObsolete(durable));
      for (const effect of durable)
        if (effect.type === 'commitBlock') this.#durableTip = tipOf(effect.block.sealed);
    } catch (error) {
      return this.#halt(error);
    }
    const failures: unknown[] = [];
    attempt(failures, () => this.#send(effects));
    // What is durable is told, whatever became of the sending.
    for (const effect of effects)
      if (isPublished(effect)) attempt(failures, () => this.#publish(effect, failures));
    if (failures.length > 0) this.#halt(failures[0]);
    else if (this.#waiting.length > 0) this.#scheduleTurn();
  }

  // ---- effects out ----

  #send(effects: readonly Effect[]): void {
    const { transport } = this.#ports;
    for (const effect of effects) {
      if (effect.type === 'send') {
        this.#answers.onSent(effect.to, effect.message);
        const payload = encodeMessage(effect.message);
        for (const peer of effect.to) transport.send(peer, payload);
      } else if (effect.type === 'setTimer') this.#setTimer(effect.timer, effect.delayMs);
      else if (effect.type === 'clearTimer') this.#clearTimer(effect.timer);
    }
    transport.flush();
  }

  #setTimer(timer: TimerName, delayMs: number): void {
    this.#clearTimer(timer);
    const cancel = this.#ports.clock.schedule(delayMs, () => {
      this.#timers.delete(timer);
      this.#enqueue({ type: 'timer', timer });
    });
    this.#timers.set(timer, cancel);
  }

  #clearTimer(timer: TimerName): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  #publish(event: PublishEffect, failures: unknown[]): void {
    this.#callers.onEvent(event);
    if (event.type === 'rejected') this.#countRejection(event.reason);
    else if (event.type === 'membersChanged' || event.type === 'signing') this.#updatePeers();
    this.#tell(event, failures);
  }

  #tellLink(peer: PeerText, isConnected: boolean): void {
    if (this.#isClosed || this.#haltedBy !== null) return;
    const failures: unknown[] = [];
    this.#tell({ type: 'link', peer, isConnected }, failures);
    if (failures.length > 0) this.#halt(failures[0]);
  }

  /** Each listener is told, whatever another one throws. */
  #tell(event: PublishEffect, failures: unknown[]): void {
    for (const listener of this.#listeners) attempt(failures, () => listener(event));
  }

  /**
   * A failed durable write, a broken invariant, or a port or listener that threw: this node says nothing more; it keeps
   * serving reads.
   */
  #halt(error: unknown): void {
    this.#haltedBy = error instanceof Error ? error.message : String(error);
    this.#consensus.guard.halt();
    this.#prover?.close();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#waiting = [];
    this.#ports.logger.log('error', 'the node stopped signing', { error: this.#haltedBy });
    this.#callers.rejectAll(this.#haltedBy);
    this.#tell({ type: 'signing', silent: 'halted' }, []);
  }

  /** Keeps sessions with exactly the members, as far as they are known. */
  #updatePeers(): void {
    const { transport } = this.#ports;
    const members = new Set<PeerText>();
    for (const { publicKey: key, stake } of this.#consensus.state.members) {
      const publicKey = toText(key);
      if (publicKey === this.publicKey) continue;
      members.add(publicKey);
      const addressHints = this.#options.addressHintsOf(publicKey);
      transport.setPeer({ publicKey, peerClass: stake > 0 ? 'member' : 'observer', addressHints });
    }
    const { silence, lanes } = this.#consensus;
    const knowsMembers = silence === null && lanes.owner(this.publicKey) !== undefined;
    for (const publicKey of knowsMembers ? [] : this.#options.contacts) {
      if (members.has(publicKey) || publicKey === this.publicKey) continue;
      members.add(publicKey);
      const addressHints = this.#options.addressHintsOf(publicKey);
      transport.setPeer({ publicKey, peerClass: 'member', addressHints });
    }
    for (const { publicKey, peerClass } of transport.links()) {
      if (peerClass !== 'stranger' && !members.has(publicKey)) transport.removePeer(publicKey);
    }
    for (const publicKey of this.#lastSaid.keys())
      if (!members.has(publicKey)) this.#lastSaid.delete(publicKey);
  }

  #noteSaid(from: PeerText, message: Message): void {
    const atMs = this.#ports.clock.nowMs();
    const { type } = message;
    if (type === 'propose') this.#lastSaid.set(from, { type, ...pick(message.propose), atMs });
    else if (type === 'certificate') this.#lastSaid.set(from, { type, ...pick(message.certificate), atMs });
    else if (type === 'vote' || type === 'commit' || type === 'skip' || type === 'status') {
      this.#lastSaid.set(from, { type, ...pick(message), atMs });
    }
  }

  #countRejection(reason: string): void {
    const name = this.#rejections.has(reason) || this.#rejections.size < 64 ? reason : 'other';
    this.#rejections.set(name, (this.#rejections.get(name) ?? 0) + 1);
  }
}

/** What is thrown is noted, and what comes after it still runs. */
function attempt(failures: unknown[], work: () => void): void {
  try {
    work();
  } catch (error) {
    failures.push(error);
  }
}

function tipOf({ header, hash }: SealedHeader): { height: Height; hash: Hash } {
  return { height: header.height, hash };
}

function pick({ height, view }: { height: number; view: number }): { height: number; view: number } {
  return { height, view };
}

function randomBelow(random: Random, below: number): number {
  const bytes = random.bytes(4);
  const word = bytes[0]! + bytes[1]! * 2 ** 8 + bytes[2]! * 2 ** 16 + bytes[3]! * 2 ** 24;
  return word % below;
}
