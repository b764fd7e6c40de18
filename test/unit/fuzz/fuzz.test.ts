/** Every entry point for strangers: the kept inputs again, and a fixed number of new ones from a fixed seed. */
import { describe, expect, it } from 'vitest';
import { readCorpus } from '../../fuzz/corpus.ts';
import { judge } from '../../fuzz/judge.ts';
import { mutate } from '../../fuzz/mutate.ts';
import { TARGETS } from '../../fuzz/targets.ts';
import type { Target } from '../../fuzz/target.ts';
import { drawFrom } from '../../sim/random.ts';

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (name, target) => {
  it('keeps its promises for every input of the corpus', async () => {
    const corpus = readCorpus(name);
    expect(corpus.length).toBeGreaterThan(0);
    for (const input of [...(await target.seeds()), ...corpus]) await judge(target, input);
  });

  it('keeps its promises for inputs that chance makes of them', async () => {
    const pool = [...(await target.seeds()), ...readCorpus(name)];
    const draw = drawFrom(1, name);
    for (let run = 0; run < target.testRuns; run++) {
      const input = mutate(pool, draw, target);
      await judge(target, input).catch((error: unknown) => {
        throw new Error(`${name} broke a promise for ${Buffer.from(input).toString('base64')}`, {
          cause: error,
        });
      });
    }
  });
});

describe('the judge', () => {
  const target = (run: () => void): Target => ({ name: 'x', run, seeds: () => [], maxBytes: 1, testRuns: 0 });

  it('accepts an input that costs little', async () => {
    await judge(
      target(() => undefined),
      new Uint8Array(1),
    );
  });

  it('does not swallow what is thrown', async () => {
    const broken = target(() => {
      throw new TypeError('untyped');
    });
    await expect(judge(broken, new Uint8Array(1))).rejects.toThrow('untyped');
  });

  it('names an input that takes more memory than any bound allows', async () => {
    const greedy: Uint8Array[] = [];
    await expect(
      judge(
        target(() => void greedy.push(new Uint8Array(200 * 1024 * 1024))),
        new Uint8Array(1),
      ),
    ).rejects.toThrow(/took \d+ MiB/);
  });

  it('names an input that takes longer than any should', async () => {
    const limits = { cpuMs: 20, memoryBytes: 2 ** 40 };
    const slow = target(() => {
      const started = process.cpuUsage();
      while (process.cpuUsage(started).user < 50_000);
    });
    await expect(judge(slow, new Uint8Array(1), limits)).rejects.toThrow(/took \d+ ms/);
  });
});
