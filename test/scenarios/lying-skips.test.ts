import { expect, it } from 'vitest';
import { besiege } from './sound.ts';

it('SKIPs that name too little, what does not exist, and something else to everybody', async () => {
  const counters = await besiege('lyingSkippers');
  expect(counters.get('published evidence')).toBeGreaterThan(0);
});

it('leaders assemble their S from the skips that do the most harm, with the lies of all accomplices', async () => {
  const counters = await besiege('subsetLeaders', { sizes: [2, 4, 5, 7] });
  expect(counters.get('S carried an N')).toBeGreaterThan(0);
  expect(counters.get('re-proposals committed')).toBeGreaterThan(0);
});

it('votes of others that are told as their commitments, and the other way round', async () => {
  const counters = await besiege('relabellers', { sizes: [4] });
  expect(counters.get('published rejected')).toBeGreaterThan(0);
});

it('everything that a key can sign, at once and for everybody', async () => {
  const counters = await besiege('eagerSigners');
  expect(counters.get('published evidence')).toBeGreaterThan(0);
});
