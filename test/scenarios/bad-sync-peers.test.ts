import { expect, it } from 'vitest';
import { badSyncPeer, SYNC_LIES } from '../sim/byzantine/bad-sync-peer.ts';
import type { KeyPair } from '../sim/keys.ts';
import { changeOf, load, stakesOf, vote } from './facts.ts';
import { besiege, playSound } from './sound.ts';

const BLOCKS = 150;

it('members lie to whoever catches up, in lossy weather', async () => {
  await besiege('syncLiars');
});

/**
 * All four founders have equal stakes, until the only honest one has nearly all. So three liars hold the keys with
 * which the first committee could have decided something else.
 */
it.each(SYNC_LIES)('a newcomer starts from the genesis, one of four peers is honest: %s', async (lie) => {
  const stolen: KeyPair[] = [];
  const liar = badSyncPeer(lie, stolen);
  const actors = new Map([1, 2, 3].map((index) => [index, liar]));
  await playSound({ seed: 41, nodes: 5, joiners: 1, actors, profile: 'calm' }, async (world) => {
    stolen.push(...[1, 2, 3].map((index) => world.machines[index]!.keys));
    await world.start();
    await world.advance(500);
    vote(world, [0, 1, 2, 3], 'up', changeOf(world, 0, 9, 'up'));
    await world.advanceUntil(() => stakesOf(world)[0] === 10, 30_000);
    while (world.machines[0]!.disk.tip.height < BLOCKS) await load(world, 1, [0], 50);
    await world.join(4);
    // A liar is left alone after its first lie; who does not answer at all, after its time.
    expect(await world.advanceUntil(() => world.machines[4]!.disk.tip.height >= BLOCKS, 60_000)).toBe(true);
    expect(await world.advanceUntil(() => stakesOf(world)[4] === 1, 60_000)).toBe(true);
    await world.converge();
    expect(world.machines[4]!.disk.tip.hash).toEqual(world.machines[0]!.disk.tip.hash);
  });
});
