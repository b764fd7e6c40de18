import { expect, it } from 'vitest';
import { besiege } from './sound.ts';

it('every faulty key runs twice, and who hears whom is drawn anew with each view', async () => {
  const counters = await besiege('twins', { sizes: [4, 5, 7, 10], seeds: 2, least: 4 });
  // Both voted or proposed, and were found out.
  expect(counters.get('published evidence')).toBeGreaterThan(0);
  expect(counters.get('published laneFork')).toBeGreaterThan(0);
});
