import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../sim/campaign-settings.ts';
import { COVERAGE, uncovered } from '../sim/coverage.ts';

const CAMPAIGN = fileURLToPath(new URL('../sim/campaign.ts', import.meta.url));

interface Summary {
  readonly runs: number;
  readonly failures: readonly unknown[];
  readonly uncovered: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly summary: Summary;
  readonly said: string;
}

/** Ctrl+C comes with the first thing that the campaign says, if at all. */
function runCampaign(args: readonly string[], isInterrupted = false): Promise<Ended> {
  const child = spawn(process.execPath, [CAMPAIGN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, said] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  if (isInterrupted) child.stderr.once('data', () => child.kill('SIGINT'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (out === '') reject(new Error(`ended with ${code} and without a summary: ${said}`));
      else resolve({ code, summary: JSON.parse(out) as Summary, said });
    });
  });
}

it('a round through all settings keeps every invariant and comes to everything that it must come to', async () => {
  const { code, summary, said } = await runCampaign([
    '--seed',
    '5000',
    '--seeds',
    String(SETTINGS.length + 20),
  ]);
  expect(summary.failures, said).toEqual([]);
  expect(summary.uncovered).toEqual([]);
  expect(summary.runs).toBe(SETTINGS.length + 20);
  expect(code).toBe(0);
});

it('Ctrl+C ends it with its summary when the runs under way are done', async () => {
  const { code, summary, said } = await runCampaign(['--workers', '1'], true);
  expect(said).toContain('ends when the runs under way are done');
  expect(summary).toMatchObject({ runs: 1, failures: [] });
  expect(summary.uncovered.length).toBeGreaterThan(0);
  expect(code).toBe(0);
});

describe('coverage', () => {
  it('names what never happened', () => {
    const counters = new Map(COVERAGE.map((name) => [name, 1]));
    expect(uncovered(counters)).toEqual([]);
    counters.set('signed again at H+3', 0);
    counters.delete('torn turns dropped');
    expect(uncovered(counters)).toEqual(['torn turns dropped', 'signed again at H+3']);
  });
});
