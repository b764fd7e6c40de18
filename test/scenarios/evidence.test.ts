/** Contradictions with a SKIP in them, from the lie to the lost stake: what no other liar shows for certain. */
import { expect, it } from 'vitest';
import type { Message } from '../../src-main/core/messages.ts';
import { evidenceKey } from '../../src-main/ledger/evidence-value.ts';
import { eagerSigner } from '../sim/byzantine/eager-signer.ts';
import { signSkip, type ActorFactory } from '../sim/byzantine/tools.ts';
import type { World } from '../sim/world.ts';
import { load, stakesOf } from './facts.ts';
import { playSound } from './sound.ts';

const LIAR = 3;

/** Names the stamp that it knows, and says to the same peer that it knows none. */
const forgetfulSkipper: ActorFactory = (tools) => ({
  outgoing: (_to: number, message: Message) => {
    if (message.type !== 'skip' || message.hn < 0) return [message];
    const other = signSkip(tools, message, -1, null);
    return other === undefined ? [message] : [message, other];
  },
});

/** No COMMIT arrives: a block is stamped and does not become final, so that SKIPs name its stamp. */
async function withoutCommits(world: World): Promise<void> {
  world.network.filter = (_from, _to, payload) => world.decode(payload).type !== 'commit';
  world.submitRecord(0);
  await world.advance(5_000);
  world.network.filter = () => true;
}

const LIES: readonly (readonly [string, ActorFactory, (world: World) => Promise<void>, readonly string[]])[] =
  [
    ['two SKIPs of one view', forgetfulSkipper, withoutCommits, ['skip', 'skip']],
    ['a SKIP that denies a COMMIT', eagerSigner, (world) => load(world, 4, [0, 1]), ['commit', 'skip']],
  ];

it.each(LIES)('%s are on the chain, and cost all stake', async (_name, actor, provoke, kinds) => {
  const options = { seed: 1, nodes: 4, profile: 'calm', actors: new Map([[LIAR, actor]]) } as const;
  await playSound(options, async (world) => {
    await world.start();
    expect(stakesOf(world)[LIAR]).toBeGreaterThan(0);
    await provoke(world);
    await load(world, 10, [0, 1, 2]);
    await world.converge();
    for (const { index } of world.machines.slice(0, LIAR)) {
      const { disk } = world.machines[index]!;
      expect(stakesOf(world, index)[LIAR]).toBe(0);
      const written = disk.values.get(evidenceKey(world.machines[LIAR]!.keys.text))!.at(-1)!;
      const { first, second } = JSON.parse(written.value!) as Record<'first' | 'second', { kind: string }>;
      expect([first.kind, second.kind].toSorted()).toEqual(kinds);
    }
  });
});
