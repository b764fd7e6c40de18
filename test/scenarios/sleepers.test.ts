import { expect, it } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../src-main/node/timing.ts';
import { HOUR_MS, isDemotedNow, leaderOfNext, load, othersOf, proposersAbove } from './facts.ts';
import { besiege, playSound } from './sound.ts';
import type { World } from '../sim/world.ts';

const SLEEPS = [
  ['at any moment', 'now', 'runs'],
  ['at any moment', 'now', 'stops'],
  ['between a durable write and what it was for', 'after-write', 'runs'],
  ['between a durable write and what it was for', 'after-write', 'stops'],
] as const;

/** What two hundred blocks of one record each take to catch up, and then some. */
const CATCH_UP_BYTES = 600 * 1024;
/** Three misses in 200 heights. */
const LONGEST_DEMOTION = 4 * DEFAULT_PARAMETERS.demotionHeights;
/** What a node says that wakes and has to find its place. */
const WAKE_BYTES = 64 * 1024;

it('machines sleep and wake all the time', async () => {
  await besiege('sleepers');
});

/** It wakes, is level again without a storm, and leads again. */
async function wakes(world: World, index: number): Promise<void> {
  const before = {
    said: world.network.bytesSent((from) => from === index),
    heard: world.network.bytesSent((_from, to) => to === index),
    among: world.network.bytesSent((from, to) => from !== index && to !== index),
  };
  world.machines[index]!.wake();
  expect(await world.converge()).toBeLessThan(20_000);
  expect(world.network.bytesSent((from) => from === index) - before.said).toBeLessThan(WAKE_BYTES);
  expect(world.network.bytesSent((_from, to) => to === index) - before.heard).toBeLessThan(CATCH_UP_BYTES);
  expect(world.network.bytesSent((from, to) => from !== index && to !== index) - before.among).toBeLessThan(
    WAKE_BYTES,
  );
  // Who was missed three times or more waits until that is over, in heights; then it leads.
  const wokenAt = world.machines[0]!.disk.tip.height;
  const others = othersOf(world, index);
  while (isDemotedNow(world, index)) {
    await load(world, 1, others, 50);
    expect(world.machines[0]!.disk.tip.height - wokenAt).toBeLessThan(LONGEST_DEMOTION);
  }
  const { height } = world.machines[0]!.disk.tip;
  await load(world, 3 * world.machines.length, others, 100);
  await world.converge();
  expect(proposersAbove(world, height)).toContain(index);
}

it.each([SLEEPS[0], SLEEPS[3]])(
  'a member sleeps for an hour in which 200 blocks pass: %s (%s), its clock %s',
  async (_when, moment, clock) => {
    await playSound({ seed: 4, nodes: 4, profile: 'calm' }, async (world) => {
      await world.start();
      await load(world, 4, [0, 1, 2, 3]);
      const sleeper = world.machines[3]!;
      world.submitRecord(0);
      sleeper.sleep(moment, clock);
      const others = othersOf(world, 3);
      while (world.machines[0]!.disk.tip.height < 200) await load(world, 1, others, 100);
      expect(sleeper.hardware.isAwake).toBe(false);
      expect(sleeper.disk.tip.height).toBeLessThan(10);
      await world.advance(HOUR_MS);
      await wakes(world, 3);
      await world.listenToSilence();
    });
  },
);

it.each(SLEEPS)('a leader sleeps for an hour: %s (%s), its clock %s', async (_when, moment, clock) => {
  await playSound({ seed: 5, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 4, [0, 1, 2, 3]);
    await world.converge();
    const leader = leaderOfNext(world, 0);
    world.machines[leader]!.sleep(moment, clock);
    const others = othersOf(world, leader);
    // Its durable proposal leaves an hour late.
    await load(world, 40, others, 500);
    await world.advance(HOUR_MS);
    expect(world.machines[leader]!.hardware.isAwake).toBe(false);
    world.machines[leader]!.wake();
    await world.converge();
    await world.listenToSilence();
  });
});

it.each([1, 2, 4])('all of %i nodes sleep for an hour, with work to do', async (nodes) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 4, [0]);
    world.submitRecord(nodes - 1);
    for (const machine of world.machines) machine.sleep('after-write', 'stops');
    await world.advance(HOUR_MS);
    for (const machine of world.machines) machine.wake();
    expect(await world.converge()).toBeLessThan(30_000);
  });
});
