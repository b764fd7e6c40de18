import { describe, expect, it } from 'vitest';
import { Timers } from '../../../src-main/core/timers.ts';
import { networkOf } from './builders.ts';
import { Recorder } from './recording-context.ts';

const network = networkOf();

function timersAt(nowMs = 0) {
  const recorder = new Recorder(network, network.keys[0]!);
  recorder.nowMs = nowMs;
  const timers = new Timers(recorder.context);
  const delays = () => recorder.of('setTimer').map(({ timer, delayMs }) => [timer, delayMs]);
  return { recorder, timers, delays, timing: recorder.context.timing };
}

describe('the view timer', () => {
  it('grows by half with each view, in whole milliseconds, up to its cap', () => {
    const { timers } = timersAt();
    const timeouts = [0, 1, 2, 3, 4].map((view) => timers.viewTimeoutMs(view, false));
    expect(timeouts).toEqual([400, 600, 900, 1350, 2025]);
    expect(timers.viewTimeoutMs(12, false)).toBe(10_000);
    expect(timers.viewTimeoutMs(4_000_000_000, false)).toBe(10_000);
  });

  it('is two retransmissions for a suspected leader', () => {
    const { timers, timing } = timersAt();
    expect(timers.viewTimeoutMs(3, true)).toBe(2 * timing.retransmitMs);
  });

  it('runs once per view, and anew after a restart of what it runs for', () => {
    const { timers, delays } = timersAt();
    timers.timeView('2:0', () => 400);
    timers.timeView('2:0', () => 400);
    expect(delays()).toEqual([['view', 400]]);
    timers.fired('view');
    timers.timeView('2:0', () => 400);
    expect(delays()).toHaveLength(1);
    timers.timeView('2:1', () => 600);
    timers.restartView();
    timers.timeView('2:1', () => 600);
    expect(delays()).toEqual([
      ['view', 400],
      ['view', 600],
      ['view', 600],
    ]);
  });

  it('stops when there is nothing to wait for', () => {
    const { timers, recorder } = timersAt();
    timers.timeView('2:0', () => 400);
    timers.timeView(null, () => 400);
    timers.timeView(null, () => 400);
    expect(recorder.of('clearTimer')).toEqual([{ type: 'clearTimer', timer: 'view' }]);
  });
});

describe('T_view', () => {
  /** A height that took so long, in one view. */
  function after(...heightsMs: number[]) {
    const at = timersAt(1000);
    const decide = (tookMs: number, hasVoted = true): void => {
      at.timers.timeView('2:0', () => 400);
      at.recorder.nowMs += tookMs;
      at.timers.heightDecided(hasVoted);
      at.timers.restartView();
      // Nothing is to be decided for a while: that is no work.
      at.recorder.nowMs += 60_000;
    };
    for (const tookMs of heightsMs) decide(tookMs);
    return { ...at, decide, viewMs: () => at.timers.viewTimeoutMs(0, false) };
  }

  it.each([
    [[], 400],
    [[266], 400],
    [[268], 402],
    [[1000], 1500],
    [[100, 1000.9, 100], 1162],
    [[700, 800], 1200],
  ])('after heights of %j ms is %i ms', (heightsMs, expectedMs) => {
    expect(after(...heightsMs).viewMs()).toBe(expectedMs);
  });

  it('is back at that of the profile after a few fast heights', () => {
    const { decide, viewMs } = after(2000);
    const seen: number[] = [];
    for (let i = 0; i < 8; i++) {
      seen.push(viewMs());
      decide(4);
    }
    expect(seen).toEqual([3000, 2251, 1689, 1267, 951, 714, 537, 403]);
    expect(viewMs()).toBe(400);
  });

  it('grows to eight times that of the profile, and with the views of a height up to the cap', () => {
    const { timers, viewMs } = after(1e9);
    expect(viewMs()).toBe(3200);
    expect(timers.viewTimeoutMs(1, false)).toBe(4800);
    expect(timers.viewTimeoutMs(9, false)).toBe(10_000);
  });

  it('is forgotten within ten quick heights, also after hours in which too many were away', () => {
    const { decide, viewMs } = after(2 * 60 * 60_000);
    expect(viewMs()).toBe(3200);
    for (let height = 0; height < 10; height++) decide(100);
    expect(viewMs()).toBeLessThan(500);
  });

  it('does not make a suspected leader faster or slower', () => {
    const { timers, timing } = after(2000);
    expect(timers.viewTimeoutMs(0, true)).toBe(2 * timing.retransmitMs);
  });

  it('counts a view that was given up although its leader had proposed', () => {
    const { timers, recorder, viewMs } = after();
    timers.timeView('2:0', () => 400);
    recorder.nowMs += 400;
    timers.viewEntered(true);
    timers.timeView('2:1', () => 600);
    recorder.nowMs += 300;
    timers.heightDecided(true);
    expect(viewMs()).toBe(1050);
  });

  it('does not count a view that was spent waiting for a leader', () => {
    const { timers, recorder, viewMs } = after();
    timers.timeView('2:0', () => 400);
    recorder.nowMs += 400;
    timers.viewEntered(false);
    timers.timeView('2:1', () => 600);
    recorder.nowMs += 300;
    timers.heightDecided(true);
    expect(viewMs()).toBe(450);
  });

  it('does not learn from a height that others decided, nor from one that nobody timed', () => {
    const { timers, recorder, decide, viewMs } = after();
    decide(2000, false);
    expect(viewMs()).toBe(400);
    recorder.nowMs += 2000;
    timers.heightDecided(true);
    expect(viewMs()).toBe(400);
  });
});

describe('sleep', () => {
  it('is a timer that fires more than 5 s late', () => {
    const { timers, recorder } = timersAt();
    const firedAfter = (delayMs: number) => {
      timers.set('view', 400);
      recorder.nowMs += delayMs;
      return timers.fired('view');
    };
    expect(firedAfter(400)).toBe(false);
    expect(firedAfter(5400)).toBe(false);
    expect(firedAfter(5401)).toBe(true);
    expect(timers.fired('view')).toBe(false);
  });
});

describe('retransmission', () => {
  it('backs off by half while there is no progress, up to its cap, and begins again with progress', () => {
    const { timers, recorder, timing } = timersAt(1000);
    const next = () => {
      timers.armRetransmit();
      const delayMs = recorder.of('setTimer').at(-1)!.delayMs;
      recorder.nowMs += delayMs;
      timers.fired('retransmit');
      return [delayMs, timers.isStalled()] as const;
    };
    recorder.randomValue = 5;
    timers.progress();
    const delays: number[] = [];
    for (let i = 0; i < 4; i++) delays.push(next()[0]);
    expect(delays).toEqual([25, 35, 49, 71]);
    for (let i = 0; i < 20; i++) next();
    expect(next()[0]).toBeLessThanOrEqual(timing.retransmitCapMs);
    timers.progress();
    expect(timers.isStalled()).toBe(false);
    timers.armRetransmit();
    expect(recorder.of('setTimer').at(-1)!.delayMs).toBe(25);
  });

  it('is not set twice', () => {
    const { timers, delays } = timersAt();
    timers.armRetransmit();
    timers.armRetransmit();
    expect(delays()).toHaveLength(1);
    expect(timers.isSet('retransmit')).toBe(true);
  });

  it.each([
    [0, 8000],
    [100_000, 12_000],
  ])('and the idle STATUS jitter by 20 %% (%i gives %i)', (randomValue, delayMs) => {
    const { timers, delays, recorder } = timersAt();
    recorder.randomValue = randomValue;
    timers.armStatus();
    expect(delays()).toEqual([['status', delayMs]]);
  });
});
