import { expect, it } from 'vitest';
import { decodeLedgerState, isDemoted, memberByKey } from '../../src-main/ledger/state.ts';
import type { World } from '../sim/world.ts';
import { playSound } from './sound.ts';

function isDemotedNow(world: World, index: number): boolean {
  const state = decodeLedgerState(world.machines[0]!.disk.tip.snapshot);
  const member = memberByKey(state, world.machines[index]!.keys.text);
  return isDemoted(state, member!.id, state.height + 1);
}

it.each([1, 2, 3])(
  'a member that comes back says so, and leads again without a word of its owner (seed %i)',
  async (seed) => {
    await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
      await world.start();
      await world.advance(500);
      world.crash(3, 'now', 3_600_000_000);
      for (let round = 0; round < 60 && !isDemotedNow(world, 3); round++) {
        world.submitRecord(round % 3);
        await world.advance(1_000);
      }
      expect(isDemotedNow(world, 3)).toBe(true);
      const skips = world.counters.get('skips');
      world.submitRecord(0);
      await world.advance(2_000);
      expect(world.counters.get('skips')).toBe(skips);
      world.recover();
      await world.converge();
      // Its `ready` is a block of its own, then the network is silent again.
      await world.advanceUntil(() => !isDemotedNow(world, 3), 30_000);
      expect(isDemotedNow(world, 3)).toBe(false);
      await world.listenToSilence();
    });
  },
);
