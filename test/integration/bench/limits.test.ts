import { expect, it } from 'vitest';
import { Stillness, StallError, within } from '../../bench/limits.ts';

it('a limit names what was waited for', async () => {
  const stuck = within('a block', new Promise(() => undefined), 20);
  await expect(stuck).rejects.toThrow(new StallError('a block', 20).message);
  expect(await within('a block', Promise.resolve(7), 60_000)).toBe(7);
  await expect(within('a block', Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});

it('standing still is to see the same for too long', () => {
  let nowMs = 0;
  const stillness = new Stillness('block 9', 20, () => nowMs);
  stillness.look([7, 1]);
  nowMs += 30;
  stillness.look([8, 1]);
  nowMs += 20;
  stillness.look([8, 1]);
  nowMs += 1;
  expect(() => stillness.look([8, 1])).toThrow(
    'stalled: waited 0.02 s for block 9, and saw nothing but [8,1]',
  );
});
