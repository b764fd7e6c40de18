/**
 * What is done to a run from outside (faults of the nemesis, load of the clients), one by one: so that a failing run
 * can be repeated without some of it.
 */
import type { Schedule } from './schedule.ts';

export interface Action {
  readonly id: string;
  readonly atUs: number;
  readonly what: string;
}

export class Actions {
  /** What was done, in order. */
  readonly done: Action[] = [];
  readonly #without: ReadonlySet<string>;
  readonly #schedule: Schedule;
  readonly #note: (what: string) => void;

  constructor(
    options: { readonly without: ReadonlySet<string> | undefined },
    dependencies: { readonly schedule: Schedule; readonly note: (what: string) => void },
  ) {
    this.#without = options.without ?? new Set();
    this.#schedule = dependencies.schedule;
    this.#note = dependencies.note;
  }

  /** Notes the action and carries it out, unless this run is to go without it. */
  act(id: string, what: string, carryOut: () => void): void {
    if (this.#without.has(id)) return;
    this.done.push({ id, atUs: this.#schedule.nowUs, what });
    this.#note(what);
    carryOut();
  }
}
