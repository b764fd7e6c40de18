import { expect, it } from 'vitest';
import { TIMINGS } from '../../src-main/node/timing.ts';
import { HOUR_MS, load } from './facts.ts';
import { playSound } from './sound.ts';

const { idleStatusMs, viewCapMs } = TIMINGS.loopback;
/** Two of STATUS, each up to a fifth late, and one view, which may be a late one. */
const PROGRESS_MS = 2 * idleStatusMs * 1.2 + viewCapMs;

it.each([
  [4, 2],
  [7, 3],
])('%i nodes, of which %i sleep for hours and wake one by one', async (nodes, absent) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 4, [0, 1]);
    const asleep = world.machines.slice(nodes - absent);
    for (const machine of asleep) machine.sleep('now', 'runs');
    world.submitRecord(0);
    // Retransmission decays to its cap.
    await world.advance(600_000);
    const blocks = world.counters.get('blocks');
    const status = world.counters.get('sent status');
    const other = (): number =>
      Object.entries(world.counters.all()).reduce(
        (sum, [name, count]) => (name.startsWith('sent ') && name !== 'sent status' ? sum + count : sum),
        0,
      );
    const others = other();
    await world.advance(2 * HOUR_MS);
    expect(world.counters.get('blocks')).toBe(blocks);
    // A busy node and an idle one each speak once per 10 s and peer, a fifth early at most, and may be asked back.
    const awake = nodes - absent;
    const allowed = (awake * (nodes - 1) * 2 * HOUR_MS * 2 * 1.25) / idleStatusMs;
    expect(world.counters.get('sent status') - status).toBeLessThan(allowed);
    // A ballot or two may be repeated, ever more rarely.
    expect(other() - others).toBeLessThan(allowed / 4);

    for (const machine of asleep) {
      const wasEnough = world.counters.get('blocks') > blocks;
      machine.wake();
      const awakeNow = world.machines.filter(({ hardware }) => hardware.isAwake).length;
      const moved = await world.advanceUntil(() => world.counters.get('blocks') > blocks, PROGRESS_MS);
      expect(moved, `${awakeNow} of ${nodes} awake`).toBe(wasEnough || 3 * awakeNow > 2 * nodes);
    }
    await world.converge();
    await world.listenToSilence();
  });
});
