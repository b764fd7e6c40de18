import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ArenaName } from '../sim/arenas.ts';
import { KEEPS_COMPILED } from '../sim/compiled.ts';
import { PROFILE_NAMES, type ProfileName } from '../sim/profiles.ts';
import { World, type Outcome, type RunOptions } from '../sim/world.ts';

const SIMULATOR = fileURLToPath(new URL('../sim/run.ts', import.meta.url));
const ARENA_PROCESS = fileURLToPath(new URL('../sim/arena-process.ts', import.meta.url));

/** Every size in which a siege takes place, with so many seeds of each, under SIM_MATRIX=full; hours of work. */
const SIZES = [1, 2, 3, 4, 5, 7, 10, 16, 64, 100];
const FULL_SEEDS = 10;
const LARGE_NODES = 32;
const isFull = process.env['SIM_MATRIX'] === 'full';
const QUICK_SIZES = [1, 2, 3, 4, 5];

/** Fails with the seed, the invariant and the end of the trace. */
export function expectSound(outcome: Outcome, where?: string): void {
  const { failure, seed, nodes, profile } = outcome;
  if (failure === null) return;
  const command = `npm run sim -- --seed ${seed} ${where ?? `--nodes ${nodes} --profile ${profile}`} --explain`;
  expect.fail(
    `${failure.what}\nseed ${seed}, ${nodes} nodes, ${profile}; try ${command}\n${failure.tail.join('\n')}`,
  );
}

/** Plays a scripted scenario; what the script promises beyond the invariants it expects itself. */
export async function playSound(
  options: RunOptions,
  script: (world: World) => Promise<unknown>,
): Promise<Outcome> {
  const world = new World(options);
  const outcome = await world.play(async () => {
    await script(world);
    return 0;
  });
  expectSound(outcome);
  return outcome;
}

/**
 * A campaign over seeds from `firstSeed` on, as `npm run sim` runs it, in processes of their own: what Node runs
 * unchanged is twice as fast as what the test runner has transformed. Returns the sums of the counters.
 */
export async function runCampaign(
  nodes: number,
  firstSeed: number,
  seeds: Readonly<Partial<Record<ProfileName, number>>>,
): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  const runs = PROFILE_NAMES.flatMap((profile) => {
    const count = seeds[profile];
    if (count === undefined) return [];
    const args = { seed: firstSeed, seeds: count, nodes, profile };
    return [runSimulator(Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]))];
  });
  for (const output of await Promise.all(runs)) {
    for (const [name, count] of countersOf(output)) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}

/** Runs of an arena with its faulty members, in a process of their own; the sums of the counters. */
export async function runArena(
  name: ArenaName,
  firstSeed: number,
  seeds: number,
): Promise<Map<string, number>> {
  return countersOf(
    await runSimulator(['--arena', name, '--seed', String(firstSeed), '--seeds', String(seeds)]),
  );
}

/**
 * An arena in several sizes from `least` on, equal and random stakes as the seed draws them; the sums of the counters.
 * All keep every invariant at every event, and everything commits after healing.
 */
export async function besiege(
  name: ArenaName,
  settings: {
    readonly sizes?: readonly number[];
    readonly seeds?: number;
    readonly least?: number;
  } = {},
): Promise<Map<string, number>> {
  const { sizes = QUICK_SIZES, seeds = 1, least = 1 } = settings;
  const all = isFull ? SIZES.filter((size) => size >= least) : sizes;
  const runs = all.flatMap((nodes) => {
    const count = !isFull ? seeds : nodes > LARGE_NODES ? 1 : Math.max(seeds, FULL_SEEDS);
    return Array.from({ length: count }, (_, i) => ({ nodes, seed: 100 * nodes + i }));
  });
  const output = await runProcess(ARENA_PROCESS, [
    name,
    ...runs.map(({ nodes, seed }) => `${nodes}:${seed}`),
  ]);
  const sums = new Map<string, number>();
  for (const [index, outcome] of (JSON.parse(output) as Outcome[]).entries()) {
    expectSound(outcome, `--arena ${name} --nodes ${runs[index]!.nodes}`);
    for (const [counter, count] of Object.entries(outcome.counters))
      sums.set(counter, (sums.get(counter) ?? 0) + count);
  }
  return sums;
}

function countersOf(output: string): Map<string, number> {
  return new Map(Object.entries(JSON.parse(output.slice(output.lastIndexOf('{'))) as Record<string, number>));
}

/** Its standard output; rejects with it when a seed failed. */
function runSimulator(args: readonly string[]): Promise<string> {
  return runProcess(SIMULATOR, args);
}

export function runProcess(script: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, env: KEEPS_COMPILED };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${args.join(' ')}\n${stderr}${withoutSuccesses(stdout)}`));
    });
  });
}

function withoutSuccesses(output: string): string {
  const lines = output.split('\n').filter((line) => !/^seed .*: ok,/.test(line));
  return lines.join('\n');
}
