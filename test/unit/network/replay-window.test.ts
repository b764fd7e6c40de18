import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REPLAY_WINDOW_SIZE, ReplayWindow } from '../../../src-main/network/replay-window.ts';

function offer(window: ReplayWindow, counter: number): boolean {
  if (!window.fresh(counter)) return false;
  window.accept(counter);
  return true;
}

describe('ReplayWindow', () => {
  test('remembers at least 1024 counters', () => {
    expect(REPLAY_WINDOW_SIZE).toBeGreaterThanOrEqual(1024);
  });

  test('accepts each counter once, in any order within the window', () => {
    const window = new ReplayWindow();
    for (let counter = REPLAY_WINDOW_SIZE - 1; counter >= 0; counter--)
      expect(offer(window, counter)).toBe(true);
    for (let counter = 0; counter < REPLAY_WINDOW_SIZE; counter++) expect(offer(window, counter)).toBe(false);
  });

  test('refuses what is older than the window, accepted or not', () => {
    const window = new ReplayWindow();
    expect(offer(window, 10_000)).toBe(true);
    expect(offer(window, 10_000 - REPLAY_WINDOW_SIZE)).toBe(false);
    expect(offer(window, 10_000 - REPLAY_WINDOW_SIZE + 1)).toBe(true);
  });

  test('a far jump forgets everything before, and counters beyond 32 bits work', () => {
    const window = new ReplayWindow();
    offer(window, 5);
    expect(offer(window, 2 ** 40)).toBe(true);
    expect(offer(window, 5)).toBe(false);
    expect(offer(window, 2 ** 40 - 5)).toBe(true);
    expect(offer(window, 2 ** 40)).toBe(false);
  });

  test('agrees with a set that remembers everything', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3 * REPLAY_WINDOW_SIZE), { maxLength: 400 }), (counters) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        for (const counter of counters) {
          const expected =
            !seen.has(counter) && (counter > highest || highest - counter < REPLAY_WINDOW_SIZE);
          expect(offer(window, counter)).toBe(expected);
          seen.add(counter);
          highest = Math.max(highest, counter);
        }
      }),
    );
  });
});
