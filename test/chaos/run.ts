/**
 * `npm run chaos -- [--nodes 7] [--minutes 1.5] [--seed S]`: real node processes under load, and everything that
 * happens to computers. What is done is a function of the seed; when it happens depends on the machine. At the end
 * every node is read through its API and its database and checked (checker.ts).
 * `--scenario wake`: one node sleeps for M minutes while the others make blocks. `--scenario away`: more than a third
 * is away for M minutes.
 *
 * Prints one JSON summary; exit code 1 with what was violated, and the folder of the nodes is kept then.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { away } from './away.ts';
import { storm } from './storm.ts';
import { Unexpected } from './faults/arena.ts';
import type { Violation } from './history.ts';
import { inOwnMounts } from './own-mounts.ts';
import { wake } from './wake.ts';

const options = {
  nodes: { type: 'string', default: '7' },
  minutes: { type: 'string', default: '1.5' },
  seed: { type: 'string', default: '1' },
  scenario: { type: 'string', default: 'storm' },
  /** Runs the sources instead of the build. */
  sources: { type: 'boolean', default: false },
} as const;

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
  const chaos = { nodes, seconds: minutes * 60, seed, entry: path.join(root, program) };
  const { scenario } = values;
  if (scenario === 'storm' || scenario === 'wake' || scenario === 'away') return { scenario, chaos } as const;
  return fail('--scenario is storm, wake or away');
}

function say(line: string): void {
  console.error(`chaos: ${line}`);
}

/** What was found, and the figures of the run; a node that does not bear what is done to it is a finding as well. */
async function run(
  home: string,
): Promise<{ readonly violations: readonly Violation[]; readonly figures: object }> {
  const { scenario, chaos } = readOptions();
  if (scenario === 'storm') return storm(home, chaos, say);
  try {
    return { violations: [], figures: await (scenario === 'wake' ? wake : away)(home, chaos, say) };
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    return {
      violations: [{ check: scenario, sentence: error.message, evidence: error.evidence }],
      figures: {},
    };
  }
}

await inOwnMounts(async () => {
  const { scenario, chaos } = readOptions();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-chaos-'));
  const startedMs = performance.now();
  const { violations, figures } = await run(home);
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
  return isSound ? 0 : 1;
});
