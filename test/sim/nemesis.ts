import type { SimulatedNetwork } from './network.ts';
import type { Profile } from './profiles.ts';
import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';

/** What a nemesis may do to machines; the world carries it out. */
export interface Machines {
  readonly count: number;
  isRunning(index: number): boolean;
  /**
   * Stops at once, or at the next durable write: just before it, just after it, or amid the sends that
   * follow. It starts again from its disk after `downUs`.
   */
  crash(index: number, when: CrashMoment, downUs: number): void;
  /** Starts whatever is down, and forgets crashes that have not happened yet. */
  recover(): void;
  note(what: string): void;
}

export const CRASH_MOMENTS = ['now', 'before-write', 'after-write', 'amid-sends'] as const;
export type CrashMoment = (typeof CRASH_MOMENTS)[number];

/** Changes the weather at random moments until it is told to stop: links, partitions, crashes. */
export class Nemesis {
  readonly #profile: Profile;
  readonly #network: SimulatedNetwork;
  readonly #machines: Machines;
  readonly #schedule: Schedule;
  readonly #draw: Draw;
  #stopped = false;

  constructor(
    profile: Profile,
    dependencies: { network: SimulatedNetwork; machines: Machines; schedule: Schedule; draw: Draw },
  ) {
    this.#profile = profile;
    this.#network = dependencies.network;
    this.#machines = dependencies.machines;
    this.#schedule = dependencies.schedule;
    this.#draw = dependencies.draw;
  }

  start(): void {
    this.#network.faults = this.#profile.drawLinks(this.#draw);
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

  #change(): void {
    const draw = this.#draw;
    const profile = this.#profile;
    const kind = draw.below(1000);
    const limits = [
      profile.partitionPermille,
      profile.oneWayPermille,
      profile.crashPermille,
      profile.crashAllPermille,
    ];
    const actions = [
      () => this.#partition(),
      () => this.#cutOneWay(),
      () => this.#crashOne(),
      () => this.#crashAll(),
    ];
    let limit = 0;
    for (const [i, permille] of limits.entries()) {
      limit += permille;
      if (kind < limit) return actions[i]!();
    }
    this.#network.heal();
    this.#network.faults = profile.drawLinks(draw);
    this.#machines.note('new weather, all links open');
  }

  #partition(): void {
    const parts = this.#draw.between(2, 3);
    const groups = Array.from({ length: this.#machines.count }, () => this.#draw.below(parts));
    this.#network.partition(groups);
    this.#machines.note(`partition ${groups.join('')}`);
  }

  #cutOneWay(): void {
    const from = this.#draw.below(this.#machines.count);
    const to = this.#draw.below(this.#machines.count);
    if (from === to) return;
    this.#network.cutOneWay(from, to);
    this.#machines.note(`one way ${from} -/-> ${to}`);
  }

  #crashOne(): void {
    this.#crash(this.#draw.below(this.#machines.count));
  }

  #crashAll(): void {
    for (let index = 0; index < this.#machines.count; index++) this.#crash(index);
  }

  #crash(index: number): void {
    if (!this.#machines.isRunning(index)) return;
    this.#machines.crash(index, this.#draw.pick(CRASH_MOMENTS), this.#draw.between(1, 3_000) * 1000);
  }
}
