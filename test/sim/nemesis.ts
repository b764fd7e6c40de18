import type { Actions } from './actions.ts';
import type { DiskFault } from './disk.ts';
import { DISK_LOSSES, type ForgetfulMachine, type Forgetting } from './forgetting.ts';
import type { LinkFaults, SimulatedNetwork } from './network.ts';
import type { Profile } from './profiles.ts';
import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';

export interface FailingMachine {
  /** Every write fails; the node is started again, on a disk that works, `downUs` after it halted. */
  failDisk(fault: DiskFault, downUs: number): void;
}

/** What a nemesis may do to machines; the world carries it out. */
export interface Machines {
  readonly count: number;
  readonly machines: readonly (ForgetfulMachine & FailingMachine)[];
  isRunning(index: number): boolean;
  /**
   * Stops at once, or at the next durable write: just before it, amid it, just after it, or amid the sends that
   * follow. It starts again from its disk after `downUs`.
   */
  crash(index: number, when: CrashMoment, downUs: number): void;
  /** Starts whatever is down or halted, and forgets crashes that have not happened yet. */
  recover(): void;
  note(what: string): void;
}

export const CRASH_MOMENTS = ['now', 'before-write', 'torn-write', 'after-write', 'amid-sends'] as const;
export type CrashMoment = (typeof CRASH_MOMENTS)[number];

const DISK_FAULTS: readonly DiskFault[] = ['disk-full', 'io'];

/** Changes the weather at random moments until it is told to stop: links, partitions, crashes, disks. */
export class Nemesis {
  readonly #profile: Profile;
  readonly #network: SimulatedNetwork;
  readonly #machines: Machines;
  readonly #actions: Actions;
  readonly #forgetting: Forgetting;
  readonly #schedule: Schedule;
  readonly #draw: Draw;
  /** At most one member forgets: more than a third of the stake without memory is more than the protocol survives. */
  readonly #forgetful: number;
  #count = 0;
  #stopped = false;

  constructor(
    profile: Profile,
    dependencies: {
      network: SimulatedNetwork;
      machines: Machines;
      actions: Actions;
      forgetting: Forgetting;
      schedule: Schedule;
      draw: Draw;
    },
  ) {
    this.#profile = profile;
    this.#network = dependencies.network;
    this.#machines = dependencies.machines;
    this.#actions = dependencies.actions;
    this.#forgetting = dependencies.forgetting;
    this.#schedule = dependencies.schedule;
    this.#draw = dependencies.draw;
    this.#forgetful = profile.forgetPermille > 0 ? this.#node() : -1;
  }

  start(): void {
    const faults = this.#profile.drawLinks(this.#draw);
    this.#act('links', describeLinks(faults), () => (this.#network.faults = faults));
    if (this.#profile.weatherEveryMs > 0) this.#wait();
  }

  /** Heals the links and starts every machine that is down. */
  stop(): void {
    this.#stopped = true;
    this.#network.heal();
    this.#machines.recover();
    this.#machines.note('healed');
  }

  #wait(): void {
    const delayUs = this.#draw.between(1, 2 * this.#profile.weatherEveryMs) * 1000;
    this.#schedule.after(delayUs, () => {
      if (this.#stopped) return;
      this.#change();
      this.#wait();
    });
  }

  /** Draws the same numbers whatever state the machines are in, so that one action less leaves the others. */
  #change(): void {
    const {
      partitionPermille,
      oneWayPermille,
      crashPermille,
      crashAllPermille,
      diskPermille,
      forgetPermille,
    } = this.#profile;
    const actions: readonly (readonly [number, () => void])[] = [
      [partitionPermille, () => this.#partition()],
      [oneWayPermille, () => this.#cutOneWay()],
      [crashPermille, () => this.#crashOne()],
      [crashAllPermille, () => this.#crashAll()],
      [diskPermille, () => this.#failDisk()],
      [forgetPermille, () => this.#forget()],
    ];
    const kind = this.#draw.below(1000);
    let limit = 0;
    for (const [permille, action] of actions) {
      limit += permille;
      if (kind < limit) return action();
    }
    const faults = this.#profile.drawLinks(this.#draw);
    this.#act('links', `all links open, ${describeLinks(faults)}`, () => {
      this.#network.heal();
      this.#network.faults = faults;
    });
  }

  #partition(): void {
    const parts = this.#draw.between(2, 3);
    const groups = Array.from({ length: this.#machines.count }, () => this.#draw.below(parts));
    this.#act('partition', `partition ${groups.join('')}`, () => this.#network.partition(groups));
  }

  #cutOneWay(): void {
    const [from, to] = [this.#node(), this.#node()];
    if (from !== to)
      this.#act('one-way', `one way ${from} -/-> ${to}`, () => this.#network.cutOneWay(from, to));
  }

  #crashOne(): void {
    const crash = this.#drawCrash(this.#node());
    this.#act('crash', crash.what, crash.carryOut);
  }

  #crashAll(): void {
    const crashes = Array.from({ length: this.#machines.count }, (_, index) => this.#drawCrash(index));
    const what = `all lose power: ${crashes.map((crash) => crash.what).join('; ')}`;
    this.#act('crash-all', what, () => crashes.forEach(({ carryOut }) => carryOut()));
  }

  #failDisk(): void {
    const [index, fault, downMs] = [
      this.#node(),
      this.#draw.pick(DISK_FAULTS),
      this.#draw.between(100, 3_000),
    ];
    this.#act('disk', `the disk of n${index} fails (${fault}) for ${downMs} ms`, () => {
      if (this.#machines.isRunning(index)) this.#machines.machines[index]!.failDisk(fault, downMs * 1000);
    });
  }

  #forget(): void {
    const [index, loss, downMs] = [
      this.#forgetful,
      this.#draw.pick(DISK_LOSSES),
      this.#draw.between(1, 3_000),
    ];
    this.#act('forget', `n${index} loses power for ${downMs} ms and forgets (${loss})`, () => {
      if (this.#machines.isRunning(index))
        this.#forgetting.forget(this.#machines.machines[index]!, loss, downMs * 1000);
    });
  }

  #drawCrash(index: number): { readonly what: string; readonly carryOut: () => void } {
    const [moment, downMs] = [this.#draw.pick(CRASH_MOMENTS), this.#draw.between(1, 3_000)];
    return {
      what: `n${index} loses power (${moment}) for ${downMs} ms`,
      carryOut: () => {
        if (this.#machines.isRunning(index)) this.#machines.crash(index, moment, downMs * 1000);
      },
    };
  }

  #node(): number {
    return this.#draw.below(this.#machines.count);
  }

  #act(kind: string, what: string, carryOut: () => void): void {
    this.#actions.act(`${kind} ${this.#count++}`, what, carryOut);
  }
}

function describeLinks(faults: LinkFaults): string {
  const { lossPermille, duplicatePermille, minDelayUs, maxDelayUs, strayPermille } = faults;
  const share = (permille: number): string => `${permille / 10} %`;
  const delay = `${minDelayUs / 1000}-${maxDelayUs / 1000} ms`;
  const strays = strayPermille === 0 ? '' : `, ${share(strayPermille)} strays`;
  return `links lose ${share(lossPermille)}, double ${share(duplicatePermille)}, take ${delay}${strays}`;
}
