import { expect, it } from 'vitest';
import { playSound } from './sound.ts';

it.each([1, 2])('a node that was away for 300 blocks follows, and leads again (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    world.crash(3, 'now', 3_600_000_000);
    while (world.machines[0]!.disk.tip.height < 300) {
      world.submitRecord(world.machines[0]!.disk.tip.height % 3);
      await world.advance(100);
    }
    world.recover();
    expect(await world.converge()).toBeLessThan(15_000);
    expect(world.counters.get('sent syncResponse')).toBeGreaterThan(2);
    const skips = world.counters.get('skips');
    for (let round = 0; round < 60; round++) {
      world.submitRecord(3);
      await world.advance(200);
    }
    await world.converge();
    // It may be demoted for a while, but costs no views once it is back.
    expect(world.counters.get('skips') - skips).toBeLessThan(4);
  });
});
