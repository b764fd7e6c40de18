import { expect, it } from 'vitest';
import { playSound } from './sound.ts';

it.each([1, 2, 3])('2|2: nothing commits, and everything does after healing (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    const blocks = world.counters.get('blocks');
    world.network.partition([0, 0, 1, 1]);
    for (let index = 0; index < 4; index++) world.submitRecord(index);
    await world.advance(60_000);
    expect(world.counters.get('blocks')).toBe(blocks);
    world.network.heal();
    // The next retransmission may be as far away as its cap, and a timer of a late view as well.
    expect(await world.converge()).toBeLessThan(30_000);
    await world.listenToSilence();
  });
});

it.each([1, 2, 3])('3|1: the three go on, the one follows after healing (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    world.network.partition([0, 0, 0, 1]);
    for (let round = 0; round < 20; round++) {
      world.submitRecord(round % 3);
      await world.advance(1_000);
    }
    expect(world.machines[0]!.disk.tip.height).toBeGreaterThan(10);
    expect(world.machines[3]!.disk.tip.height).toBe(1);
    world.submitRecord(3);
    world.network.heal();
    await world.converge();
  });
});

it.each([4, 7])('a ring in which everybody hears one neighbour heals (%i nodes)', async (nodes) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    for (let from = 0; from < nodes; from++) {
      for (let to = 0; to < nodes; to++)
        if (from !== to && to !== (from + 1) % nodes) world.network.cutOneWay(from, to);
    }
    for (let index = 0; index < nodes; index++) world.submitRecord(index);
    await world.advance(30_000);
    world.network.heal();
    await world.converge();
  });
});
