/**
 * `npm run sim:mutants [-- --only NAME] [--seed S]`: runs every mutant until an invariant or a test of its unit
 * catches it, two at a time, and prints the table for docs/protocol.md. Exit code 1 when one was missed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runMutant, runUnitMutant, type Catch } from './mutant-process.ts';
import { MUTANTS } from './mutants-table.ts';
import { UNIT_MUTANTS } from './unit-mutants.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
interface Candidate {
  readonly name: string;
  readonly removes: string;
  run(): Promise<Catch>;
}

const all: readonly Candidate[] = [
  ...MUTANTS.map((mutant) => ({ ...mutant, run: () => runMutant(mutant, Number(values.seed)) })),
  ...UNIT_MUTANTS.map((mutant) => ({ ...mutant, run: () => runUnitMutant(mutant) })),
];
const chosen = all.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`no such mutant; there are ${all.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const results = new Map<string, Catch>();
const waiting = [...chosen];
async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const result = await mutant.run();
    results.set(mutant.name, result);
    console.error(
      `${mutant.name}: ${result.by === null ? `MISSED in ${result.seeds} runs` : `${result.by}: ${result.what}`}`,
    );
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));

console.log('| mutant | takes away | caught by | runs |\n|---|---|---|---|');
for (const { name, removes } of chosen) {
  const { by, what, seeds } = results.get(name)!;
  const caught = by === null ? '**missed**' : by.startsWith('test/') ? `\`${by}\`: ${what}` : by;
  console.log(`| \`${name}\` | ${removes} | ${caught} | ${seeds} |`);
}
process.exitCode = [...results.values()].some(({ by }) => by === null) ? 1 : 0;
