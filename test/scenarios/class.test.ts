/** A class joins: one founder, and everybody else clicks within two minutes (PROTOCOL section 4.8). */
import { expect, it } from 'vitest';
import { decodeLedgerState } from '../../src-main/ledger/state.ts';
import type { RunOptions, World } from '../sim/world.ts';
import { playSound } from './sound.ts';

const FULL = 10;

function stakesOf(world: World): number[] {
  return decodeLedgerState(world.machines[0]!.disk.tip.snapshot).members.map(({ stake }) => stake);
}

const hasArrived = (world: World, members: number) => () => {
  const stakes = stakesOf(world);
  return stakes.length === members && stakes.every((stake) => stake === FULL);
};

function play(
  options: Partial<RunOptions> & Pick<RunOptions, 'seed' | 'profile' | 'nodes'>,
  run: (world: World) => Promise<void>,
) {
  return playSound({ stakes: [FULL], isShared: true, joiners: options.nodes - 1, ...options }, run);
}

it.each([
  ['calm', 1],
  ['lossy', 2],
] as const)(
  'twenty who click within two minutes are full members then (%s, seed %i)',
  async (profile, seed) => {
    await play({ seed, profile, nodes: 21 }, async (world) => {
      await world.start();
      await world.advance(500);
      for (let index = 1; index <= 20; index++) {
        await world.join(index);
        await world.advance(5_900);
      }
      expect(await world.advanceUntil(hasArrived(world, 21), 10_000)).toBe(true);
      await world.converge();
      await world.listenToSilence();
    });
  },
);

it("twenty who click in the same moment do not stand in each other's way", async () => {
  await play({ seed: 3, profile: 'calm', nodes: 21 }, async (world) => {
    await world.start();
    await world.advance(500);
    for (let index = 1; index <= 20; index++) await world.join(index);
    expect(await world.advanceUntil(hasArrived(world, 21), 30_000)).toBe(true);
    await world.converge();
    await world.listenToSilence();
  });
});

it('while they are two or three, the founder goes on without the others; with four, anybody may leave', async () => {
  await play({ seed: 4, profile: 'calm', nodes: 4 }, async (world) => {
    await world.start();
    await world.advance(500);
    for (const [index, stakes] of [
      [1, [10, 2]],
      [2, [10, 2, 2]],
    ] as const) {
      await world.join(index);
      expect(await world.advanceUntil(() => String(stakesOf(world)) === String(stakes), 30_000)).toBe(true);
      await world.advance(2_000);
    }
    for (const index of [1, 2]) world.crash(index, 'now', 3_600_000_000);
    const { height } = world.machines[0]!.disk.tip;
    world.submitRecord(0);
    expect(await world.advanceUntil(() => world.machines[0]!.disk.tip.height > height, 10_000)).toBe(true);
    world.recover();
    await world.join(3);
    expect(await world.advanceUntil(hasArrived(world, 4), 60_000)).toBe(true);
    await world.advance(2_000);
    world.crash(0, 'now', 3_600_000_000);
    const before = world.machines[1]!.disk.tip.height;
    world.submitRecord(1);
    expect(await world.advanceUntil(() => world.machines[1]!.disk.tip.height > before, 60_000)).toBe(true);
    world.recover();
    await world.converge();
  });
});
