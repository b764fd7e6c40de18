import type { Command } from '../../src-main/core/types.ts';
import type { Actions } from './actions.ts';
import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';

/** Submits to a node; false when the node is down. */
export type Submit = (index: number, ident: string, commands: readonly Command[]) => boolean;

/** Random clients: small records of their own name space at random nodes, now and then a burst, until told to stop. */
export class Clients {
  readonly #nodes: number;
  readonly #everyMs: number;
  readonly #schedule: Schedule;
  readonly #draw: Draw;
  readonly #actions: Actions;
  readonly #submit: Submit;
  #count = 0;
  #stopped = false;

  constructor(
    options: { readonly nodes: number; readonly everyMs: number },
    dependencies: {
      readonly schedule: Schedule;
      readonly draw: Draw;
      readonly actions: Actions;
      readonly submit: Submit;
    },
  ) {
    this.#nodes = options.nodes;
    this.#everyMs = options.everyMs;
    this.#schedule = dependencies.schedule;
    this.#draw = dependencies.draw;
    this.#actions = dependencies.actions;
    this.#submit = dependencies.submit;
  }

  start(): void {
    this.#schedule.after(this.#draw.between(1, 2 * this.#everyMs) * 1000, () => {
      if (this.#stopped) return;
      const burst = this.#draw.chance(100) ? this.#draw.between(2, 20) : 1;
      for (let i = 0; i < burst; i++) this.#one();
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #one(): void {
    const ident = `t${++this.#count}`;
    const ns = `test:record:r${this.#draw.below(20)}`;
    const d = 'x'.repeat(
      this.#draw.chance(50) ? this.#draw.between(1_000, 8_000) : this.#draw.between(1, 60),
    );
    const index = this.#draw.below(this.#nodes);
    this.#actions.act(
      `client ${this.#count}`,
      `a client gives n${index} ${ident} (${d.length} characters)`,
      () => this.#submit(index, ident, [{ kind: 'data', ns, d }]),
    );
  }
}
