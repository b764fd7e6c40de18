import { expect, it } from 'vitest';
import { ARENAS, type ArenaName } from '../sim/arenas.ts';
import { runSeed } from '../sim/world.ts';
import { expectSound } from './sound.ts';

const FAULTY: readonly ArenaName[] = [
  'equivocator',
  'eagerSigner',
  'lyingSkipper',
  'freshProposer',
  'silentLeader',
];

it.each(FAULTY)('one of four nodes is faulty: %s', async (name) => {
  for (let seed = 1; seed <= 12; seed++) expectSound(await runSeed(ARENAS[name].options(seed)));
});

it('an equivocator is found out, and loses its stake', async () => {
  let evidence = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const { counters } = await runSeed(ARENAS.eagerSigner.options(seed));
    evidence += counters['published evidence'] ?? 0;
  }
  expect(evidence).toBeGreaterThan(0);
});
