import { describe, expect, it } from 'vitest';
import { Guard } from '../../../src-main/core/guard.ts';
import { keyOf, networkOf } from './builders.ts';
import { committee, instanceBy, keys, nonceOf, started, statusOf } from './guarded.ts';
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
    miss(true);
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    expect(guard.silence).toBe('starting');
    miss(false);
    review(1);
    expect(guard.silence).toBeNull();
  });

  it('what is only stated is waited for as long as a view takes', () => {
    const { guard, hear, miss } = started();
    miss(true);
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    guard.onStartupTimer();
    expect(guard.silence).toBeNull();
  });

  it('who is silent is waited for as long as a view takes', () => {
    const { guard, recorder } = started();
    expect(recorder.of('setTimer')).toEqual([
      { type: 'setTimer', timer: 'startup', delayMs: recorder.context.timing.viewMs },
    ]);
    guard.onStartupTimer();
    expect(guard.silence).toBeNull();
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
    guard.review(1, alone.committee, () => false);
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
        node.guard.onStartupTimer();
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
    guard.review(10, committee, () => false);
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

  it('counts only what was said after it began', () => {
    const { guard, hear } = started();
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    guard.forget();
    guard.review(10, committee, () => false);
    expect(guard.silence).toBe('amnesia');
  });

  it('outlives a restart, before and after it is over', () => {
    const first = started({ forgotten: true });
    const second = started({ records: first.durable(), nonce: 11 });
    expect(second.guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) second.hear(member, 301, 300);
    const third = started({ records: second.durable(), nonce: 12 });
    third.guard.onStartupTimer();
    expect(third.guard.resumeHeight).toBe(303);
    expect([302, 303].map((height) => third.guard.maySign(height))).toEqual([false, true]);
  });

  it('is ended by the owner, also for the next start', () => {
    const { guard, durable } = started({ forgotten: true });
    guard.override();
    expect(guard.maySign(2)).toBe(true);
    const next = started({ records: durable(), nonce: 11 });
    next.guard.onStartupTimer();
    expect(next.guard.maySign(2)).toBe(true);
  });
});

/** A peer that has heard this start for longer than a message may be on its way. */
function heardBy(node: ReturnType<typeof started>, member: number): void {
  node.hear(member, 2, 1, instanceBy(keys[0]!, 10));
  node.recorder.nowMs += node.recorder.context.timing.viewMs + 1;
}

function cloned() {
  const node = started();
  heardBy(node, 1);
  node.hear(1, 2, 1, instanceBy(keys[0]!, 99));
  return node;
}

describe('a clone', () => {
  it('shows by an instance of our key that is none of ours, at a peer that had heard of ours', () => {
    const { guard } = cloned();
    expect(guard.silence).toBe('clone');
    guard.onStartupTimer();
    guard.review(1, committee, () => false);
    expect(guard.maySign(2)).toBe(false);
  });

  it('is not hidden by what else the node remembers', () => {
    const first = started({ nonce: 9 });
    const records = [...first.durable(), { key: 'forks', bytes: new Uint8Array(228) } as const];
    const node = started({ records });
    heardBy(node, 1);
    node.hear(1, 2, 1, instanceBy(keys[0]!, 9));
    expect(node.guard.silence).toBe('starting');
    node.hear(1, 2, 1, instanceBy(keys[0]!, 0));
    expect(node.guard.silence).toBe('clone');
  });

  it('is not what arrives in another order than it was sent', () => {
    const { guard, hear } = started();
    hear(1, 2, 1, instanceBy(keys[0]!, 10));
    hear(1, 2, 1, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBe('amnesia');
  });

  it('is not our own past, nor anybody else, nor a forgery', () => {
    const first = started({ nonce: 9 });
    const node = started({ records: first.durable() });
    const { guard, hear } = node;
    heardBy(node, 1);
    hear(1, 2, 1, instanceBy(keys[0]!, 9));
    hear(1, 2, 1, instanceBy(keys[1]!, 77));
    hear(1, 2, 1, { nonce: nonceOf(78), signature: new Uint8Array(64) });
    guard.onStartupTimer();
    expect(guard.silence).toBeNull();
  });

  it('is not a start of ours that a peer slept through, 1000 starts ago', () => {
    const nonces = Array.from(
      { length: 1000 },
      (_, start) => new Uint8Array(new Uint16Array(8).fill(start).buffer),
    );
    const bytes = new Uint8Array(nonces.flatMap((nonce) => [...nonce]));
    const { guard, hear } = started({ records: [{ key: 'instances', bytes }], nonce: 255 });
    const [nonce] = nonces;
    hear(1, 2, 1, { nonce: nonce!, signature: keys[0]!.signer.sign(instanceSigningBytes(chainId, nonce!)) });
    expect(guard.silence).toBe('starting');
  });

  it('is what an own past instance shows that more than a third still hear, long after they heard the new one', () => {
    const first = started({ nonce: 10 });
    const { guard, hear, recorder } = started({ records: first.durable(), nonce: 11 });
    for (const member of [1, 2, 3]) hear(member, 2, 1, instanceBy(keys[0]!, 11));
    recorder.nowMs = 59_000;
    for (const member of [1, 2, 3]) hear(member, 2, 1, instanceBy(keys[0]!, 10));
    expect(guard.silence).toBeNull();
    recorder.nowMs = 61_000;
    // One may be a liar that repeats it, as often as it likes.
    for (let i = 0; i < 3; i++) hear(1, 2, 1, instanceBy(keys[0]!, 10));
    expect(guard.silence).toBeNull();
    hear(2, 2, 1, instanceBy(keys[0]!, 10));
    expect(guard.silence).toBe('clone');
  });

  it('is not what peers say that never heard the new instance', () => {
    const first = started({ nonce: 10 });
    const { guard, hear, recorder } = started({ records: first.durable(), nonce: 11 });
    recorder.nowMs = 600_000;
    for (const member of [1, 2, 3]) hear(member, 2, 1, instanceBy(keys[0]!, 10));
    expect(guard.silence).toBeNull();
  });

  it('stays one when it makes itself heard: its statements are no amnesia that ends by itself', () => {
    const { guard, hear } = cloned();
    guard.forget();
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    expect(guard.silence).toBe('clone');
  });

  it('is over when the owner decides', () => {
    const { guard } = cloned();
    guard.override();
    expect(guard.maySign(2)).toBe(true);
  });
});

describe('a start that the database does not know of', () => {
  it('is amnesia: that database is older than the start, or new', () => {
    const { guard, hear, durable } = started();
    hear(1, 11, 1, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect([guard.silence, guard.resumeHeight]).toEqual([null, 13]);
    // Others tell of it as well, until they have heard of this start: that is the same again.
    hear(2, 11, 10, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBeNull();
    expect(durable().find(({ key }) => key === 'amnesia')).toBeDefined();
  });

  it('is not believed to be over by a database that was begun anew', () => {
    const { guard, hear } = started({ records: [FORGOTTEN] });
    expect(guard.silence).toBe('amnesia');
    hear(1, 11, 1, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect([guard.silence, guard.resumeHeight]).toEqual([null, 13]);
  });

  it('is still told apart from a clone, which speaks after this start', () => {
    const node = started({ records: [FORGOTTEN] });
    node.hear(1, 11, 1, instanceBy(keys[0]!, 99));
    heardBy(node, 1);
    node.hear(1, 11, 1, instanceBy(keys[0]!, 99));
    expect(node.guard.silence).toBe('clone');
  });
});

describe('the decision of the owner', () => {
  it('lasts while peers still tell of the other copy, also after a restart', () => {
    const { guard, hear, durable } = cloned();
    hear(1, 2, 1, instanceBy(keys[0]!, 98));
    guard.override();
    for (const nonce of [98, 99]) hear(1, 2, 1, instanceBy(keys[0]!, nonce));
    expect(guard.silence).toBeNull();
    const next = started({ records: durable(), nonce: 11 });
    for (const nonce of [98, 99]) next.hear(1, 2, 1, instanceBy(keys[0]!, nonce));
    expect(next.guard.silence).toBe('starting');
  });

  it('is about what was known: another start of the other copy is a clone again', () => {
    const { guard, hear } = cloned();
    guard.override();
    hear(1, 2, 1, instanceBy(keys[0]!, 97));
    expect(guard.silence).toBe('clone');
  });

  it('does not spare a start from hearing the others first', () => {
    const { guard } = started();
    guard.override();
    expect(guard.silence).toBe('starting');
  });
});

describe('a halted node', () => {
  it('stays silent, whatever is heard or decided', () => {
    const { guard, hear } = started();
    guard.halt();
    guard.override();
    guard.forget();
    hear(1, 2, 1, instanceBy(keys[0]!, 99));
    guard.onStartupTimer();
    expect(guard.silence).toBe('halted');
  });
});
