import { expect, it } from 'vitest';
import type { Message } from '../../src-main/core/messages.ts';
import type { World } from '../sim/world.ts';
import { playSound } from './sound.ts';

/** Heights at which node `from` has voted or given up, from now on. */
function listenTo(world: World, from: number): number[] {
  const heights: number[] = [];
  world.network.filter = (sender, _to, payload) => {
    const message: Message = world.decode(payload);
    const isSigned = message.type === 'vote' || message.type === 'commit' || message.type === 'skip';
    if (sender === from && isSigned) heights.push(message.height);
    return true;
  };
  return heights;
}

async function load(world: World, rounds: number, nodes: readonly number[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    world.submitRecord(nodes[round % nodes.length]!);
    await world.advance(200);
  }
}

it.each([1, 2, 3])('a lost safety log: silent until three heights later (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 10, [0, 1, 2, 3]);
    const [, , , node] = world.machines;
    world.crash(3, 'now', 400_000);
    node!.disk.loseSafetyLog();
    const heights = listenTo(world, 3);
    const { height } = world.machines[0]!.disk.tip;
    await load(world, 20, [0, 1, 2]);
    await world.converge();
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(height + 3);
    expect(heights.length).toBeGreaterThan(0);
  });
});

it.each([1, 2, 3, 4])(
  'an old copy of the disk: it notices, follows, and signs again later (seed %i)',
  async (seed) => {
    await playSound({ seed, nodes: 4, profile: 'calm' }, async (world) => {
      await world.start();
      await load(world, 10, [0, 1, 2, 3]);
      const [, , , node] = world.machines;
      const backup = node!.disk.copy();
      await load(world, 10, [0, 1, 2, 3]);
      world.crash(3, 'now', 400_000);
      node!.replaceDisk(backup);
      const heights = listenTo(world, 3);
      const { height } = world.machines[0]!.disk.tip;
      await load(world, 20, [0, 1, 2]);
      world.submitRecord(3);
      await world.converge();
      expect(Math.min(...heights)).toBeGreaterThan(height);
      expect(heights.length).toBeGreaterThan(0);
    });
  },
);

it.each([4, 7])(
  '%i nodes: more disks are lost at once than may be: all wait for one decision',
  async (nodes) => {
    await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
      await world.start();
      await load(world, 10, [0, 1, 2, 3]);
      await world.advance(1_000);
      const losers = world.machines.slice(-(Math.floor((nodes - 1) / 3) + 1));
      for (const machine of losers) world.crash(machine.index, 'now', 400_000);
      for (const machine of losers) machine.replaceDisk(machine.disk.empty());
      const awaits = () => losers.map((machine) => machine.facade?.snapshot().awaits);
      expect(await world.advanceUntil(() => awaits().every((what) => what === 'amnesia'), 120_000)).toBe(
        true,
      );
      const blocks = world.counters.get('blocks');
      world.submitRecord(0);
      world.submitRecord(losers[1]!.index);
      await world.advance(600_000);
      expect(world.counters.get('blocks')).toBe(blocks);
      expect(awaits().every((what) => what === 'amnesia')).toBe(true);

      losers[0]!.override('amnesia');
      expect(await world.advanceUntil(() => world.counters.get('blocks') > blocks, 60_000)).toBe(true);
      await load(world, 8, [0, 1, 2]);
      expect(await world.advanceUntil(() => awaits().every((what) => what === null), 120_000)).toBe(true);
      await world.converge();
    });
  },
);
