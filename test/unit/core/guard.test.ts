import { describe, expect, it } from 'vitest';
import { Guard } from '../../../src-main/core/guard.ts';
import { keyOf, networkOf } from './builders.ts';
import {
  cloned,
  committee,
  instanceBy,
  keys,
  NOTHING_MISSING,
  nonceOf,
  started,
  statusOf,
} from './guarded.ts';
import { Recorder } from './recording-context.ts';

describe('at the start', () => {
  it('nothing is signed before more than two thirds of the others spoke', () => {
    const { guard, hear, recorder } = started();
    expect(guard.maySign(2)).toBe(false);
    expect(guard.mayBundle()).toBe(false);
    hear(1, 2, 1);
    hear(1, 2, 1);
    hear(2, 2, 1);
    expect(guard.silence).toBe('starting');
    hear(3, 2, 1);
    expect(guard.silence).toBeNull();
    expect(guard.maySign(2)).toBe(true);
    expect(recorder.of('signing')).toEqual([{ type: 'signing', silent: null }]);
  });

  it('what the others state to have of its own is waited for', () => {
    const { guard, hear, review, miss } = started();
    miss('statements');
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    expect(guard.silence).toBe('starting');
    miss('nothing');
    review(1);
    expect(guard.silence).toBeNull();
  });

  it('what is only stated is waited for as long as a view takes', () => {
    const { guard, hear, miss, review } = started();
    miss('statements');
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    guard.onStartupTimer();
    review(1);
    expect(guard.silence).toBeNull();
  });

  it('the blocks that others state to have are caught up with: what was signed there may be forgotten', () => {
    const { guard, hear, review } = started();
    for (const member of [1, 2]) hear(member, 3, 2);
    hear(3, 4, 2);
    expect(guard.silence).toBe('starting');
    review(3);
    expect(guard.silence).toBeNull();
  });

  it('one who states a height that nobody else knows is waited for as long as a view takes, two for longer', () => {
    const { guard, hear, review } = started();
    hear(1, 2, 1);
    for (const member of [2, 3]) hear(member, 3, 1);
    guard.onStartupTimer();
    review(1);
    expect(guard.silence).toBe('starting');
    hear(3, 2, 1);
    expect(guard.silence).toBeNull();
  });

  it('who is silent is waited for as long as a view takes, if the others are a quorum with this node', () => {
    const { guard, hear, recorder } = started();
    const { viewMs, idleStatusMs } = recorder.context.timing;
    hear(1, 2, 1);
    guard.onStartupTimer();
    hear(1, 2, 1);
    expect(guard.silence).toBe('starting');
    hear(2, 2, 1);
    expect(guard.silence).toBeNull();
    expect(recorder.of('setTimer').map(({ delayMs }) => delayMs)).toEqual([viewMs, 2 * viewMs]);
    for (let i = 0; i < 20; i++) guard.onStartupTimer();
    expect(recorder.of('setTimer')).toHaveLength(2);
    const lonely = started();
    for (let i = 0; i < 20; i++) lonely.guard.onStartupTimer();
    const delays = lonely.recorder.of('setTimer').map(({ delayMs }) => delayMs);
    expect(delays.at(-1)).toBeLessThan(idleStatusMs);
    expect(delays.at(-1)! * 2).toBeGreaterThanOrEqual(idleStatusMs);
    expect(lonely.guard.silence).toBe('starting');
  });

  it('a key that is no member of the committee is not counted', () => {
    const { guard, review } = started();
    for (let i = 0; i < 100; i++) guard.onStatus(keyOf(100 + i).text, statusOf(2), committee);
    review(1);
    expect(guard.silence).toBe('starting');
  });

  it('a node alone needs nobody', () => {
    const alone = networkOf([5]);
    const guard = new Guard(new Recorder(alone, alone.keys[0]!).context, nonceOf(1));
    guard.start([], false);
    guard.review(1, alone.committee, NOTHING_MISSING);
    expect(guard.silence).toBeNull();
  });
});

describe('amnesia', () => {
  it.each([
    ['a lost log', (): ReturnType<typeof started> => started({ forgotten: true })],
    [
      'a forgotten statement',
      () => {
        const node = started();
        for (const member of [1, 2, 3]) node.hear(member, 11, 8);
        node.guard.forget();
        return node;
      },
    ],
  ])('after %s: signs again from H + 3 on, once level with a quorum without itself', (_, make) => {
    const { guard, hear } = make();
    expect(guard.silence).toBe('amnesia');
    guard.onStartupTimer();
    expect(guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) hear(member, 11, 8);
    expect(guard.silence).toBe('amnesia');
    guard.review(10, committee, NOTHING_MISSING);
    expect(guard.silence).toBeNull();
    expect(guard.resumeHeight).toBe(13);
    expect([12, 13].map((height) => guard.maySign(height))).toEqual([false, true]);
    expect(guard.mayBundle()).toBe(true);
  });

  it('does not begin again with what was signed before it', () => {
    const { guard, hear } = started({ forgotten: true });
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    guard.forget(12);
    expect(guard.silence).toBeNull();
    guard.forget(13);
    expect(guard.silence).toBe('amnesia');
  });

  it('is not over while a member of a needed quorum is ahead or silent', () => {
    const { guard, hear } = started({ forgotten: true });
    hear(1, 11, 10);
    hear(2, 11, 10);
    expect(guard.silence).toBe('amnesia');
    hear(3, 12, 10);
    expect(guard.silence).toBe('amnesia');
    hear(3, 12, 11);
    expect(guard.resumeHeight).toBe(14);
  });

  it('is not over before this node has what others state to have of its lane, for as long as eight views take', () => {
    const { guard, hear, miss, review, recorder } = started({ forgotten: true });
    const waitMs = 8 * recorder.context.timing.viewMs;
    miss('bundles');
    recorder.nowMs = 60_000;
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    recorder.nowMs += waitMs;
    hear(3, 12, 10);
    // Not level any more: it counts from the moment when it is again.
    recorder.nowMs += 1;
    hear(3, 12, 11);
    recorder.nowMs += waitMs;
    review(11);
    expect(guard.silence).toBe('amnesia');
    recorder.nowMs += 1;
    review(11);
    expect(guard.resumeHeight).toBe(14);
  });

  it('is over with the last of its lane', () => {
    const { guard, hear, miss, review } = started({ forgotten: true });
    miss('bundles');
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect(guard.silence).toBe('amnesia');
    // What it may have stated does not matter: it signs again where all of that is decided.
    miss('statements');
    review(10);
    expect(guard.resumeHeight).toBe(13);
  });

  it('counts only what was said after it began', () => {
    const { guard, hear } = started();
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    guard.forget();
    guard.review(10, committee, NOTHING_MISSING);
    expect(guard.silence).toBe('amnesia');
  });

  it('outlives a restart, before and after it is over', () => {
    const first = started({ forgotten: true });
    const second = started({ records: first.durable(), nonce: 11 });
    expect(second.guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) second.hear(member, 301, 300);
    const third = started({ records: second.durable(), nonce: 12 });
    for (const member of [1, 2, 3]) third.hear(member, 301, 300);
    expect(third.guard.resumeHeight).toBe(303);
    expect([302, 303].map((height) => third.guard.maySign(height))).toEqual([false, true]);
  });

  it('is ended by the owner, also for the next start', () => {
    const { guard, durable } = started({ forgotten: true });
    guard.override('amnesia', 1);
    expect(guard.maySign(2)).toBe(true);
    const next = started({ records: durable(), nonce: 11 });
    for (const member of [1, 2, 3]) next.hear(member, 2, 1);
    expect(next.guard.maySign(2)).toBe(true);
  });
});

describe('a decision', () => {
  it('about something else changes nothing, and says what is awaited', () => {
    const { guard, recorder, hear } = started({ forgotten: true });
    expect([guard.awaits(1), guard.override('clone', 1)]).toEqual(['amnesia', false]);
    expect(recorder.of('notDecided')).toEqual([{ type: 'notDecided', awaited: 'amnesia' }]);
    expect(guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect([10, 11, 12].map((tip) => guard.awaits(tip))).toEqual(['amnesia', 'amnesia', null]);
    expect(guard.override('amnesia', 12)).toBe(false);
    expect(guard.override('amnesia', 11)).toBe(true);
    expect(recorder.of('decided')).toEqual([{ type: 'decided', decision: 'amnesia' }]);
    expect(guard.override('amnesia', 11)).toBe(false);
  });

  it('that is said twice about a clone decides the amnesia after it not', () => {
    const { guard, recorder } = cloned();
    expect(guard.override('amnesia', 1)).toBe(false);
    expect([guard.override('clone', 1), guard.override('clone', 1)]).toEqual([true, false]);
    expect(recorder.of('notDecided').at(-1)).toEqual({ type: 'notDecided', awaited: 'amnesia' });
    expect([guard.silence, guard.maySign(1000)]).toEqual(['amnesia', false]);
  });
});

describe('a halted node', () => {
  it('stays silent, whatever is heard or decided', () => {
    const { guard, hear } = started();
    guard.halt();
    guard.override('amnesia', 1);
    guard.forget();
    hear(1, 2, 1, instanceBy(keys[0]!, 99));
    guard.onStartupTimer();
    expect(guard.silence).toBe('halted');
  });
});
