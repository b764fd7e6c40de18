import { expect, it } from 'vitest';
import type { Command } from '../../src-main/core/types.ts';
import { decodeLedgerState } from '../../src-main/ledger/state.ts';
import { PERFECT_LINKS } from '../sim/network.ts';
import type { World } from '../sim/world.ts';
import { playSound } from './sound.ts';

function stakesOf(world: World): number[] {
  const { members } = decodeLedgerState(world.machines[0]!.disk.tip.snapshot);
  return members.map(({ stake }) => stake);
}

function vote(world: World, voters: readonly number[], ident: string, command: Command): void {
  for (const index of voters) world.submit(index, `${ident}-${index}`, [command]);
}

it.each([1, 2, 3, 4, 5, 6])(
  'stakes change in hostile weather, and every height has one committee (seed %i)',
  async (seed) => {
    await playSound({ seed, nodes: 5, profile: 'hostile', stakes: [3, 3, 3, 3, 3] }, async (world) => {
      await world.start();
      await world.advance(500);
      const change = (target: number, delta: number, ident: string): Command => ({
        kind: 'modifyStake',
        publicKey: world.machines[target]!.publicKey,
        ident,
        delta,
      });
      vote(world, [0, 1, 2, 3, 4], 'up', change(0, 4, 'up'));
      vote(world, [0, 1, 2, 3, 4], 'down', change(4, -2, 'down'));
      await world.weather();
      await world.advance(500);
      vote(world, [0, 1, 2, 3, 4], 'again', change(1, 1, 'again'));
      await world.converge();
      // A node that had no power lost its part of the votes with it; what is left decides the same for everybody.
      expect(stakesOf(world).every((stake) => [1, 3, 4, 7].includes(stake))).toBe(true);
      expect(stakesOf(world)[1]).toBe(4);
      await world.listenToSilence();
    });
  },
);

it('a member whose stake falls to 0 under a full lane neither stops the chain nor loses what it accepted', async () => {
  await playSound({ seed: 9, nodes: 5, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    const publicKey = world.machines[4]!.publicKey;
    const big = 'x'.repeat(3_500);
    const fill = (round: number): void => {
      for (let i = 0; i < 12; i++) {
        world.submit(4, `big-${round}-${i}`, [{ kind: 'data', ns: 'test:record:big', d: big }]);
      }
    };
    fill(0);
    vote(world, [0, 1, 2, 3], 'zero', { kind: 'modifyStake', publicKey, ident: 'zero', delta: -1 });
    for (let round = 1; round < 6; round++) {
      await world.advance(3);
      fill(round);
    }
    for (let index = 0; index < 4; index++) world.submitRecord(index);
    await world.converge();
    expect(stakesOf(world)).toEqual([1, 1, 1, 1, 0]);
    await world.listenToSilence();
  });
});

it('what a member accepted while it was alone commits, though its stake has fallen to 0 since', async () => {
  await playSound({ seed: 21, nodes: 5, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    world.network.partition([0, 0, 0, 0, 1]);
    // Larger than any bundle of a member that never had stake.
    world.submit(4, 'alone', [{ kind: 'data', ns: 'test:record:big', d: 'x'.repeat(8_000) }]);
    const publicKey = world.machines[4]!.publicKey;
    vote(world, [0, 1, 2, 3], 'zero', { kind: 'modifyStake', publicKey, ident: 'zero', delta: -1 });
    await world.advance(20_000);
    expect(stakesOf(world)).toEqual([1, 1, 1, 1, 0]);
    world.network.heal();
    await world.converge();
    await world.listenToSilence();
  });
});

it('a member that was voted out is gone, and the others go on', async () => {
  await playSound({ seed: 10, nodes: 5, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    vote(world, [0, 1, 2, 3], 'out', { kind: 'removePeer', publicKey: world.machines[4]!.publicKey });
    await world.converge();
    for (let index = 0; index < 4; index++) world.submitRecord(index);
    await world.converge();
    expect(stakesOf(world)).toEqual([1, 1, 1, 1]);
    // It says so itself, and the others do not say it of themselves.
    expect([0, 4].map((index) => membershipOf(world, index))).toEqual(['member', 'left']);
  });
});

const membershipOf = (world: World, index: number) => world.machines[index]!.facade!.snapshot().membership;

it.each([1, 2, 3])('a newcomer joins, catches up, is raised and votes (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 5, joiners: 1, profile: 'calm' }, async (world) => {
    await world.start();
    for (let round = 0; round < 100; round++) {
      world.submitRecord(round % 4);
      await world.advance(100);
    }
    await world.join(4);
    expect(membershipOf(world, 4)).toBe('none');
    await world.advanceUntil(() => stakesOf(world)[4] === 1, 60_000);
    await world.advanceUntil(() => membershipOf(world, 4) === 'member', 60_000);
    expect(membershipOf(world, 4)).toBe('member');
    expect(stakesOf(world)).toEqual([1, 1, 1, 1, 1]);
    // Four of five are a quorum, so now the newcomer's vote is needed when another is away.
    await world.advance(2_000);
    world.crash(0, 'now', 3_600_000_000);
    for (let round = 0; round < 10; round++) {
      world.submitRecord(1 + (round % 4));
      await world.advance(500);
    }
    world.recover();
    await world.converge();
  });
});

it('a newcomer to a long chain is sponsored once it knows how long it is', async () => {
  await playSound({ seed: 12, nodes: 2, joiners: 1, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    // Longer than the wish of a newcomer that knows the genesis only is valid for.
    while (world.machines[0]!.disk.tip.height <= 1_010) {
      world.submitRecord(0);
      await world.advance(2);
    }
    // So slow that it asks before it has caught up.
    world.network.faults = { ...PERFECT_LINKS, minDelayUs: 30_000, maxDelayUs: 60_000 };
    await world.join(1);
    expect(await world.advanceUntil(() => stakesOf(world).length === 2, 60_000)).toBe(true);
    await world.converge();
  });
});
