import { expect, it } from 'vitest';
import { noiseMaker } from '../sim/byzantine/noise-maker.ts';
import { load } from './facts.ts';
import { besiege, playSound } from './sound.ts';

it('noise beside everything else', async () => {
  await besiege('noiseMakers', { sizes: [1, 2, 4] });
});

/** The last one is the noise maker: a member, or a stranger that never becomes one. */
it.each([
  ['member', 4],
  ['stranger', 2],
  ['stranger', 5],
] as const)(
  'a %s makes noise on an idle network of %i: it stays idle, and gives back no more',
  async (role, nodes) => {
    const noise = { bytes: 0, isLoud: false };
    const last = nodes - 1;
    const actors = new Map([[last, noiseMaker(noise)]]);
    const joiners = role === 'stranger' ? 1 : 0;
    await playSound({ seed: nodes, nodes, joiners, actors, profile: 'calm' }, async (world) => {
      await world.start();
      await load(world, 3, [0]);
      if (role === 'stranger') world.bring(last);
      await world.advance(30_000);
      const blocks = world.counters.get('blocks');
      const echo = world.network.bytesSent((_from, to) => to === last);
      noise.isLoud = true;
      await world.listenToSilence();
      noise.isLoud = false;
      expect(world.counters.get('blocks')).toBe(blocks);
      expect(noise.bytes).toBeGreaterThan(50_000);
      expect(world.network.bytesSent((_from, to) => to === last) - echo).toBeLessThan(noise.bytes);
      await load(world, 3, [0]);
      await world.converge();
    });
  },
);
