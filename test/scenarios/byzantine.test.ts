import { expect, it } from 'vitest';
import { ARENAS, type ArenaName } from '../sim/arenas.ts';
import { runSeed } from '../sim/world.ts';
import { expectSound } from './sound.ts';

const FAULTY: readonly ArenaName[] = [
  'equivocator',
  'eagerSigner',
  'lyingSkipper',
  'freshProposer',
  'forgingLeader',
  'silentLeader',
];

it.each(FAULTY)('one of four nodes is faulty: %s', async (name) => {
  let evidence = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const outcome = await runSeed(ARENAS[name].options(seed));
    expectSound(outcome);
    evidence += outcome.counters['published evidence'] ?? 0;
  }
  // Contradictions are found out; who only lies about what it knows, or is silent, leaves none.
  if (name === 'equivocator' || name === 'eagerSigner') expect(evidence).toBeGreaterThan(0);
});
