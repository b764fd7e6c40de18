import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Action } from '../sim/actions.ts';
import { minimise } from '../sim/minimise.ts';

const SIMULATOR = fileURLToPath(new URL('../sim/run.ts', import.meta.url));

/** What the simulator prints of a broken core; a failed seed is what is wanted here. */
function explained(...args: readonly string[]): Promise<{ readonly code: number; readonly lines: string[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SIMULATOR, ...args, '--explain'], (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), lines: stdout.split('\n').slice(0, -2) }),
    );
  });
}

describe('an explanation', () => {
  const args = ['--mutant', 'commit-after-skip', '--arena', 'rough', '--seed', '1'];

  it('names seed and invariant, the few faults that are needed, and what they led to', async () => {
    const { code, lines } = await explained(...args);
    expect(code).toBe(1);
    const text = lines.join('\n');
    expect(text).toContain('seed 1, 4 nodes');
    const [, before, needed] = /of (\d+) faults and submissions (\d+) are needed/.exec(text)!.map(Number);
    expect(needed).toBeLessThan(before!);
    const culprit = /I3: (node \d+): COMMIT\((\d+)\) after SKIP/.exec(lines.at(-1)!)!;
    const own = `n${culprit[1]!.slice('node '.length)}`;
    const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
    const proposed = at(/ proposes a new block \S+ for 2\/0 .*heard by/);
    const gaveUp = at(new RegExp(` ${own} writes .*skip:${culprit[2]}`));
    const committed = at(new RegExp(` ${own} writes .*commit:${culprit[2]}`));
    expect([proposed, gaveUp, committed]).toEqual([proposed, gaveUp, committed].sort((a, b) => a - b));
    expect(proposed).toBeGreaterThan(0);
    // Readable: no STATUS, no repetition, not thousands of lines.
    expect(text).not.toContain('STATUS');
    expect(lines.length).toBeLessThan(60);
  });

  it('is the same each time', async () => {
    const [first, second] = await Promise.all([explained(...args), explained(...args)]);
    expect(second).toEqual(first);
  });

  it('is not there for what holds', async () => {
    const { code, lines } = await explained('--profile', 'calm', '--seed', '1');
    expect(code).toBe(0);
    expect(lines.join('\n')).not.toContain('needed');
  });
});

describe('delta debugging', () => {
  const actions: Action[] = Array.from({ length: 40 }, (_, i) => ({ id: `fault ${i}`, atUs: i, what: '' }));
  const needs =
    (...ids: readonly number[]) =>
    (kept: readonly Action[]): Promise<boolean> =>
      Promise.resolve(ids.every((id) => kept.includes(actions[id]!)));

  it.each([[[7]], [[0, 39]], [[3, 4, 21, 38]], [[]]])('leaves exactly what is needed: %j', async (ids) => {
    const { actions: kept } = await minimise(actions, needs(...ids), 1000);
    expect(kept).toEqual(ids.map((id) => actions[id]));
  });

  it('ends after so many runs, with what still fails', async () => {
    const stillFails = needs(3, 17, 21, 38);
    const { actions: kept, runs } = await minimise(actions, stillFails, 9);
    expect(runs).toBe(9);
    expect(await stillFails(kept)).toBe(true);
    expect(kept.length).toBeLessThan(40);
  });
});
