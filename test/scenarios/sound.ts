import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ArenaName } from '../sim/arenas.ts';
import { PROFILE_NAMES, type ProfileName } from '../sim/profiles.ts';
import { World, type Outcome, type RunOptions } from '../sim/world.ts';

const SIMULATOR = fileURLToPath(new URL('../sim/run.ts', import.meta.url));

/** Fails with the seed, the invariant and the end of the trace. */
export function expectSound(outcome: Outcome): void {
  const { failure, seed, nodes, profile } = outcome;
  if (failure === null) return;
  const command = `npm run sim -- --seed ${seed} --nodes ${nodes} --profile ${profile} --explain`;
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

function countersOf(output: string): Map<string, number> {
  return new Map(Object.entries(JSON.parse(output.slice(output.lastIndexOf('{'))) as Record<string, number>));
}

/** Its standard output; rejects with it when a seed failed. */
function runSimulator(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = { maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [SIMULATOR, ...args], limit, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${args.join(' ')}\n${stderr}${withoutSuccesses(stdout)}`));
    });
  });
}

function withoutSuccesses(output: string): string {
  const lines = output.split('\n').filter((line) => !/^seed .*: ok,/.test(line));
  return lines.join('\n');
}
