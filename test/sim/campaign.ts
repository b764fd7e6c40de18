/**
 * `npm run sim:campaign -- [--minutes M | --seeds COUNT] [--seed S] [--workers W] [--json FILE]`: runs on from a random
 * seed (or S) through all settings, on all cores, until the time is over, COUNT runs are done, or Ctrl+C. Failures are
 * printed as they come, with the command that explains them; at the end a summary as JSON. Exit code 1 when a run
 * failed, or when something that COVERAGE names never happened in a campaign of MIN_RUNS or more.
 */
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SETTINGS, settingOf } from './campaign-settings.ts';
import type { Done, Job } from './campaign-worker.ts';
import { uncovered } from './coverage.ts';

/** So many come to every setting some times. */
const MIN_RUNS = 4 * SETTINGS.length;
const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seeds: { type: 'string' },
    seed: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
});

function numberOf(text: string | undefined, name: string, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  if (value === Infinity) return value;
  console.error(`--${name} is a number above 0`);
  process.exit(2);
}

const firstSeed = numberOf(values.seed, 'seed', randomInt(1, 2 ** 31));
const endAtMs = performance.now() + numberOf(values.minutes, 'minutes', Infinity) * 60_000;
const maxRuns = numberOf(values.seeds, 'seeds', Infinity);
const workers = numberOf(values.workers, 'workers', 1);

interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly what: string;
  readonly again: string;
}

const counters = new Map<string, number>();
const failures: Failure[] = [];
const startedAtMs = performance.now();
let [started, finished, blocks, events] = [0, 0, 0, 0];
let isStopped = false;

function nextJob(): Job | null {
  if (isStopped || started >= maxRuns || performance.now() >= endAtMs) return null;
  const run = started++;
  return { seed: firstSeed + run, setting: settingOf(run) };
}

function take({ seed, setting, outcome }: Done): void {
  finished++;
  blocks += outcome.blocks;
  events += outcome.events;
  for (const [name, count] of Object.entries(outcome.counters))
    counters.set(name, (counters.get(name) ?? 0) + count);
  const { failure } = outcome;
  if (failure === null) return;
  const again = `npm run sim -- --seed ${seed} ${SETTINGS[setting]!.args} --explain`;
  failures.push({ seed, invariant: failure.invariant, what: failure.what, again });
  console.error(`FAILED ${failure.what}\n    ${again}`);
}

/** One thread, which is given the next run whenever it has done one. */
function work(): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./campaign-worker.ts', import.meta.url));
    const goOn = (): void => {
      const job = nextJob();
      if (job !== null) worker.postMessage(job);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('message', (done: Done) => {
      take(done);
      goOn();
    });
    worker.on('error', reject);
    goOn();
  });
}

function progress(): void {
  const seconds = (performance.now() - startedAtMs) / 1000;
  const rate = Math.round((finished / seconds) * 60);
  console.error(
    `${finished} runs in ${Math.round(seconds)} s (${rate} per minute), ${failures.length} failed`,
  );
}

process.on('SIGINT', () => {
  if (isStopped) process.exit(130);
  isStopped = true;
  console.error('ends when the runs under way are done; Ctrl+C again ends at once');
});
const ends = values.minutes === undefined && values.seeds === undefined ? ', until Ctrl+C' : '';
console.error(`from seed ${firstSeed} on${ends}`);
const timer = setInterval(progress, PROGRESS_MS);
await Promise.all(Array.from({ length: workers }, work));
clearInterval(timer);
progress();

const seconds = (performance.now() - startedAtMs) / 1000;
const missing = uncovered(counters);
const isLongEnough = finished >= MIN_RUNS;
const summary = {
  firstSeed,
  runs: finished,
  workers,
  seconds: Math.round(seconds),
  runsPerMinuteAndWorker: Math.round((finished / seconds / workers) * 60),
  blocks,
  events,
  failures,
  uncovered: missing,
  counters: Object.fromEntries([...counters].sort(([a], [b]) => (a < b ? -1 : 1))),
};
const text = JSON.stringify(summary, null, 2);
console.log(text);
if (values.json !== undefined) await writeFile(values.json, `${text}\n`);
if (missing.length > 0) console.error(`never happened: ${missing.join(', ')}`);
process.exitCode = failures.length > 0 || (isLongEnough && missing.length > 0) ? 1 : 0;
