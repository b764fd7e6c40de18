import { expect, it } from 'vitest';
import { runArena } from './sound.ts';

it('one member sends whatever its key can sign, and nothing piles up at the others', async () => {
  const counters = await runArena('flooder', 1, 4);
  expect(counters.get('memory checks')).toBeGreaterThan(100);
  expect(counters.get('published committed')).toBeGreaterThan(100);
});
