/**
 * `npm run chaos -- [--nodes 7] [--minutes 1.5] [--seed S]`: real node processes under load, and everything that
 * happens to computers. What is done is a function of the seed; when it happens depends on the machine. At the end
 * every node is read through its API and its database and checked (checker.ts).
 * `--scenario wake`: one node sleeps for M minutes while the others make blocks. `--scenario away`: more than a third
 * is away for M minutes. `--scenario forgotten`: the databases of more than a third are deleted at once.
 *
 * A run that does not end is a violation as well: after ten minutes and four times the time that was asked for.
 *
 * Prints one JSON summary; exit code 1 with what was violated, and the folder of the nodes is kept then.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { away } from './away.ts';
import { Cluster } from './cluster.ts';
import { forgotten } from './forgotten.ts';
import { storm } from './storm.ts';
import type { Violation } from './history.ts';
import { inOwnMounts } from './own-mounts.ts';
import { wake } from './wake.ts';
import { endsInTime, violationOf, wordsOf } from './words.ts';

const options = {
  nodes: { type: 'string', default: '7' },
  minutes: { type: 'string', default: '1.5' },
  seed: { type: 'string', default: '1' },
  scenario: { type: 'string', default: 'storm' },
  /** Runs the sources instead of the build. */
  sources: { type: 'boolean', default: false },
} as const;

interface Found {
  readonly violations: readonly Violation[];
  readonly figures: object;
}

interface ChaosOptions {
  readonly nodes: number;
  readonly seconds: number;
  readonly seed: number;
}

type Scenario = (cluster: Cluster, options: ChaosOptions, say: (line: string) => void) => Promise<Found>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  storm,
  wake: async (...args) => ({ violations: [], figures: await wake(...args) }),
  away: async (...args) => ({ violations: [], figures: await away(...args) }),
  forgotten,
};

/** For the start, the end, and the checks of a long chain on a busy machine; the time asked for comes on top. */
const LEAST_LIMIT_MS = 600_000;
const LIMIT_PER_TIME = 4;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function readOptions() {
  const { values } = parseArgs({ args: process.argv.slice(2).filter((arg) => arg !== '--'), options });
  const numbers = [values.nodes, values.minutes, values.seed].map(Number);
  const [nodes, minutes, seed] = numbers as [number, number, number];
  // Two more may join, and a local network has at most 16.
  if (!Number.isInteger(nodes) || nodes < 4 || nodes > 14)
    fail('--nodes is 4 to 14: with fewer nobody may be away');
  if (!(minutes > 0)) fail('--minutes is a number above 0');
  if (!Number.isSafeInteger(seed)) fail('--seed is a whole number');
  const root = path.resolve(import.meta.dirname, '../..');
  const program = values.sources ? 'src-main/headless/node-process.ts' : 'dist/main/node-process.js';
  const { scenario } = values;
  const play = Object.hasOwn(SCENARIOS, scenario) ? SCENARIOS[scenario] : undefined;
  if (play === undefined) return fail(`--scenario is one of ${Object.keys(SCENARIOS).join(', ')}`);
  const chaos: ChaosOptions = { nodes, seconds: minutes * 60, seed };
  return { scenario, play, chaos, entry: path.join(root, program) };
}

function say(line: string): void {
  console.error(`chaos: ${line}`);
}

/** What was found; a node that does not bear what is done to it, or never starts, is a finding as well. */
async function played(cluster: Cluster): Promise<Found> {
  const { scenario, play, chaos } = readOptions();
  try {
    return await play(cluster, chaos, say);
  } catch (error) {
    return { violations: [await violationOf(scenario, error, cluster)], figures: {} };
  } finally {
    await cluster.network.stop();
  }
}

await inOwnMounts(async () => {
  const { scenario, chaos, entry } = readOptions();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-chaos-'));
  const startedMs = performance.now();
  const cluster = await Cluster.create(home, chaos.nodes, entry);
  const limitMs = LEAST_LIMIT_MS + LIMIT_PER_TIME * chaos.seconds * 1000;
  const outcome = await endsInTime(played(cluster), limitMs, () => wordsOf(cluster));
  const { violations, figures } =
    'found' in outcome ? outcome.found : { violations: [outcome.violation], figures: {} };
  const elapsedSeconds = Math.round((performance.now() - startedMs) / 1000);
  const isSound = violations.length === 0;
  if (isSound) fs.rmSync(home, { recursive: true });
  for (const { check, sentence } of violations) say(`VIOLATED ${check}: ${sentence}`);
  const { nodes, seed } = chaos;
  const summary = {
    scenario,
    nodes,
    seed,
    elapsedSeconds,
    ...figures,
    violations,
    folder: isSound ? null : home,
  };
  console.log(JSON.stringify(summary, null, 2));
  if ('found' in outcome) return isSound ? 0 : 1;
  // What still goes on would keep this process.
  await cluster.killAll();
  return process.exit(1);
});
