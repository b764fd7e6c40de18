/** One thread of a campaign: runs what it is given, one run at a time. */
import { parentPort } from 'node:worker_threads';
import { openPrivates } from './open-privates.ts';
import type { Outcome } from './world.ts';

openPrivates();
const { SETTINGS } = await import('./campaign-settings.ts');
const { runSeed } = await import('./world.ts');

export interface Job {
  readonly seed: number;
  /** Its index. */
  readonly setting: number;
}

export interface Done extends Job {
  readonly outcome: Pick<Outcome, 'failure' | 'blocks' | 'events' | 'counters'>;
}

const port = parentPort!;
port.on('message', async ({ seed, setting }: Job) => {
  const { failure, blocks, events, counters } = await runSeed(SETTINGS[setting]!.options(seed));
  port.postMessage({ seed, setting, outcome: { failure, blocks, events, counters } } satisfies Done);
});
