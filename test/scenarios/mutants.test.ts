import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { mutateText } from '../sim/mutate.ts';
import { MUTANTS } from '../sim/mutants-table.ts';
import { runMutant, runUnitMutant } from '../sim/mutant-process.ts';
import { UNIT_MUTANTS } from '../sim/unit-mutants.ts';

it.each([...MUTANTS, ...UNIT_MUTANTS])('$name is in step with the code', async (mutant) => {
  for (const file of new Set(mutant.changes.map((change) => change.file))) {
    const source = await readFile(new URL(`../../src-main/${file}`, import.meta.url), 'utf8');
    expect(mutateText(source, mutant, file)).not.toBe(source);
  }
});

it.concurrent.each(MUTANTS)('$name is caught', async (mutant) => {
  const { by } = await runMutant(mutant, 1);
  expect(by).not.toBeNull();
});

it.concurrent.each(UNIT_MUTANTS)('$name is caught by $test', async (mutant) => {
  const { by } = await runUnitMutant(mutant);
  expect(by).toBe(mutant.test);
});
