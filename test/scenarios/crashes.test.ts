import { expect, it } from 'vitest';
import { CRASH_MOMENTS } from '../sim/nemesis.ts';
import { playSound } from './sound.ts';

it.each(CRASH_MOMENTS)('each of four nodes loses power in turn: %s', async (moment) => {
  await playSound({ seed: 5, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    for (let round = 0; round < 24; round++) {
      world.submitRecord((round + 1) % 4);
      world.crash(round % 4, moment, 700_000);
      await world.advance(1_500);
    }
    world.recover();
    await world.converge();
    expect(world.counters.get('crashes')).toBeGreaterThan(20);
  });
});

it.each(CRASH_MOMENTS)('all nodes lose power at once, again and again: %s', async (moment) => {
  await playSound({ seed: 6, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    for (let round = 0; round < 12; round++) {
      for (let index = 0; index < 4; index++) world.submitRecord(index);
      await world.advance(round * 1.5);
      for (let index = 0; index < 4; index++) world.crash(index, moment, 300_000 + index * 50_000);
      await world.advance(3_000);
    }
    world.recover();
    await world.converge();
  });
});

it('a commit certificate that only one node has, when all lose power, is the block of all', async () => {
  await playSound({ seed: 7, nodes: 4, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    // Only node 2 hears the COMMITs.
    world.network.filter = (_from, to, payload) => to === 2 || world.decode(payload).type !== 'commit';
    world.submitRecord(1);
    await world.advanceUntil(() => world.machines[2]!.disk.tip.height === 2, 10_000);
    const { hash } = world.machines[2]!.disk.tip;
    for (let index = 0; index < 4; index++) world.crash(index, 'now', 500_000);
    world.network.heal();
    await world.advance(1_000);
    await world.converge();
    for (const machine of world.machines) expect(machine.disk.blocks.get(2)?.hash).toEqual(hash);
  });
});

/** Everybody has said it, nobody has heard it, and it is on every disk. */
it.each([
  ['VOTE', 'vote', 4],
  ['VOTE', 'vote', 7],
  ['SKIP', 'skip', 4],
  ['SKIP', 'skip', 7],
] as const)('all nodes lose power after every %s is written (%s, %i nodes)', async (_name, kind, nodes) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    world.network.filter = (_from, _to, payload) => {
      const { type } = world.decode(payload);
      return type !== kind && (kind === 'vote' || type !== 'propose');
    };
    world.submitRecord(1);
    const hasWritten = (): boolean =>
      world.machines.every(({ disk }) => disk.safetyRecord(2, kind, '0') !== undefined);
    expect(await world.advanceUntil(hasWritten, 20_000)).toBe(true);
    for (let index = 0; index < nodes; index++) world.crash(index, 'now', 300_000);
    world.network.heal();
    await world.advance(1_000);
    await world.converge();
    expect(world.counters.get('blocks')).toBeGreaterThan(0);
  });
});
