/** The process of one unit mutant: runs the test file of its unit over the mutated source, and says who noticed. */
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import type { Catch } from './mutant-process.ts';
import { mutateText } from './mutate.ts';
import { UNIT_MUTANTS } from './unit-mutants.ts';

const mutant = UNIT_MUTANTS.find(({ name }) => name === process.argv[2]);
if (mutant === undefined) throw new Error(`no unit mutant is called ${process.argv[2] ?? ''}`);
const { changes, test } = mutant;

const mutation = {
  name: 'mutant',
  enforce: 'pre' as const,
  transform(code: string, id: string): { code: string; map: null } | undefined {
    const path = /\/src-main\/([^?]+)/.exec(id)?.[1];
    if (path === undefined || !changes.some(({ file }) => file === path)) return undefined;
    return { code: mutateText(code, mutant!, path), map: null };
  },
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const include = ['test/unit/**/*.test.ts'];
const vitest = await startVitest(
  'test',
  [test],
  // It prints its one line itself.
  { root, include, config: false, watch: false, pool: 'forks', testTimeout: 300_000, reporters: [{}] },
  { plugins: [mutation] },
);
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
// A file that does not load proves nothing about a rule.
if (tests.length === 0) throw new Error(`${test} has no tests`);
const failed = tests.find((each) => each.result().state === 'failed');
await vitest.close();
console.log(
  JSON.stringify({
    by: failed === undefined ? null : test,
    what: failed?.fullName ?? '',
    seeds: 1,
  } satisfies Catch),
);
process.exit(0);
