/**
 * What is done to a run from outside (faults of the nemesis, load of the clients), one by one: so that a failing run
 * can be repeated without some of it.
 */
import type { Counters } from './counters.ts';
import type { Schedule } from './schedule.ts';

export interface Action {
  /** Its kind and its number: `partition 3`. */
  readonly id: string;
  readonly atUs: number;
  readonly what: string;
}

export class Actions {
  /** What was done, in order. */
  readonly done: Action[] = [];
  readonly #without: (id: string) => boolean;
  readonly #schedule: Schedule;
  readonly #counters: Counters;
  readonly #note: (what: string) => void;

  constructor(
    options: { readonly without: ((id: string) => boolean) | undefined },
    dependencies: {
      readonly schedule: Schedule;
      readonly counters: Counters;
      readonly note: (what: string) => void;
    },
  ) {
    this.#without = options.without ?? (() => false);
    this.#schedule = dependencies.schedule;
    this.#counters = dependencies.counters;
    this.#note = dependencies.note;
  }

  /** Notes the action and carries it out, unless this run is to go without it. */
  act(id: string, what: string, carryOut: () => void): void {
    if (this.#without(id)) return;
    this.#counters.add(`action ${id.slice(0, id.indexOf(' '))}`);
    this.done.push({ id, atUs: this.#schedule.nowUs, what });
    this.#note(what);
    carryOut();
  }
}
