/**
 * A run: machines, network, nemesis, clients and observer under one virtual clock. First a time of faults and
 * load, then everything heals: all that was accepted must commit everywhere, and then the network must fall
 * silent.
 */
import { toText } from '../../src-main/core/bytes.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { Command, Genesis, Hash, PeerText } from '../../src-main/core/types.ts';
import { simulatorCrypto } from './crypto.ts';
import { decodeLedgerState } from '../../src-main/ledger/state.ts';
import { genesisBlock } from '../../src-main/node/diva-node.ts';
import { Actions } from './actions.ts';
import type { ActorFactory } from './byzantine/tools.ts';
import { Clients, type Submit } from './client.ts';
import { Counters } from './counters.ts';
import { describeMessage } from './describe.ts';
import { VirtualDisk } from './disk.ts';
import { Forgetting } from './forgetting.ts';
import { found } from './founding.ts';
import { Machine, type Surroundings } from './machine.ts';
import { Memories } from './memory.ts';
import { Nemesis, type CrashMoment, type Machines } from './nemesis.ts';
import { SimulatedNetwork } from './network.ts';
import { Observer } from './observer.ts';
import { PROFILES, type Profile, type ProfileName } from './profiles.ts';
import { drawFrom, type Draw } from './random.ts';
import type { Recorder } from './recorder.ts';
import { Schedule } from './schedule.ts';
import { listenToSilence } from './silence.ts';
import { Trace } from './trace.ts';
import { Switchboard } from './transport.ts';
import { InvariantViolation, type InvariantName } from './violation.ts';
import { Wire } from './wire.ts';

/** I10: after healing, every accepted transaction commits on every node within this virtual time. */
const CONVERGENCE_MS = 120_000;
/** So often what was promised in the meantime is settled, and forgotten. */
const EVENTS_PER_BREATH = 64;

/** Begins when the faults begin; what it returns ends it, and puts right what does not mend by itself. */
export type Trouble = (world: World) => () => void;

export interface RunOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly profile: ProfileName | Profile;
  /** Stakes of the genesis; all 1 unless told. */
  readonly stakes?: readonly number[];
  /** Faulty nodes, by index. */
  readonly actors?: ReadonlyMap<number, ActorFactory>;
  /** With the parameters of a network over several machines, and its way of raising newcomers. */
  readonly isShared?: boolean;
  /** The last so many nodes are no members yet; they start when the script says so. */
  readonly joiners?: number;
  /** Machines that run under the key of another one, which is faulty like them. */
  readonly twins?: ReadonlyMap<number, number>;
  /** Members that never come. */
  readonly absent?: readonly number[];
  /** What befalls the network besides the weather. */
  readonly troubles?: readonly Trouble[];
  /** Prints every line of the trace as it comes. */
  readonly echo?: (line: string) => void;
  /** Whether this run goes without an action of nemesis or clients, by its id. */
  readonly without?: (id: string) => boolean;
  /** Gets everything that happens. */
  readonly recorder?: Recorder;
}

export interface Outcome {
  readonly seed: number;
  readonly nodes: number;
  readonly profile: string;
  readonly failure: {
    readonly invariant: InvariantName;
    readonly what: string;
    readonly tail: readonly string[];
  } | null;
  readonly blocks: number;
  readonly events: number;
  readonly virtualMs: number;
  /** From healing until everything accepted was committed everywhere. */
  readonly convergenceMs: number;
  readonly counters: Readonly<Record<string, number>>;
  /** SHA-256 over the whole trace. */
  readonly trace: string;
}

/** The members in one state, and which honest machines they are. */
interface Present {
  readonly snapshot: Uint8Array;
  readonly keys: ReadonlySet<PeerText>;
  readonly machines: readonly Machine[];
}

export class World implements Machines, Surroundings {
  readonly schedule = new Schedule();
  readonly counters = new Counters();
  readonly wire = new Wire();
  readonly network: SimulatedNetwork;
  readonly switchboard: Switchboard;
  readonly observer: Observer;
  readonly genesis: Genesis;
  readonly chainId: Hash;
  readonly machines: readonly Machine[];
  readonly crashDraw: Draw;
  readonly profile: Profile;
  readonly actions: Actions;
  readonly #options: RunOptions;
  readonly #trace: Trace;
  readonly #nemesis: Nemesis;
  readonly #clients: Clients;
  readonly #indices: ReadonlyMap<PeerText, number>;
  readonly #joined = new Set<number>();
  #violation: InvariantViolation | null = null;
  readonly #memories: Memories;
  #present: Present | null = null;
  /** Whether some machine was started, and may not be open yet. */
  #isStarting = false;
  #events = 0;
  #submitted = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.profile = typeof options.profile === 'string' ? PROFILES[options.profile] : options.profile;
    this.#trace = new Trace(options.echo ?? null);
    this.crashDraw = this.drawFor('crash');
    this.network = new SimulatedNetwork(this.drawFor('network'), this.schedule);
    this.switchboard = new Switchboard(this.network, this.schedule);
    const { keys, genesis } = found(options, (purpose) => this.drawFor(purpose));
    // Of twins the first one gives the name.
    this.#indices = new Map(keys.map(({ text }, index) => [text, index] as const).reverse());
    this.genesis = genesis;
    const { chainId, genesisBytes, snapshot } = genesisBlock(this.genesis, simulatorCrypto);
    this.chainId = chainId;
    const lowestTip = (): number => Math.min(...this.honest.map((machine) => machine.disk.tip.height));
    this.observer = new Observer({ chainId, crypto: simulatorCrypto, counters: this.counters, lowestTip });
    this.observer.onGenesis(snapshot);
    this.machines = keys.map((pair, index) => {
      const disk = new VirtualDisk(genesisBytes, { height: 1, hash: chainId, snapshot });
      return new Machine(index, pair, disk, this, options.actors?.get(index));
    });
    this.#memories = new Memories(this.machines, this.counters);
    const { schedule, network, observer, counters } = this;
    const note = (what: string): void => this.note(what);
    this.actions = new Actions({ without: options.without }, { schedule, counters, note });
    const forgetting = new Forgetting({ observer, counters, note });
    const draw = this.drawFor('nemesis');
    const around = { network, machines: this, actions: this.actions, schedule };
    this.#nemesis = new Nemesis(this.profile, { ...around, forgetting, draw });
    const submit: Submit = (index, ident, commands) => this.submit(index, ident, commands);
    this.#clients = new Clients(
      { nodes: options.nodes, everyMs: this.profile.submitEveryMs },
      { schedule, draw: this.drawFor('clients'), actions: this.actions, submit },
    );
  }

  // ---- the parts of a run; scenarios use them one by one ----

  /** Starts a machine that waited for it. */
  bring(index: number): void {
    this.#joined.add(index);
    if (!this.isRunning(index)) this.machines[index]!.start();
  }

  /** Starts a node that is no member yet, and lets it ask to become one. */
  async join(index: number): Promise<void> {
    this.bring(index);
    await this.advance(100);
    this.machines[index]!.requestJoin();
  }

  async start(): Promise<void> {
    this.recover();
    await this.#settle();
  }

  /** Faults and load for the profile's time. */
  async weather(): Promise<void> {
    const endings = (this.#options.troubles ?? []).map((begin) => begin(this));
    this.#nemesis.start();
    this.#clients.start();
    await this.advance(this.profile.faultyMs);
    this.#clients.stop();
    for (const end of endings) end();
    this.#nemesis.stop();
  }

  /** Runs on for so much virtual time; throws the first violation. */
  async advance(durationMs: number): Promise<void> {
    await this.advanceUntil(() => false, durationMs);
  }

  /** Runs on until the condition holds or the time is over; whether it held. */
  async advanceUntil(condition: () => boolean, durationMs: number): Promise<boolean> {
    const endUs = this.schedule.nowUs + durationMs * 1000;
    await this.#settle();
    while (!condition()) {
      if (!this.schedule.runNext(endUs)) return condition();
      this.#events++;
      this.#memories.onEvent();
      // Nobody else in a run waits for a promise; awaiting takes as long as a small event.
      const isAwaited = this.machines.some((machine) => machine.isOpening || machine.isOnFastWay);
      if (this.#events % EVENTS_PER_BREATH === 0 || isAwaited) await this.#settle();
      if (this.#violation !== null) throw this.#violation;
    }
    return true;
  }

  /** I10: everything accepted commits everywhere, and all honest nodes stand at one height. */
  async converge(): Promise<number> {
    const beganMs = this.schedule.nowMs;
    // What was submitted just now is accepted or refused first.
    await this.advance(1);
    if (await this.advanceUntil(() => this.isConverged(), CONVERGENCE_MS))
      return this.schedule.nowMs - beganMs;
    const heights = this.machines.map((machine) => machine.disk.tip.height).join(' ');
    const waiting = [...this.observer.waiting].slice(0, 3).map((key) => key.slice(0, 6) + key.slice(43));
    const count = `${this.observer.waiting.size} waiting ${waiting.join(' ')}`;
    const what = `after ${CONVERGENCE_MS} ms without faults: heights ${heights}, ${count}`;
    throw new InvariantViolation('I10', what);
  }

  /** Who has to keep the promises. */
  get honest(): readonly Machine[] {
    return this.machines.filter((machine) => machine.isHonest && !this.#isAbsent(machine.index));
  }

  isConverged(): boolean {
    const { keys, machines: present } = this.#presentMembers();
    // What a member accepted and did not say before it was removed is gone with it.
    for (const key of this.observer.waiting) if (keys.has(key.slice(0, key.indexOf('/')))) return false;
    const height = present[0]!.disk.tip.height;
    return present.every((machine) => machine.disk.tip.height === height && machine.disk.queue.size === 0);
  }

  /** I11: nothing but STATUS, and not often. */
  listenToSilence(): Promise<void> {
    return listenToSilence(this);
  }

  /** Runs `script` against this world and says what became of it. */
  async play(script: (world: World) => Promise<number>): Promise<Outcome> {
    let convergenceMs = 0;
    let failure: Outcome['failure'] = null;
    try {
      convergenceMs = await script(this);
      const [changed] = this.wire.changed();
      if (changed !== undefined)
        throw new InvariantViolation('halted', `a node changed a ${changed.type} that it received`);
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      failure = { invariant: error.invariant, what: error.message, tail: this.#trace.tail(60) };
    }
    for (const machine of this.machines) machine.stop();
    return {
      seed: this.#options.seed,
      nodes: this.machines.length,
      profile: this.profile.name,
      failure,
      blocks: this.counters.get('blocks'),
      events: this.#events,
      virtualMs: Math.round(this.schedule.nowMs),
      convergenceMs: Math.round(convergenceMs),
      counters: this.counters.all(),
      trace: this.#trace.digest(),
    };
  }

  submit(index: number, ident: string, commands: readonly Command[]): boolean {
    const sent = this.machines[index]!.submit(ident, commands);
    if (sent) this.#submitted++;
    return sent;
  }

  /** One small record at a node, with an ident of its own. */
  submitRecord(index: number): void {
    const ident = `r${this.#submitted}`;
    this.submit(index, ident, [{ kind: 'data', ns: 'test:record:one', d: ident }]);
  }

  // ---- what machines and actors need ----

  drawFor(purpose: string): Draw {
    return drawFrom(this.#options.seed, purpose);
  }

  indexOf(peer: PeerText): number {
    return this.#indices.get(peer) ?? -1;
  }

  keyOf(index: number): PeerText {
    return this.machines[index]!.keys.text;
  }

  /** What a message means, for scenarios that look on. */
  decode(payload: Uint8Array): Message {
    return this.wire.meaningOf(payload);
  }

  /** What honest nodes say to each other; a faulty one may provoke answers. */
  onSent(machine: Machine, to: number, message: Message): void {
    this.#recorder?.passed('send', this.schedule.nowUs, machine.index, to, message);
    if (machine.isHonest && this.machines[to]?.isHonest) this.counters.add(`sent ${message.type}`);
  }

  onStarted(): void {
    this.#isStarting = true;
  }

  onReceived(machine: Machine, from: PeerText, message: Message): void {
    this.note(`<- n${this.indexOf(from)} ${describeMessage(message)}`, machine.name);
    this.#recorder?.passed('receive', this.schedule.nowUs, machine.index, this.indexOf(from), message);
  }

  /** Runs a check; the first violation ends the run, whatever the node does with the exception. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      this.#violation ??= error;
    }
  }

  get #recorder(): Recorder | undefined {
    return this.#violation === null ? this.#options.recorder : undefined;
  }

  note(what: string, who = '***'): void {
    if (this.#violation === null) this.#trace.add(this.schedule.nowUs, who, what);
    this.#recorder?.note(this.schedule.nowUs, who, what);
  }

  // ---- Machines, for the nemesis ----

  get count(): number {
    return this.#options.nodes;
  }

  isRunning(index: number): boolean {
    return this.machines[index]!.isRunning;
  }

  crash(index: number, when: CrashMoment, downUs: number): void {
    this.machines[index]!.crash(when, downUs);
  }

  recover(): void {
    for (const machine of this.machines) {
      machine.cancelCrash();
      machine.repair();
      machine.wake();
      if (!machine.isRunning && !this.#isAbsent(machine.index)) machine.start();
    }
  }

  /** Lets the few promises of the driver run: virtual time stands still until a node that was started is open. */
  async #settle(): Promise<void> {
    do await Promise.resolve();
    while (this.#isOpening());
  }

  #isOpening(): boolean {
    this.#isStarting &&= this.machines.some((machine) => machine.isOpening);
    return this.#isStarting;
  }

  #isAbsent(index: number): boolean {
    const { absent = [], joiners = 0, nodes } = this.#options;
    return absent.includes(index) || (index >= nodes - joiners && !this.#joined.has(index));
  }

  /** Honest members in the state of the highest tip: who was removed is told nothing more. */
  #presentMembers(): Present {
    const [highest] = [...this.honest].sort((a, b) => b.disk.tip.height - a.disk.tip.height);
    const { snapshot } = highest!.disk.tip;
    if (this.#present?.snapshot !== snapshot) {
      const members = new Set(decodeLedgerState(snapshot).members.map(({ publicKey }) => toText(publicKey)));
      const machines = this.honest.filter((machine) => members.has(machine.keys.text));
      this.#present = { snapshot, keys: members, machines };
    }
    return this.#present;
  }
}

/** The script of a campaign: faults and load, healing, convergence, silence. */
export async function campaign(world: World): Promise<number> {
  await world.start();
  await world.weather();
  const convergenceMs = await world.converge();
  await world.listenToSilence();
  return convergenceMs;
}

/** One whole run of one seed. */
export function runSeed(options: RunOptions): Promise<Outcome> {
  return new World(options).play(campaign);
}
