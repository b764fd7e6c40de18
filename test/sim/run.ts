/**
 * `npm run sim -- --seed S --nodes N --profile calm|lossy|hostile [--seeds COUNT] [--explain]`: runs COUNT
 * seeds from S on, and says of each what became of it. A failure prints its seed, the invariant and the end
 * of the trace; `--explain` prints the whole trace.
 */
import { parseArgs } from 'node:util';
import { PROFILE_NAMES, type ProfileName } from './profiles.ts';
import { runSeed, type Outcome } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '4' },
    profile: { type: 'string', default: 'hostile' },
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
  const command = `npm run sim -- --seed ${outcome.seed} --nodes ${outcome.nodes} --profile ${outcome.profile}`;
  console.log(`    again, with the whole trace: ${command} --explain`);
}

const total = new Map<string, number>();
let failures = 0;
const startedAtMs = performance.now();
for (let next = seed; next < seed + seeds; next++) {
  const echo = values.explain ? { echo: (line: string) => console.log(line) } : {};
  const outcome = await runSeed({ seed: next, nodes, profile: profile satisfies ProfileName, ...echo });
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
