import { expect, it } from 'vitest';
import { playSound } from './sound.ts';

it.each([1, 2, 3, 4, 5, 7, 10, 16])('%i nodes on a calm network agree in the first view', async (nodes) => {
  const outcome = await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(1_000);
    for (let index = 0; index < nodes; index++) world.submitRecord(index);
    await world.converge();
    const [first] = world.machines;
    for (const machine of world.machines) expect(machine.disk.tip.hash).toEqual(first!.disk.tip.hash);
    expect(first!.disk.transactions.size).toBe(nodes);
  });
  expect(outcome.counters['skips'] ?? 0).toBe(0);
});

it.each([0, 1, 2, 3])('unequal stakes: a member with just under a third may be away (%i)', async (seed) => {
  await playSound(
    { seed, nodes: 4, profile: 'calm', stakes: [332, 333, 167, 168], absent: [0] },
    async (world) => {
      await world.start();
      for (const index of [1, 2, 3]) world.submitRecord(index);
      await world.advance(50);
      for (const index of [1, 2, 3]) world.submitRecord(index);
      await world.converge();
      expect(world.counters.get('blocks')).toBeGreaterThan(0);
    },
  );
});
