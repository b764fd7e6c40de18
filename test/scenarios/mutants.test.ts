import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { mutateText } from '../sim/mutate.ts';
import { MUTANTS } from '../sim/mutants-table.ts';
import { runMutant } from '../sim/mutant-process.ts';

it.each(MUTANTS)('$name is in step with the code', async (mutant) => {
  for (const file of new Set(mutant.changes.map((change) => change.file))) {
    const source = await readFile(new URL(`../../src-main/${file}`, import.meta.url), 'utf8');
    expect(mutateText(source, mutant, file)).not.toBe(source);
  }
});

it.concurrent.each(MUTANTS)('$name is caught', async (mutant) => {
  const { by } = await runMutant(mutant, 1);
  expect(by).not.toBeNull();
});
