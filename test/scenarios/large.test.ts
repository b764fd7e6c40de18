import { expect, it } from 'vitest';
import type { World } from '../sim/world.ts';
import { HOUR_MS, leaderOfNext, viewOf } from './facts.ts';
import { playSound } from './sound.ts';

const SIZES = process.env['SIM_MATRIX'] === 'full' ? [64, 100] : [64];
/** Members to which an origin pushes its bundle, above 16 of them. */
const FANOUT = 8;

const quorumOf = (nodes: number): number => Math.floor((2 * nodes) / 3) + 1;
const sent = (world: World, type: string): number => world.counters.get(`sent ${type}`);

it.each(SIZES)(
  '%i nodes: messages and signature checks of one block are as few as they can be',
  async (nodes) => {
    await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
      await world.start();
      await world.advance(200);
      const checks = world.machines.map(({ hardware }) => hardware.checks);
      const submitter = (leaderOfNext(world, 0) + 1) % nodes;
      world.submitRecord(submitter);
      await world.converge();
      expect(world.counters.get('blocks')).toBe(1);
      // All to all, once each (PROTOCOL section 8); what overtakes something else is asked for, here and there.
      expect(sent(world, 'vote')).toBeLessThan(1.05 * nodes * (nodes - 1));
      expect(sent(world, 'commit')).toBeLessThan(1.05 * nodes * (nodes - 1));
      // From its origin to some, from the leader, with the proposal, to all; and answers to who asked meanwhile.
      expect(sent(world, 'propose')).toBeLessThan(2 * nodes);
      expect(sent(world, 'bundle')).toBeLessThan(FANOUT + 4 * nodes);
      expect(sent(world, 'skip')).toBe(0);
      // The proposal, votes and commits up to a quorum, and the one bundle; a certificate once more for a few.
      const quorum = quorumOf(nodes);
      const bound = 1 + 2 * (quorum - 1) + 1;
      const spent = world.machines.map(({ hardware }, index) => hardware.checks - checks[index]!);
      expect(Math.max(...spent)).toBeLessThanOrEqual(bound + quorum);
      expect(spent.filter((count) => count <= bound).length).toBeGreaterThan(0.9 * nodes);
    });
  },
);

it.each(SIZES)('%i nodes: one leader has crashed, and one message of twenty is lost', async (nodes) => {
  await playSound({ seed: nodes + 1, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(200);
    const leader = leaderOfNext(world, 0);
    world.crash(leader, 'now', HOUR_MS);
    world.network.faults = { ...world.network.faults, lossPermille: 50 };
    world.submitRecord((leader + 1) % nodes);
    const observer = world.machines[(leader + 2) % nodes]!;
    expect(await world.advanceUntil(() => observer.disk.tip.height === 2, 10_000)).toBe(true);
    expect(viewOf(world, 2, observer.index)).toBeLessThanOrEqual(2);
    await world.advance(2_000);
    // One view is given up and one decides: four ballots of each kind at most, and what was lost once more.
    const ballots = sent(world, 'vote') + sent(world, 'commit') + sent(world, 'skip');
    expect(ballots).toBeLessThan(2 * 3 * nodes * (nodes - 1));
    world.network.heal();
    world.recover();
    await world.converge();
  });
});
