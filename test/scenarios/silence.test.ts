import { expect, it } from 'vitest';
import { playSound } from './sound.ts';

it.each([1, 4, 10])('%i idle nodes only send STATUS, and no blocks come', async (nodes) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await world.listenToSilence();
    expect(world.counters.get('blocks')).toBe(0);
    world.submitRecord(0);
    await world.converge();
    await world.listenToSilence();
    expect(world.counters.get('blocks')).toBe(1);
  });
});

it('with more than a third away the network waits quietly, and goes on when they are back', async () => {
  await playSound({ seed: 3, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    const hourUs = 3_600_000_000;
    world.crash(2, 'now', hourUs);
    world.crash(3, 'now', hourUs);
    world.submitRecord(0);
    await world.advance(600_000);
    const before = world.counters.get('sent status');
    await world.advance(600_000);
    // Two nodes, three peers each, and a retransmission that has decayed to its cap of 10 s (20 % early at most).
    expect(world.counters.get('sent status') - before).toBeLessThan(2 * 3 * 2 * 75);
    expect(world.counters.get('blocks')).toBe(0);
    world.recover();
    expect(await world.converge()).toBeLessThan(30_000);
  });
});
