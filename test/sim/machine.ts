/**
 * One simulated computer: a key, a disk that survives, and the process of a node that does not. The process
 * is the node's real driver and core over simulated ports.
 */
import type { OwnerDecision, PublishEffect } from '../../src-main/core/effects.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { Command, Genesis, Hash, PeerText } from '../../src-main/core/types.ts';
import type { NodeFacade } from '../../src-main/node/facade.ts';
import type { FastWayOutcome } from '../../src-main/node/fast-way.ts';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import { describeEffect, describeEvent } from './describe.ts';
import type { Actor, ActorFactory, ActorTools } from './byzantine/tools.ts';
import type { Counters } from './counters.ts';
import type { ObservedNode, Observer } from './observer.ts';
import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';
import { SimulatedStore, type DiskFault, type VirtualDisk } from './disk.ts';
import { checkHalted, diskError } from './disk-faults.ts';
import { encodeTurn, tear } from './journal.ts';
import { Hardware } from './hardware.ts';
import type { KeyPair } from './keys.ts';
import type { CrashMoment } from './nemesis.ts';
import { NodeProcess, type FastWayPlan } from './process.ts';
import { SimulatedTransport, type Switchboard } from './transport.ts';
import { InvariantViolation } from './violation.ts';
import type { Wire } from './wire.ts';

/** What a machine needs of the world around it. */
export interface Surroundings {
  readonly schedule: Schedule;
  readonly switchboard: Switchboard;
  readonly observer: Observer;
  readonly counters: Counters;
  readonly genesis: Genesis;
  readonly chainId: Hash;
  readonly crashDraw: Draw;
  readonly count: number;
  drawFor(purpose: string): Draw;
  indexOf(peer: PeerText): number;
  keyOf(index: number): PeerText;
  readonly wire: Wire;
  onStarted(): void;
  onSent(machine: Machine, to: number, message: Message): void;
  onReceived(machine: Machine, from: PeerText, message: Message): void;
  /** Runs a check; the first violation ends the run. */
  guard(check: () => void): void;
  note(what: string, who: string): void;
}

/** Thrown out of a write to stop a process there, as a power cut would. */
class PowerCut extends Error {}

export class Machine implements ObservedNode {
  readonly index: number;
  readonly keys: KeyPair;
  disk: VirtualDisk;
  /** How it joins; null: every block is checked as it comes, or it is past that. */
  fastWay: FastWayPlan | null = null;
  readonly hardware: Hardware;
  readonly #world: Surroundings;
  /** null: honest. */
  readonly #actor: Actor | null;
  #process: NodeProcess | null = null;
  #transport: SimulatedTransport | null = null;
  /** Changes with each start: what an earlier process left behind in the schedule finds itself dead. */
  #incarnation = 0;
  #plan: { readonly when: CrashMoment; readonly downUs: number } | null = null;
  /** Sends until the power fails; null: it stays on. */
  #sendsLeft: number | null = null;
  #downUs = 0;
  /** The disk refuses every write until it is repaired. */
  #diskFault: { readonly fault: DiskFault; readonly downUs: number } | null = null;
  #isHalted = false;
  /** How its clock behaves when it falls asleep at its next write; null: it stays awake. */
  #sleepPlan: 'runs' | 'stops' | null = null;

  constructor(
    index: number,
    keys: KeyPair,
    disk: VirtualDisk,
    world: Surroundings,
    factory: ActorFactory | undefined,
  ) {
    this.index = index;
    this.keys = keys;
    this.disk = disk;
    this.#world = world;
    this.hardware = new Hardware(world.schedule);
    this.#actor = factory === undefined ? null : factory(this.#tools());
  }

  get publicKey(): Uint8Array {
    return this.keys.publicKey;
  }

  get name(): string {
    return `n${this.index}`;
  }

  get isHonest(): boolean {
    return this.#actor === null;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  /** Its node stopped because the disk failed; it waits for its repair. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /**
   * Closes the lid: at once, or between the next durable write and what it was for. A laptop's clock may stand still
   * with it.
   */
  sleep(moment: 'now' | 'after-write' = 'now', clock: 'runs' | 'stops' = 'runs'): void {
    if (moment === 'after-write') {
      this.#sleepPlan = clock;
      return;
    }
    this.#sleepPlan = null;
    if (!this.isRunning || !this.hardware.isAwake) return;
    this.#note(`sleeps, its clock ${clock}`);
    this.hardware.sleep(clock);
    this.#world.switchboard.noteSilence(this.keys.text);
  }

  wake(): void {
    this.#sleepPlan = null;
    if (this.hardware.isAwake) return;
    const laterUs = this.hardware.wake();
    this.#note('wakes');
    this.#transport?.onWoken(laterUs);
  }

  get isOnFastWay(): boolean {
    return this.#process?.isOnFastWay ?? false;
  }

  get isOpening(): boolean {
    return this.#process?.isOpening ?? false;
  }

  start(): void {
    const world = this.#world;
    const incarnation = ++this.#incarnation;
    const isCurrent = (): boolean => this.#incarnation === incarnation;
    this.#note('starts');
    world.onStarted();
    this.#settleDisk();
    const store = (): SimulatedStore =>
      new SimulatedStore(this.disk, (turn, apply) => {
        if (!isCurrent()) throw new PowerCut();
        this.#write(turn, apply);
      });
    const transport = (): SimulatedTransport => (this.#transport = this.#newTransport(isCurrent));
    const draw = world.drawFor(`${this.name}/${incarnation}`);
    const { genesis, chainId } = world;
    const { hardware } = this;
    this.#process = new NodeProcess(
      { genesis, chainId, draw, fastWay: this.fastWay },
      {
        store,
        transport,
        clock: hardware.clock(isCurrent),
        defer: hardware.defer(isCurrent),
        crypto: hardware.crypto,
        signer: hardware.signerOf(this.keys.signer),
        decode: (payload) => world.wire.decode(payload),
      },
      {
        onEvent: (event) => isCurrent() && this.#publish(event),
        onFastWay: (outcome) => isCurrent() && this.#onFastWay(outcome),
        onError: (message) => isCurrent() && this.#onError(message),
      },
    );
  }

  #newTransport(isCurrent: () => boolean): SimulatedTransport {
    return new SimulatedTransport(
      { index: this.index, publicKey: this.keys.text },
      {
        switchboard: this.#world.switchboard,
        tap: {
          outgoing: (to, payload) => (isCurrent() ? this.#outgoing(to, payload) : []),
          incoming: (from, payload) => isCurrent() && this.#incoming(from, payload),
          depart: (send) => this.hardware.depart(() => isCurrent() && send()),
          isAwake: () => this.hardware.isAwake,
        },
      },
    );
  }

  /** It was taken, or what came is dropped and it goes the full way. */
  #onFastWay(outcome: FastWayOutcome): void {
    this.#note(`fast way: ${outcome}`);
    this.#world.counters.add(`fast way: ${outcome}`);
    this.fastWay = null;
    if (outcome !== 'taken') this.replaceDisk(this.disk.empty());
  }

  crash(when: CrashMoment, downUs: number): void {
    this.#world.counters.add(`crash ${when}`);
    if (when === 'now') this.#powerOff(downUs);
    else this.#plan = { when, downUs };
  }

  cancelCrash(): void {
    this.#plan = null;
    this.#sendsLeft = null;
    if (!this.#isHalted) this.#diskFault = null;
  }

  /** From now on every write fails; the node is started again, on a disk that works, `downUs` after it noticed. */
  failDisk(fault: DiskFault, downUs: number): void {
    this.#note(`its disk fails: ${fault}`);
    this.#diskFault ??= { fault, downUs };
  }

  /** Room is made or the device replaced, and the node that halted is started again. */
  repair(): void {
    if (!this.#isHalted) return;
    this.#world.guard(() => checkHalted(this, this.facade));
    this.#note('its disk works again');
    this.stop();
    this.start();
  }

  submit(ident: string, commands: readonly Command[]): boolean {
    return this.hardware.isAwake && (this.#process?.submit(ident, commands) ?? false);
  }

  /** Puts another disk in place of its own, while it is off. */
  replaceDisk(disk: VirtualDisk): void {
    this.disk = disk;
    this.#world.observer.onReplaced(this);
  }

  requestJoin(): void {
    this.facade?.requestJoin();
  }

  /** Its owner decides that it signs, whatever warns it. */
  override(decision: OwnerDecision): void {
    this.#world.observer.onOverride(this);
    this.#process?.override(decision);
  }

  /** null while it is off, or not open yet. */
  get facade(): NodeFacade | null {
    return this.#process?.facade ?? null;
  }

  /** Stops the process for good. */
  stop(): void {
    this.#incarnation++;
    this.#isHalted = false;
    this.#diskFault = null;
    this.#process = null;
    this.hardware.reset();
    void this.#transport?.close();
  }

  #powerOff(downUs: number): void {
    this.#note('power cut');
    this.#world.counters.add('crashes');
    this.#plan = null;
    this.#sendsLeft = null;
    this.stop();
    this.#world.schedule.after(downUs, () => {
      if (!this.isRunning) this.start();
    });
  }

  /** What a write left behind that never returned. */
  #settleDisk(): void {
    const settled = this.disk.settle();
    if (settled === null) return;
    this.#world.counters.add(settled === 'torn' ? 'torn turns dropped' : 'unnoticed turns kept');
    if (settled === 'torn') return this.#note('drops a torn turn');
    this.#note(`finds ${settled.map(describeEffect).join(', ')}`);
    this.#world.guard(() => this.#world.observer.onWritten(this, settled));
  }

  #write(turn: DurableTurn, apply: () => void): void {
    const plan = this.#plan;
    if (this.#diskFault !== null) {
      const { fault } = this.#diskFault;
      // A device that reports an error has perhaps written all the same.
      if (fault === 'io') this.disk.leave(tear(encodeTurn(turn), this.#world.crashDraw));
      throw diskError(fault);
    }
    if (plan?.when === 'before-write' || plan?.when === 'torn-write') {
      if (plan.when === 'torn-write') this.disk.leave(tear(encodeTurn(turn), this.#world.crashDraw));
      this.#powerOff(plan.downUs);
      throw new PowerCut();
    }
    apply();
    this.hardware.noteWrite();
    this.#world.counters.add('durable writes');
    this.#note(`writes ${turn.map(describeEffect).join(', ')}`);
    this.#world.guard(() => this.#world.observer.onWritten(this, turn));
    if (plan?.when === 'after-write') {
      this.#powerOff(plan.downUs);
    } else if (plan?.when === 'amid-sends') {
      this.#plan = null;
      this.#sendsLeft = 1 + this.#world.crashDraw.below(8);
      this.#downUs = plan.downUs;
    }
    if (this.#sleepPlan !== null) this.sleep('now', this.#sleepPlan);
  }

  #outgoing(to: PeerText, payload: Uint8Array): readonly Uint8Array[] {
    const world = this.#world;
    if (this.#isHalted) world.guard(() => this.#fail('it speaks after it halted'));
    if (this.#sendsLeft !== null && --this.#sendsLeft === 0) {
      this.#powerOff(this.#downUs);
      return [];
    }
    const message = world.wire.meaningOf(payload);
    const corrupted = this.#actor?.outgoing(world.indexOf(to), message);
    const messages = corrupted ?? [message];
    return messages.map((leaving) =>
      this.#show(world.indexOf(to), leaving, leaving === message ? payload : world.wire.encode(leaving)),
    );
  }

  /** The observer sees everything that leaves. */
  #show(to: number, message: Message, bytes: Uint8Array): Uint8Array {
    const world = this.#world;
    world.guard(() => world.observer.onSend(this, message, bytes));
    world.onSent(this, to, message);
    return bytes;
  }

  #tools(): ActorTools {
    const world = this.#world;
    return {
      index: this.index,
      keys: this.keys,
      chainId: world.chainId,
      draw: world.drawFor(`actor ${this.index}`),
      peers: Array.from({ length: world.count }, (_, index) => index).filter((index) => index !== this.index),
      committeeIndex: (height) => world.observer.oracle.indexOf(height, this.publicKey),
      memberId: (height) => {
        const index = world.observer.oracle.indexOf(height, this.publicKey);
        return index === undefined ? undefined : world.observer.oracle.committee(height)?.[index]?.id;
      },
      committee: (height) => world.observer.oracle.committee(height) ?? [],
      after: (delayUs, run) => void world.schedule.after(delayUs, () => this.isRunning && run()),
      override: (decision) => this.#process?.override(decision),
      send: (to, message) => {
        const transport = this.#transport;
        if (transport === null) return;
        const bytes = this.#show(to, message, world.wire.encode(message));
        world.switchboard.post(transport, world.keyOf(to), bytes);
      },
    };
  }

  #incoming(from: PeerText, payload: Uint8Array): boolean {
    const message = this.#world.wire.meaningOf(payload);
    this.#world.onReceived(this, from, message);
    return this.#actor?.incoming?.(this.#world.indexOf(from), message) ?? true;
  }

  #publish(event: PublishEffect): void {
    this.#note(describeEvent(event));
    this.#world.guard(() => this.#world.observer.onPublish(this, event));
    this.#actor?.published?.(event);
  }

  /** A node halts because its disk fails, and says so; whatever else it reports is a bug. */
  #onError(message: string): void {
    const world = this.#world;
    if (this.#diskFault === null || this.#isHalted) return world.guard(() => this.#fail(message));
    const { fault, downUs } = this.#diskFault;
    this.#isHalted = true;
    world.counters.add(`halted: ${fault}`);
    this.#note(`halts: ${message}`);
    const incarnation = this.#incarnation;
    world.schedule.after(downUs, () => this.#incarnation === incarnation && this.repair());
  }

  #fail(message: string): never {
    throw new InvariantViolation('halted', `node ${this.index}: ${message}`);
  }

  #note(what: string): void {
    this.#world.note(what, this.name);
  }
}
