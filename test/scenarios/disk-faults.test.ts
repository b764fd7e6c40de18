import { expect, it } from 'vitest';
import { playSound } from './sound.ts';

it.each(['disk-full', 'io'] as const)(
  'the disk of each of four nodes fails in turn (%s): it halts, says so, and goes on when it is repaired',
  async (fault) => {
    await playSound({ seed: 21, nodes: 4, profile: 'calm' }, async (world) => {
      await world.start();
      await world.advance(500);
      for (let round = 0; round < 12; round++) {
        const machine = world.machines[round % 4]!;
        machine.failDisk(fault, 3_000_000);
        world.submitRecord((round + 1) % 4);
        expect(await world.advanceUntil(() => machine.isHalted, 5_000)).toBe(true);
        const { height } = machine.disk.tip;
        expect(machine.facade!.snapshot()).toMatchObject({ phase: 'halted', height });
        world.submitRecord((round + 2) % 4);
        // The other three are a quorum, and the halted one writes nothing.
        const other = world.machines[(round + 1) % 4]!;
        expect(await world.advanceUntil(() => other.disk.tip.height > height, 2_500)).toBe(true);
        expect(machine.isHalted).toBe(true);
        expect(machine.disk.tip.height).toBe(height);
        expect(await world.advanceUntil(() => !machine.isHalted, 5_000)).toBe(true);
        await world.advance(2_000);
      }
      await world.converge();
      expect(world.counters.get(`halted: ${fault}`)).toBe(12);
    });
  },
);

it('all disks are full at once, then there is room again', async () => {
  await playSound({ seed: 22, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    for (let round = 0; round < 6; round++) {
      for (let index = 0; index < 4; index++) world.submitRecord(index);
      await world.advance(round * 1.7);
      for (const { index } of world.machines)
        world.machines[index]!.failDisk('disk-full', 300_000 + index * 70_000);
      await world.advance(2_000);
    }
    world.recover();
    await world.converge();
    expect(world.counters.get('halted: disk-full')).toBeGreaterThanOrEqual(20);
  });
});
