import { afterEach, expect, it, vi } from 'vitest';
import { ARENAS } from '../sim/arenas.ts';
import { runSeed, type Outcome } from '../sim/world.ts';
import { expectSound } from './sound.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 1);

afterEach(() => vi.useRealTimers());

/** A run in which whoever asks for the time of day is told this; how often somebody asked comes back. */
async function runWith(tell: (asked: number) => number): Promise<{ outcome: Outcome; asked: number }> {
  const real = Date.now;
  let asked = 0;
  class Told extends Date {
    constructor(...parts: readonly [] | readonly [number | string]) {
      super(...((parts.length === 0 ? [tell(asked++)] : parts) as [number]));
    }
    static override now(): number {
      return tell(asked++);
    }
  }
  vi.stubGlobal('Date', Told);
  try {
    expect(Date.now()).toBe(tell(0));
    expect(new Date().getTime()).toBe(tell(1));
    asked = 0;
    return { outcome: await runSeed(ARENAS.hostile.options(7)), asked };
  } finally {
    vi.unstubAllGlobals();
    expect(Date.now).toBe(real);
  }
}

it('wall clocks an hour off, jumping or frozen: the traces are identical, as nobody looks at them', async () => {
  const usual = await runSeed(ARENAS.hostile.options(7));
  expectSound(usual);
  const clocks: Readonly<Record<string, (asked: number) => number>> = {
    'an hour ahead': (asked) => NOW_MS + HOUR_MS + asked,
    'an hour behind': (asked) => NOW_MS - HOUR_MS + asked,
    jumping: (asked) => NOW_MS + (asked % 2 === 0 ? -HOUR_MS : HOUR_MS) * (asked % 7),
    frozen: () => NOW_MS,
  };
  for (const [name, tell] of Object.entries(clocks)) {
    const { outcome, asked } = await runWith(tell);
    expect(outcome.trace, name).toBe(usual.trace);
    expect(asked, name).toBe(0);
  }
});

it('monotonic clocks that run at different speeds cost time, and nothing else', async () => {
  const outcome = await runSeed({
    ...ARENAS.lyingSkippers.options(3, 5),
    troubles: [
      (world) => {
        for (const { index, hardware } of world.machines)
          hardware.clockPermille = [500, 1000, 2000][index % 3]!;
        return () => {
          for (const { hardware } of world.machines) hardware.clockPermille = 1000;
        };
      },
    ],
  });
  expectSound(outcome);
});
