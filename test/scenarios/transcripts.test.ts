/**
 * What four nodes say and write, word for word. A change of these files is a change of the protocol's
 * behaviour: look at it, then write them anew with `npx vitest run test/scenarios/transcripts.test.ts
 * --update`.
 */
import { expect, it } from 'vitest';
import type { World } from '../sim/world.ts';
import { playSound } from './sound.ts';

async function transcriptOf(seed: number, script: (world: World) => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  // STATUS only says that nothing new was said.
  const echo = (line: string): void => void (line.includes(' STATUS ') || lines.push(line));
  await playSound({ seed, nodes: 4, profile: 'calm', echo }, async (world) => {
    await world.start();
    await world.advance(500);
    lines.length = 0;
    await script(world);
  });
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

it('one record, one block: propose, vote, commit', async () => {
  const transcript = await transcriptOf(1, async (world) => {
    world.submitRecord(0);
    await world.converge();
  });
  await expect(transcript).toMatchFileSnapshot('../golden/transcript-one-block.txt');
});

it('a proposal that two nodes do not hear: skips, and the next leader', async () => {
  const transcript = await transcriptOf(2, async (world) => {
    world.network.filter = (_from, to, payload) => {
      const message = world.decode(payload);
      return message.type !== 'propose' || message.propose.view > 0 || to < 2;
    };
    world.submitRecord(0);
    await world.converge();
  });
  await expect(transcript).toMatchFileSnapshot('../golden/transcript-view-change.txt');
});

it('a notarised block whose commits are lost is carried on by the next leader', async () => {
  const transcript = await transcriptOf(3, async (world) => {
    world.network.filter = (_from, _to, payload) => {
      const message = world.decode(payload);
      return message.type !== 'commit' || message.view > 0;
    };
    world.submitRecord(0);
    await world.converge();
    expect(world.counters.get('re-proposals committed')).toBe(1);
  });
  await expect(transcript).toMatchFileSnapshot('../golden/transcript-carried-on.txt');
});
