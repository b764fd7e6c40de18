import { expect, it } from 'vitest';
import { membershipChanges } from '../sim/byzantine/membership-changes.ts';
import { PERFECT_LINKS } from '../sim/network.ts';
import { PROFILES } from '../sim/profiles.ts';
import { besiege, expectSound } from './sound.ts';
import { runSeed } from '../sim/world.ts';

it('loss, duplicates, reordering, one-way links and partitions come and go', async () => {
  const counters = await besiege('storms', { sizes: [1, 2, 3, 5, 7] });
  expect(counters.get('skips')).toBeGreaterThan(0);
});

it.each([
  [0, 10],
  [100, 5],
  [200, 4],
  [300, 3],
  [400, 2],
  [500, 4],
])('%i of 1000 messages are lost all the time, %i nodes', async (lossPermille, nodes) => {
  const drawLinks = () => ({ ...PERFECT_LINKS, lossPermille, duplicatePermille: 100, maxDelayUs: 30_000 });
  const profile = { ...PROFILES.calm, faultyMs: 10_000, submitEveryMs: 400, drawLinks };
  const options = {
    seed: lossPermille + 1,
    nodes: nodes + 1,
    joiners: 1,
    profile,
    troubles: [membershipChanges],
  };
  expectSound(await runSeed(options));
});
