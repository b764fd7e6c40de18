import { expect, it } from 'vitest';
import { unprovedOf } from '../../src-main/core/proofs-record.ts';
import { badFastPeer, FAST_LIES } from '../sim/byzantine/bad-fast-peer.ts';
import type { World } from '../sim/world.ts';
import { load, stakesOf } from './facts.ts';
import { playSound } from './sound.ts';

const BLOCKS = 200;
const JOINER = 4;
const PATIENCE_MS = 300_000;
const MOMENTS = ['before-write', 'torn-write', 'after-write', 'now'] as const;
const MOST_CRASHES = 12;

const unproved = (world: World) => unprovedOf([...world.machines[JOINER]!.disk.records.values()]);
const heightOf = (world: World, index: number): number => world.machines[index]!.disk.tip.height;

/** To the newest block of the first of these, which are asked. */
async function joinFast(world: World, invited: readonly number[]): Promise<void> {
  const { height, hash } = world.machines[invited[0]!]!.disk.tip;
  const joiner = world.machines[JOINER]!;
  joiner.fastWay = { checkpoint: { height, hash }, peers: invited.map((index) => world.keyOf(index)) };
  world.bring(JOINER);
  await world.advanceUntil(() => joiner.facade !== null, PATIENCE_MS);
  joiner.requestJoin();
}

async function made(world: World): Promise<void> {
  await world.start();
  await world.advance(500);
  while (heightOf(world, 0) < BLOCKS) await load(world, 1, [0, 2, 3], 20);
}

/** It has everything, has checked everything, and is a full member. */
async function arrives(world: World): Promise<void> {
  const isThere = (): boolean => heightOf(world, JOINER) >= BLOCKS && unproved(world) === null;
  expect(await world.advanceUntil(isThere, PATIENCE_MS)).toBe(true);
  expect(await world.advanceUntil(() => stakesOf(world)[JOINER] === 1, PATIENCE_MS)).toBe(true);
  await world.converge();
  const [joiner, other] = [world.machines[JOINER]!, world.machines[0]!];
  expect(joiner.disk.tip.hash).toEqual(other.disk.tip.hash);
}

/** The liar is asked first, and one that is honest beside it. */
it.each(FAST_LIES)('a newcomer takes the fast way, and one of whom it asks lies: %s', async (lie) => {
  const actors = new Map([[1, badFastPeer(lie, 70)]]);
  const { counters } = await playSound(
    { seed: 51, nodes: 5, joiners: 1, actors, profile: 'calm' },
    async (world) => {
      await made(world);
      await joinFast(world, [1, 0]);
      await arrives(world);
    },
  );
  const isForged = lie === 'forged-block';
  expect(counters[isForged ? 'fast way: other-chain' : 'fast way: taken']).toBe(1);
  if (!isForged) expect(counters['proofs fetched again']).toBeGreaterThan(0);
});

it('a power cut at every turn of the fast way, and while it is checked, costs nothing but time', async () => {
  const { counters } = await playSound({ seed: 52, nodes: 5, joiners: 1, profile: 'calm' }, async (world) => {
    await made(world);
    const joiner = world.machines[JOINER]!;
    let crashes = 0;
    const cut = (): void => {
      const isOnIt = heightOf(world, JOINER) < BLOCKS || unproved(world) !== null;
      if (crashes < MOST_CRASHES && isOnIt && joiner.isRunning)
        joiner.crash(MOMENTS[crashes++ % MOMENTS.length]!, 10_000);
      world.schedule.after(60_000, cut);
    };
    world.schedule.after(1_000, cut);
    await joinFast(world, [0, 2]);
    // Its owner asks again after each start.
    const ask = (): void => {
      joiner.requestJoin();
      world.schedule.after(1_000_000, ask);
    };
    ask();
    await arrives(world);
    expect(crashes).toBe(MOST_CRASHES);
  });
  expect(counters['fast way: taken']).toBe(1);
});
