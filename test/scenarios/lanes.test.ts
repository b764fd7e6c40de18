import { expect, it } from 'vitest';
import { besiege } from './sound.ts';

it('lanes are forked, and leaders cite now this branch, now that one', async () => {
  const counters = await besiege('laneForkers', { sizes: [1, 2, 3, 5, 7] });
  expect(counters.get('published laneFork')).toBeGreaterThan(0);
});

it('gaps, replays, more bundles than may wait, and bundles of others', async () => {
  const counters = await besiege('laneAbusers');
  expect(counters.get('published rejected')).toBeGreaterThan(0);
});
