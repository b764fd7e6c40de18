import { expect, it } from 'vitest';
import { TIMINGS } from '../../src-main/node/timing.ts';
import { SLOW_DISK, SLOW_PROCESSOR } from '../sim/byzantine/slow-machine.ts';
import { IMMEDIATE } from '../sim/hardware.ts';
import { leaderOfNext, load, viewOf } from './facts.ts';
import { besiege, playSound } from './sound.ts';

it('as many disks as may fail take a second for each durable write', async () => {
  await besiege('slowDisks');
});

it('as many processors as may fail are a hundred times slower', async () => {
  await besiege('slowProcessors');
});

it.each([
  ['processor', 4, SLOW_PROCESSOR],
  ['processor', 7, SLOW_PROCESSOR],
  ['disk', 1, SLOW_DISK],
  ['disk', 4, SLOW_DISK],
] as const)('where every %s is slow, %i nodes still decide', async (_what, nodes, times) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    for (const { hardware } of world.machines) hardware.times = times;
    await world.start();
    await world.advance(10_000);
    for (let index = 0; index < nodes; index++) world.submitRecord(index);
    expect(await world.converge()).toBeLessThan(120_000);
  });
});

/** The leader's turn takes so long that its proposal comes so much before or after the others' timer. */
it.each([
  ['inside', -60, 0],
  ['outside', 60, 1],
])('a leader just %s of T_view', async (_where, marginMs, view) => {
  await playSound({ seed: 2, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 3, [0, 1, 2]);
    await world.converge();
    const { height } = world.machines[0]!.disk.tip;
    const leader = leaderOfNext(world, 0);
    const turnUs = (TIMINGS.loopback.viewMs + marginMs) * 1000;
    world.machines[leader]!.hardware.times = { ...IMMEDIATE, turnUs };
    const submitter = (leader + 1) % 4;
    world.submitRecord(submitter);
    await world.advanceUntil(() => world.machines[submitter]!.disk.tip.height > height, 30_000);
    expect(viewOf(world, height + 1, submitter)).toBe(view);
    world.machines[leader]!.hardware.times = IMMEDIATE;
    await world.converge();
  });
});
