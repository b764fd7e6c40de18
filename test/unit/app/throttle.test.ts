import { expect, it } from 'vitest';
import { Throttle } from '../../../src-main/app/throttle.ts';
import { ManualClock } from './manual-clock.ts';

it('runs at once, then once per interval, and never forgets the last request', () => {
  const clock = new ManualClock();
  const ranAtMs: number[] = [];
  const throttle = new Throttle(clock, 100, () => ranAtMs.push(clock.nowMs()));
  throttle.request();
  throttle.request();
  clock.advance(50);
  throttle.request();
  clock.advance(50);
  clock.advance(300);
  throttle.request();
  expect(ranAtMs).toEqual([0, 100, 400]);
  throttle.request();
  throttle.cancel();
  clock.advance(1000);
  expect(ranAtMs).toEqual([0, 100, 400]);
});
