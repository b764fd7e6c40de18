/**
 * `npm run sim -- --seed S --nodes N --profile NAME [--seeds COUNT] [--explain | --trace] [--mutant NAME]`: runs COUNT
 * seeds from S on, and says of each what became of it. A failure prints its seed, the invariant and the end of the
 * trace. `--explain` repeats it with ever fewer faults and submissions, and prints what is left of them and what they
 * led to; `--trace` prints everything. `--arena NAME` takes a setting of arenas.ts in place of nodes and profile, with
 * its faulty members; `--random-stakes` draws stakes from the seed; `--mutant NAME` breaks the code first, as
 * mutants-table.ts says.
 */
import { parseArgs } from 'node:util';
import { loadMutated } from './mutate.ts';
import { MUTANTS } from './mutants-table.ts';
import { openPrivates } from './open-privates.ts';
import { PROFILE_NAMES } from './profiles.ts';
import type { Outcome, RunOptions } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '4' },
    profile: { type: 'string', default: 'hostile' },
    arena: { type: 'string' },
    'random-stakes': { type: 'boolean', default: false },
    mutant: { type: 'string' },
    explain: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (values.mutant !== undefined && mutant === undefined)
  fail(`--mutant is one of ${MUTANTS.map(({ name }) => name).join(', ')}`);
if (mutant !== undefined) loadMutated(mutant);
openPrivates();
const { ARENAS } = await import('./arenas.ts');
const { explain, printExplanation } = await import('./explain.ts');
const { randomStakes } = await import('./campaign-settings.ts');
const { runSeed } = await import('./world.ts');

const [seed, seeds, nodes] = [values.seed, values.seeds, values.nodes].map(Number) as [
  number,
  number,
  number,
];
const profile = PROFILE_NAMES.find((name) => name === values.profile);
if (profile === undefined) fail(`--profile is one of ${PROFILE_NAMES.join(', ')}`);
const arena = Object.entries(ARENAS).find(([name]) => name === values.arena)?.[1];
if (values.arena !== undefined && arena === undefined)
  fail(`--arena is one of ${Object.keys(ARENAS).join(', ')}`);
if (![seed, seeds, nodes].every((value) => Number.isSafeInteger(value) && value >= 1))
  fail('numbers are whole and above 0');

function report(outcome: Outcome): void {
  const { failure, blocks, events, virtualMs, convergenceMs, trace } = outcome;
  const result = failure === null ? `ok, level ${convergenceMs} ms after healing` : `FAILED ${failure.what}`;
  const size = `${blocks} blocks, ${events} events, ${(virtualMs / 1000).toFixed(0)} s virtual`;
  console.log(
    `seed ${outcome.seed}, ${outcome.nodes} nodes, ${outcome.profile}: ${size}, trace ${trace.slice(0, 12)}: ${result}`,
  );
  if (failure === null) return;
  if (!values.explain && !values.trace) console.log(failure.tail.map((line) => `    ${line}`).join('\n'));
  const where =
    values.arena === undefined
      ? `--nodes ${outcome.nodes} --profile ${outcome.profile}${values['random-stakes'] ? ' --random-stakes' : ''}`
      : `--arena ${values.arena} --nodes ${nodes}`;
  const broken = mutant === undefined ? '' : ` --mutant ${mutant.name}`;
  if (!values.explain)
    console.log(`    why: npm run sim -- --seed ${outcome.seed} ${where}${broken} --explain`);
}

function withoutArena(next: number): RunOptions {
  const stakes = values['random-stakes'] ? { stakes: randomStakes(next, nodes) } : {};
  return { seed: next, nodes, profile: profile!, ...stakes };
}

const total = new Map<string, number>();
let failures = 0;
const startedAtMs = performance.now();
for (let next = seed; next < seed + seeds; next++) {
  const echo = values.trace ? { echo: (line: string) => console.log(line) } : {};
  const options: RunOptions = arena?.options(next, nodes) ?? withoutArena(next);
  const outcome = await runSeed({ ...options, ...echo });
  report(outcome);
  if (outcome.failure !== null) failures++;
  if (outcome.failure !== null && values.explain) {
    const explanation = await explain(options);
    if (explanation !== null) printExplanation(explanation, console.log);
  }
  for (const [name, count] of Object.entries(outcome.counters))
    total.set(name, (total.get(name) ?? 0) + count);
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(
  `${seeds} seeds in ${seconds} s, ${failures} failed; ${JSON.stringify(Object.fromEntries(total))}`,
);
process.exitCode = failures === 0 ? 0 : 1;
