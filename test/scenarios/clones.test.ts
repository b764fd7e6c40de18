import { expect, it } from 'vitest';
import type { Instance } from '../../src-main/core/messages.ts';
import type { Actor } from '../sim/byzantine/tools.ts';
import { copy } from '../sim/byzantine/twin.ts';
import { HOUR_MS, listenTo, load } from './facts.ts';
import { playSound } from './sound.ts';

/** Both run the app's own node, but what they sign together is nobody's promise. */
const COPIES = {
  nodes: 5,
  joiners: 1,
  twins: new Map([[4, 3]]),
  actors: new Map([
    [3, copy],
    [4, copy],
  ]),
} as const;

it.each([1, 2, 3])(
  'a copied profile: both notice, neither signs, the owner decides (seed %i)',
  async (seed) => {
    await playSound({ seed, ...COPIES, profile: 'calm' }, async (world) => {
      await world.start();
      await load(world, 5, [0, 1, 2, 3]);
      const [, , , first, second] = world.machines;
      second!.replaceDisk(first!.disk.copy());
      world.bring(4);
      // The copy knows the one it was copied from as its own past, and needs longer to see that it still speaks.
      const haveNoticed = (): boolean =>
        [first, second].every((machine) => machine!.facade?.snapshot().silence === 'clone');
      expect(await world.advanceUntil(haveNoticed, 1_200_000)).toBe(true);

      const heights = listenTo(world, [3, 4]);
      await load(world, 5, [0, 1, 2]);
      await world.converge();
      expect(heights).toEqual([]);

      world.crash(4, 'now', 1000 * HOUR_MS);
      await world.advance(60_000);
      expect(first!.facade!.snapshot().silence).toBe('clone');
      first!.override('clone');
      // What its copy may have signed is decided three heights after all have said where they stand.
      await world.advance(30_000);
      await load(world, 8, [0, 1, 2, 3]);
      await world.converge();
      expect(heights.length).toBeGreaterThan(0);
    });
  },
);

it('one liar who repeats what a node said before its last start cannot silence it', async () => {
  const repeated: { instance: Instance | null } = { instance: null };
  const repeater = (): Actor => ({
    outgoing: (to, message) =>
      to === 3 && message.type === 'status' && repeated.instance !== null
        ? [{ ...message, echoes: [repeated.instance] }, message]
        : [message],
    incoming: (from, message) => {
      if (from === 3 && message.type === 'status') repeated.instance ??= message.instance;
      return true;
    },
  });
  await playSound({ seed: 6, nodes: 4, actors: new Map([[0, repeater]]), profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 4, [0, 1, 2, 3]);
    expect(repeated.instance).not.toBeNull();
    world.crash(3, 'now', 200_000);
    await world.advance(600_000);
    expect(world.machines[3]!.facade!.snapshot().silence).toBeNull();
  });
});

it.each([3, 4])('%i nodes: who forgot and is needed for the quorum waits for its owner', async (nodes) => {
  await playSound({ seed: nodes, nodes, profile: 'calm' }, async (world) => {
    await world.start();
    await load(world, 5, [0, 1]);
    const forgetful = world.machines[nodes - 1]!;
    // Of four, three are left, so that all three are needed; of three equal ones, all are at any time.
    if (nodes === 4) world.crash(2, 'now', 1000 * HOUR_MS);
    world.crash(forgetful.index, 'now', 300_000);
    forgetful.disk.loseSafetyLog();
    await world.advance(1_000);
    const blocks = world.counters.get('blocks');
    world.submitRecord(0);
    await world.advance(120_000);
    expect(world.counters.get('blocks')).toBe(blocks);
    expect(forgetful.facade!.snapshot().silence).toBe('amnesia');
    forgetful.override('amnesia');
    expect(await world.advanceUntil(() => world.counters.get('blocks') > blocks, 60_000)).toBe(true);
    world.recover();
    await world.converge();
  });
});
