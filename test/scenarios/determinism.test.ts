import { expect, it } from 'vitest';
import { ARENAS, type ArenaName } from '../sim/arenas.ts';
import { runSeed } from '../sim/world.ts';

it.each(['calm', 'lossy', 'hostile'] as const)(
  'the same seed gives the same trace, another seed another (%s)',
  async (profile) => {
    const first = await runSeed({ seed: 11, nodes: 5, profile });
    const second = await runSeed({ seed: 11, nodes: 5, profile });
    const other = await runSeed({ seed: 12, nodes: 5, profile });
    expect(second).toEqual(first);
    expect(other.trace).not.toBe(first.trace);
  },
);

const FAULTY: readonly ArenaName[] = ['twins', 'subsetLeaders', 'sleepers'];

it.each(FAULTY)('the same with faulty members and changing ones: %s', async (name) => {
  const first = await runSeed(ARENAS[name].options(13));
  const second = await runSeed(ARENAS[name].options(13));
  expect(second).toEqual(first);
});
