/**
 * npm run fuzz -- --target NAME --seconds S [--seed N]: mutates the corpus of a target, keeps what runs new code, and
 * leaves the smallest set that runs all of it. Ends with the input that broke a promise, if one did.
 */
import { parseArgs } from 'node:util';
import { drawFrom } from '../sim/random.ts';
import { keepFinding, readCorpus, writeCorpus } from './corpus.ts';
import { Coverage, type Place } from './coverage.ts';
import { judge } from './judge.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

/** Asking for the coverage costs more than most inputs do. */
const BATCH = 24;
/** The corpus is read by people and replayed by every test run. */
const MOST_INPUTS = 48;

interface Kept {
  readonly input: Uint8Array;
  readonly places: ReadonlySet<Place>;
}

class Fuzzer {
  readonly #target: Target;
  readonly #coverage = new Coverage();
  readonly #seen = new Set<Place>();
  readonly kept: Kept[] = [];
  runs = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  get placeCount(): number {
    return this.#seen.size;
  }

  async begin(inputs: readonly Uint8Array[]): Promise<void> {
    this.#coverage.start();
    for (const input of inputs) await this.#keepIfNew(input);
  }

  end(): void {
    this.#coverage.stop();
  }

  /** Runs them together; one by one only if there was something new among them. */
  async try(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) await this.#judge(input);
    const isNew = [...this.#coverage.take()].some((place) => !this.#seen.has(place));
    if (isNew) for (const input of inputs) await this.#keepIfNew(input);
  }

  async #keepIfNew(input: Uint8Array): Promise<void> {
    this.#coverage.take();
    await this.#judge(input);
    const places = this.#coverage.take();
    if ([...places].every((place) => this.#seen.has(place))) return;
    for (const place of places) this.#seen.add(place);
    this.kept.push({ input, places });
  }

  async #judge(input: Uint8Array): Promise<void> {
    this.runs++;
    try {
      await judge(this.#target, input);
    } catch (error) {
      const file = keepFinding(this.#target.name, input);
      throw new Error(`${this.#target.name}: an input broke a promise; it is kept in ${file}`, {
        cause: error,
      });
    }
  }
}

/** Smallest first, each that adds something: few inputs that run all that all of them ran. */
function smallestSet(kept: readonly Kept[]): Uint8Array[] {
  const seen = new Set<Place>();
  const chosen: Uint8Array[] = [];
  for (const { input, places } of kept.toSorted((a, b) => a.input.length - b.input.length)) {
    if ([...places].every((place) => seen.has(place)) || chosen.length === MOST_INPUTS) continue;
    for (const place of places) seen.add(place);
    chosen.push(input);
  }
  return chosen;
}

async function fuzz(target: Target, seconds: number, seed: number): Promise<void> {
  const fuzzer = new Fuzzer(target);
  await fuzzer.begin([...(await target.seeds()), ...readCorpus(target.name)]);
  const before = fuzzer.placeCount;
  const draw = drawFrom(seed, target.name);
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    const pool = fuzzer.kept.map(({ input }) => input);
    await fuzzer.try(Array.from({ length: BATCH }, () => mutate(pool, draw, target)));
  }
  fuzzer.end();
  const corpus = smallestSet(fuzzer.kept);
  writeCorpus(target.name, corpus);
  const { runs, placeCount } = fuzzer;
  console.log(
    `${target.name}: ${runs} runs, places ${before} -> ${placeCount}, corpus ${corpus.length}, seed ${seed}`,
  );
}

const { values } = parseArgs({
  options: { target: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
const wanted = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (wanted.length === 0) {
  console.error(`--target is one of ${TARGETS.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 1;
}
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
for (const target of wanted) await fuzz(target, Number(values.seconds ?? 60), seed);
process.exit();
