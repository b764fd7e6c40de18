/**
 * One simulated computer: a key, a disk that survives, and the process of a node that does not. The process
 * is the node's real driver and core over simulated ports.
 */
import type { PublishEffect } from '../../src-main/core/effects.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { Command, Genesis, Hash, PeerText } from '../../src-main/core/types.ts';
import type { NodeFacade } from '../../src-main/node/facade.ts';
import type { Clock, DurableTurn } from '../../src-main/node/ports.ts';
import { describeEffect, describeEvent } from './describe.ts';
import type { Actor, ActorFactory, ActorTools } from './byzantine/tools.ts';
import type { Counters } from './counters.ts';
import type { ObservedNode, Observer } from './observer.ts';
import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';
import { SimulatedStore, type VirtualDisk } from './disk.ts';
import type { KeyPair } from './keys.ts';
import type { CrashMoment } from './nemesis.ts';
import { NodeProcess } from './process.ts';
import { SimulatedTransport, type Switchboard } from './transport.ts';
import { InvariantViolation } from './violation.ts';

/** What arrives within this time is one turn. */
const TURN_US = 50;

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
  decode(payload: Uint8Array): Message;
  encode(message: Message): Uint8Array;
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
  readonly #world: Surroundings;
  /** null: honest. */
  readonly #actor: Actor | null;
  /** Multiplies the delays of this machine's timers: above 1000 permille its clock is slow. */
  clockPermille = 1000;
  #process: NodeProcess | null = null;
  #transport: SimulatedTransport | null = null;
  /** Changes with each start: what an earlier process left behind in the schedule finds itself dead. */
  #incarnation = 0;
  #plan: { readonly when: CrashMoment; readonly downUs: number } | null = null;
  /** Sends until the power fails; null: it stays on. */
  #sendsLeft: number | null = null;
  #downUs = 0;

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

  get isOpening(): boolean {
    return this.#process?.isOpening ?? false;
  }

  start(): void {
    const world = this.#world;
    const incarnation = ++this.#incarnation;
    const isCurrent = (): boolean => this.#incarnation === incarnation;
    this.#note('starts');
    const store = new SimulatedStore(this.disk, (turn, apply) => {
      if (!isCurrent()) throw new PowerCut();
      this.#write(turn, apply);
    });
    const transport = new SimulatedTransport(
      { index: this.index, publicKey: this.keys.text },
      {
        switchboard: world.switchboard,
        tap: {
          outgoing: (to, payload) => (isCurrent() ? this.#outgoing(to, payload) : []),
          incoming: (from, payload) => isCurrent() && this.#incoming(from, payload),
        },
      },
    );
    this.#transport = transport;
    const draw = world.drawFor(`${this.name}/${incarnation}`);
    const { genesis, chainId, schedule } = world;
    this.#process = new NodeProcess(
      { genesis, chainId, keys: this.keys, draw },
      {
        store,
        transport,
        clock: this.#clock(isCurrent),
        defer: (callback) => void schedule.after(TURN_US, () => isCurrent() && callback()),
      },
      {
        onEvent: (event) => isCurrent() && this.#publish(event),
        onError: (message) => isCurrent() && world.guard(() => this.#fail(message)),
      },
    );
  }

  crash(when: CrashMoment, downUs: number): void {
    if (when === 'now') this.#powerOff(downUs);
    else this.#plan = { when, downUs };
  }

  cancelCrash(): void {
    this.#plan = null;
    this.#sendsLeft = null;
  }

  submit(ident: string, commands: readonly Command[]): boolean {
    return this.#process?.submit(ident, commands) ?? false;
  }

  /** Puts another disk in place of its own, while it is off. */
  replaceDisk(disk: VirtualDisk): void {
    this.disk = disk;
    this.#world.observer.onReplaced(this);
  }

  requestJoin(): void {
    this.facade?.requestJoin();
  }

  /** null while it is off, or not open yet. */
  get facade(): NodeFacade | null {
    return this.#process?.facade ?? null;
  }

  /** Stops the process for good. */
  stop(): void {
    this.#incarnation++;
    this.#process = null;
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

  #clock(isCurrent: () => boolean): Clock {
    const { schedule } = this.#world;
    return {
      nowMs: () => schedule.nowMs,
      schedule: (delayMs, callback) => {
        const event = schedule.after(delayMs * this.clockPermille, () => {
          if (isCurrent()) callback();
        });
        return () => {
          event.cancelled = true;
        };
      },
    };
  }

  #write(turn: DurableTurn, apply: () => void): void {
    const plan = this.#plan;
    if (plan?.when === 'before-write') {
      this.#powerOff(plan.downUs);
      throw new PowerCut();
    }
    apply();
    this.#note(`writes ${turn.map(describeEffect).join(', ')}`);
    this.#world.guard(() => this.#world.observer.onWritten(this, turn));
    if (plan?.when === 'after-write') {
      this.#powerOff(plan.downUs);
    } else if (plan?.when === 'amid-sends') {
      this.#plan = null;
      this.#sendsLeft = 1 + this.#world.crashDraw.below(8);
      this.#downUs = plan.downUs;
    }
  }

  #outgoing(to: PeerText, payload: Uint8Array): readonly Uint8Array[] {
    const world = this.#world;
    if (this.#sendsLeft !== null && --this.#sendsLeft === 0) {
      this.#powerOff(this.#downUs);
      return [];
    }
    const message = world.decode(payload);
    const corrupted = this.#actor?.outgoing(world.indexOf(to), message);
    const messages = corrupted ?? [message];
    return messages.map((leaving) =>
      this.#show(world.indexOf(to), leaving, leaving === message ? payload : world.encode(leaving)),
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
      send: (to, message) => {
        const transport = this.#transport;
        if (transport === null) return;
        const bytes = this.#show(to, message, world.encode(message));
        world.switchboard.post(transport, world.keyOf(to), bytes);
      },
    };
  }

  #incoming(from: PeerText, payload: Uint8Array): boolean {
    const message = this.#world.decode(payload);
    this.#world.onReceived(this, from, message);
    return this.#actor?.incoming?.(this.#world.indexOf(from), message) ?? true;
  }

  #publish(event: PublishEffect): void {
    this.#note(describeEvent(event));
    this.#world.guard(() => this.#world.observer.onPublish(this, event));
  }

  #fail(message: string): void {
    throw new InvariantViolation('halted', `node ${this.index}: ${message}`);
  }

  #note(what: string): void {
    this.#world.note(what, this.name);
  }
}
