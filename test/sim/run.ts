/**
 * `npm run sim -- --seed S --nodes N --profile NAME [--seeds COUNT] [--explain]`: runs COUNT
 * seeds from S on, and says of each what became of it. A failure prints its seed, the invariant and the end
 * of the trace; `--explain` prints the whole trace. `--arena NAME` takes a setting of arenas.ts in place of nodes and
 * profile, with its faulty members.
 */
import { parseArgs } from 'node:util';
import { openPrivates } from './open-privates.ts';
import { PROFILE_NAMES } from './profiles.ts';
import type { Outcome, RunOptions } from './world.ts';

openPrivates();
const { ARENAS } = await import('./arenas.ts');
const { runSeed } = await import('./world.ts');

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '4' },
    profile: { type: 'string', default: 'hostile' },
    arena: { type: 'string' },
    explain: { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

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
  if (!values.explain) console.log(failure.tail.map((line) => `    ${line}`).join('\n'));
  const where =
    values.arena === undefined
      ? `--nodes ${outcome.nodes} --profile ${outcome.profile}`
      : `--arena ${values.arena}`;
  console.log(`    again, with the whole trace: npm run sim -- --seed ${outcome.seed} ${where} --explain`);
}

const total = new Map<string, number>();
let failures = 0;
const startedAtMs = performance.now();
for (let next = seed; next < seed + seeds; next++) {
  const echo = values.explain ? { echo: (line: string) => console.log(line) } : {};
  const options: RunOptions = arena?.options(next) ?? { seed: next, nodes, profile };
  const outcome = await runSeed({ ...options, ...echo });
  report(outcome);
  if (outcome.failure !== null) failures++;
  for (const [name, count] of Object.entries(outcome.counters))
    total.set(name, (total.get(name) ?? 0) + count);
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(
  `${seeds} seeds in ${seconds} s, ${failures} failed; ${JSON.stringify(Object.fromEntries(total))}`,
);
process.exitCode = failures === 0 ? 0 : 1;
