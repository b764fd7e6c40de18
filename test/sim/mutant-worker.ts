/** The process of one mutant: loads the changed core, runs its arena seed by seed, prints what caught it as JSON. */
import { isMainThread, Worker, workerData, parentPort } from 'node:worker_threads';
import type { Catch } from './mutant-process.ts';
import { loadMutated } from './mutate.ts';
import { MUTANTS, type Mutant } from './mutants-table.ts';
import { openPrivates } from './open-privates.ts';

/** Fewer say nothing. */
const LEAST_SKIPS = 4;

async function measure(mutant: Mutant, firstSeed: number, seeds: number): Promise<number> {
  const { ARENAS, countSkips } = await import('./arenas.ts');
  const { runSeed } = await import('./world.ts');
  const outcomes = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    outcomes.push(await runSeed(ARENAS[mutant.arena].options(seed)));
  }
  return countSkips(outcomes);
}

/** The same measure of the unchanged code; a thread of its own loads it without the hooks. */
function measureUnchanged(mutant: Mutant, firstSeed: number, seeds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { name: mutant.name, firstSeed, seeds },
    });
    worker.on('message', resolve).on('error', reject);
  });
}

async function catchSlow(
  mutant: Mutant,
  firstSeed: number,
  slowdown: NonNullable<Mutant['slowdown']>,
): Promise<Catch> {
  const { factor, seeds } = slowdown;
  const usual = await measureUnchanged(mutant, firstSeed, seeds);
  loadMutated(mutant);
  const mutated = await measure(mutant, firstSeed, seeds);
  const isCaught = mutated >= Math.max(LEAST_SKIPS, factor * usual);
  const what = `${mutated} skips instead of ${usual}`;
  return { by: isCaught ? 'slowdown' : null, what, seeds };
}

async function catchWrong(mutant: Mutant, firstSeed: number): Promise<Catch> {
  loadMutated(mutant);
  openPrivates();
  const { ARENAS } = await import('./arenas.ts');
  const { runSeed } = await import('./world.ts');
  for (let runs = 1; runs <= mutant.maxSeeds; runs++) {
    const { failure } = await runSeed(ARENAS[mutant.arena].options(firstSeed + runs - 1));
    if (failure !== null) return { by: failure.invariant, what: failure.what, seeds: runs };
  }
  return { by: null, what: '', seeds: mutant.maxSeeds };
}

if (isMainThread) {
  const [name, firstSeed] = process.argv.slice(2);
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  if (mutant === undefined) throw new Error(`no mutant is called ${name}`);
  const { slowdown } = mutant;
  const first = Number(firstSeed);
  console.log(
    JSON.stringify(
      await (slowdown === undefined ? catchWrong(mutant, first) : catchSlow(mutant, first, slowdown)),
    ),
  );
} else {
  const { name, firstSeed, seeds } = workerData as { name: string; firstSeed: number; seeds: number };
  const mutant = MUTANTS.find((candidate) => candidate.name === name)!;
  parentPort!.postMessage(await measure(mutant, firstSeed, seeds));
}
