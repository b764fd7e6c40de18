import { expect, it } from 'vitest';
import type { ArenaName } from '../sim/arenas.ts';
import { besiege } from './sound.ts';

it('leaders send two headers, and vote for both', async () => {
  const counters = await besiege('equivocators', { sizes: [1, 2, 3, 4, 5, 7, 10, 16] });
  expect(counters.get('published evidence')).toBeGreaterThan(0);
});

it('leaders propose invalid blocks', async () => {
  const counters = await besiege('invalidLeaders', { sizes: [1, 2, 4, 7] });
  expect(counters.get('published rejected')).toBeGreaterThan(0);
});

const QUIET: readonly ArenaName[] = ['withholders', 'lateLeaders', 'hoarders', 'forgers'];

it.each(QUIET)('leaders who leave no evidence: %s', async (name) => {
  const counters = await besiege(name);
  expect(counters.get('skips')).toBeGreaterThan(0);
});
