/** The explanation of a failed run: the same seed with as few actions as still break the same invariant. */
import type { Action } from './actions.ts';
import { minimise } from './minimise.ts';
import { narrate, type Focus } from './narrative.ts';
import { Recorder } from './recorder.ts';
import type { InvariantName } from './violation.ts';
import { campaign, World, type Outcome, type RunOptions } from './world.ts';

/** Each is a run of the same seed. */
const MAX_RUNS = 300;

export interface Explanation {
  readonly invariant: InvariantName;
  readonly what: string;
  /** How many actions the run had, and those that are left. */
  readonly before: number;
  readonly actions: readonly Action[];
  readonly runs: number;
  readonly lines: readonly string[];
}

/** null: this seed does not fail. */
export async function explain(options: RunOptions): Promise<Explanation | null> {
  const { outcome, world } = await play(options);
  if (outcome.failure === null) return null;
  const { invariant } = outcome.failure;
  const all = world.actions.done;
  const without = (kept: readonly Action[]): RunOptions => {
    const ids = new Set(kept.map(({ id }) => id));
    return { ...options, without: (id) => !ids.has(id) };
  };
  const stillFails = async (kept: readonly Action[]): Promise<boolean> => {
    const { failure } = (await play(without(kept))).outcome;
    return failure?.invariant === invariant;
  };
  const { actions, runs } = await minimise(all, stillFails, MAX_RUNS);
  const least = await play(without(actions), true);
  const { what } = least.outcome.failure!;
  const lines = narrate(least.recorder!.happenings, focusOf(least.world, least.recorder!, invariant));
  return { invariant, what, before: all.length, actions, runs, lines };
}

interface Played {
  readonly outcome: Outcome;
  readonly world: World;
  readonly recorder: Recorder | null;
}

async function play(options: RunOptions, isRecorded = false): Promise<Played> {
  let world: World | null = null;
  const heightOf = (node: number): number => (world?.machines[node]?.disk.tip.height ?? 1) + 1;
  const recorder = isRecorded ? new Recorder(heightOf) : null;
  world = new World({ ...options, ...(recorder === null ? {} : { recorder }) });
  return { outcome: await world.play(campaign), world, recorder };
}

/** A promise is broken by the node that moved last; who does not go on (I10) is whoever stands lowest. */
function focusOf(world: World, recorder: Recorder, invariant: InvariantName): Focus {
  const last = recorder.happenings.findLast(({ node }) => node !== null)?.node ?? 0;
  const tipOf = (index: number): number => world.machines[index]!.disk.tip.height;
  const lowest = Math.min(...world.honest.map(({ index }) => tipOf(index)));
  const nodes =
    invariant === 'I10'
      ? world.honest.map(({ index }) => index).filter((index) => tipOf(index) === lowest)
      : [last];
  const heights = nodes.flatMap((index) => [tipOf(index), tipOf(index) + 1]);
  return { nodes: new Set(nodes), heights: new Set(heights) };
}

export function printExplanation(explanation: Explanation, print: (line: string) => void): void {
  const { what, before, actions, runs, lines } = explanation;
  print(what);
  print(`of ${before} faults and submissions ${actions.length} are needed (${runs} runs):`);
  for (const { atUs, what: done } of actions) print(`${(atUs / 1000).toFixed(3).padStart(12)} ${done}`);
  print('what led to it, in milliseconds; h/v is height and view:');
  for (const line of lines) print(line);
  print(`${' '.repeat(12)} ${what}`);
}
