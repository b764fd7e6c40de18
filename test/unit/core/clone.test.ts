/** A key that runs twice, as its peers tell of it, and the decision of its owner (PROTOCOL section 4.7). */
import { describe, expect, it } from 'vitest';
import { FORGOTTEN, Guard } from '../../../src-main/core/guard.ts';
import { instanceSigningBytes } from '../../../src-main/core/signing.ts';
import { contradictionOf, statementOf } from '../../../src-main/core/statements.ts';
import type { SignedStatement } from '../../../src-main/core/types.ts';
import { keyOf, networkOf } from './builders.ts';
import { Cluster, type TestNode } from './cluster.ts';
import {
  chainId,
  cloned,
  committee,
  heardBy,
  instanceBy,
  keys,
  NOTHING_MISSING,
  nonceOf,
  started,
  statusOf,
} from './guarded.ts';
import { Recorder } from './recording-context.ts';

describe('a clone', () => {
  it('shows by an instance of our key that is none of ours, at a peer that had heard of ours', () => {
    const { guard } = cloned();
    expect(guard.silence).toBe('clone');
    guard.onStartupTimer();
    guard.review(1, committee, NOTHING_MISSING);
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

  it('is what an own past instance shows that more than a third hear, long after they heard the new one', () => {
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

  it('is not what peers say of an own past instance that never heard the new one', () => {
    const first = started({ nonce: 10 });
    const { guard, hear, recorder } = started({ records: first.durable(), nonce: 11 });
    recorder.nowMs = 600_000;
    for (const member of [1, 2, 3]) hear(member, 2, 1, instanceBy(keys[0]!, 10));
    expect(guard.silence).toBeNull();
  });

  it('is not what arrives in another order than it was sent', () => {
    const { guard, hear } = started();
    hear(1, 2, 1, instanceBy(keys[0]!, 10));
    hear(1, 2, 1, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBe('amnesia');
  });

  it('is not what a member tells that does not know yet which of our starts it is connected with', () => {
    const first = started({ forgotten: true });
    const { guard, recorder, hear } = started({ records: first.durable(), nonce: 11 });
    const guess = { ...statusOf(2), echoes: [instanceBy(keys[0]!, 99), guard.instance] };
    for (const member of [1, 2, 3]) guard.onStatus(keys[member]!.text, guess, committee);
    recorder.nowMs += recorder.context.timing.viewMs + 1;
    for (const member of [1, 2, 3]) hear(member, 2, 1, instanceBy(keys[0]!, 99));
    expect(guard.silence).not.toBe('clone');
  });

  it('is not our own past, nor anybody else, nor a forgery', () => {
    const first = started({ nonce: 9 });
    const node = started({ records: first.durable() });
    const { guard, hear } = node;
    heardBy(node, 1);
    hear(1, 2, 1, instanceBy(keys[0]!, 9));
    hear(1, 2, 1, instanceBy(keys[1]!, 77));
    hear(1, 2, 1, { nonce: nonceOf(78), signature: new Uint8Array(64) });
    for (const member of [2, 3]) hear(member, 2, 1);
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

  it('stays one when it makes itself heard: its statements are no amnesia that ends by itself', () => {
    const { guard, hear } = cloned();
    guard.forget();
    for (const member of [1, 2, 3]) hear(member, 2, 1);
    expect(guard.silence).toBe('clone');
  });

  it('is at least an amnesia for the next start: its log lacks what the other copy signed', () => {
    const { durable } = cloned();
    expect(started({ records: durable(), nonce: 11 }).guard.silence).toBe('amnesia');
  });

  it('is not what a stranger tells of', () => {
    const node = started();
    heardBy(node, 1);
    for (const peer of [keyOf(100).text, keyOf(101).text])
      for (const echo of [10, 99])
        node.guard.onStatus(peer, statusOf(2, instanceBy(keys[0]!, echo)), committee);
    node.recorder.nowMs += node.recorder.context.timing.viewMs + 1;
    node.guard.onStatus(keyOf(100).text, statusOf(2, instanceBy(keys[0]!, 99)), committee);
    expect(node.guard.silence).toBe('starting');
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

  it('is no news to the next start', () => {
    const first = started();
    first.hear(1, 11, 1, instanceBy(keys[0]!, 99));
    for (const member of [1, 2, 3]) first.hear(member, 11, 10);
    expect(first.guard.silence).toBeNull();
    const next = started({ records: first.durable(), nonce: 11 });
    for (const member of [1, 2, 3]) next.hear(member, 11, 10, instanceBy(keys[0]!, 99));
    expect(next.guard.silence).toBeNull();
    next.hear(1, 11, 10, instanceBy(keys[0]!, 98));
    expect(next.guard.silence, 'one that nobody told of before').toBe('amnesia');
  });
});

describe('a node that knows that it lost starts', () => {
  const nonceNow = 10;

  /** It forgot, and has caught up; `ended`: in this start or in the one before. */
  function recovered(ended: 'now' | 'before') {
    const first = started({ records: [FORGOTTEN], nonce: ended === 'now' ? nonceNow : 9 });
    for (const member of [1, 2, 3]) first.hear(member, 11, 10);
    const node = ended === 'now' ? first : started({ records: first.durable() });
    for (const member of [1, 2, 3]) heardBy(node, member);
    for (const member of [1, 2, 3]) node.hear(member, 11, 10);
    expect(node.guard.silence).toBeNull();
    return node;
  }

  it.each(['now', 'before'] as const)('is silenced by no single liar (caught up: %s)', (ended) => {
    const { guard, hear, durable } = recovered(ended);
    for (const nonce of [99, 98, 99, nonceNow, 97]) hear(1, 11, 10, instanceBy(keys[0]!, nonce));
    expect(guard.silence).toBeNull();
    const next = started({ records: durable(), nonce: 11 });
    for (const nonce of [99, 98, 97]) next.hear(1, 11, 10, instanceBy(keys[0]!, nonce));
    for (const member of [2, 3]) next.hear(member, 11, 10);
    expect([next.guard.silence, next.guard.resumeHeight]).toEqual([null, 13]);
  });

  it.each(['now', 'before'] as const)('notices a clone that more than a third tell of (%s)', (ended) => {
    const { guard, hear } = recovered(ended);
    hear(1, 11, 10, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBeNull();
    hear(2, 11, 10, instanceBy(keys[0]!, 99));
    expect(guard.silence).toBe('clone');
  });

  it('notices one that it took for an earlier start of its own', () => {
    const node = started({ records: [FORGOTTEN] });
    for (const member of [1, 2]) node.hear(member, 11, 1, instanceBy(keys[0]!, 99));
    for (const member of [1, 2]) heardBy(node, member);
    node.hear(1, 11, 1, instanceBy(keys[0]!, 99));
    expect(node.guard.silence).toBe('amnesia');
    node.hear(2, 11, 1, instanceBy(keys[0]!, 99));
    expect(node.guard.silence).toBe('clone');
  });

  it('believes all others, where they hold less than a third', () => {
    const founded = networkOf([8, 1, 1]);
    const recorder = new Recorder(founded, founded.keys[0]!);
    const guard = new Guard(recorder.context, nonceOf(nonceNow));
    guard.start([FORGOTTEN], false);
    const hear = (member: number, nonce: number) => {
      const signature = founded.keys[0]!.signer.sign(instanceSigningBytes(founded.chainId, nonceOf(nonce)));
      const echo = { nonce: nonceOf(nonce), signature };
      guard.onStatus(founded.keys[member]!.text, statusOf(11, echo), founded.committee);
    };
    for (const member of [1, 2]) hear(member, nonceNow);
    recorder.nowMs += recorder.context.timing.viewMs + 1;
    hear(1, 99);
    expect(guard.silence).toBe('amnesia');
    hear(2, 99);
    expect(guard.silence).toBe('clone');
  });
});

describe('the decision of the owner', () => {
  it('about a clone is an amnesia: the others are heard anew, and it ends by itself', () => {
    const { guard, hear, review } = cloned();
    for (const member of [1, 2, 3]) hear(member, 11, 1);
    guard.override('clone', 10);
    expect(guard.silence).toBe('amnesia');
    review(10);
    expect(guard.silence, 'what was heard before').toBe('amnesia');
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect([guard.silence, guard.resumeHeight]).toEqual([null, 13]);
    expect([12, 13].map((height) => guard.maySign(height))).toEqual([false, true]);
  });

  it('about a clone is kept by the next start, and does not cost the height to sign from', () => {
    const { guard, durable } = cloned();
    guard.override('clone', 1);
    const next = started({ records: durable(), nonce: 11 });
    expect(next.guard.silence).toBe('amnesia');
    for (const member of [1, 2, 3]) next.hear(member, 11, 10);
    expect(next.guard.resumeHeight).toBe(13);
  });

  it('lasts while peers still tell of the other copy, also after a restart', () => {
    const { guard, hear, durable } = cloned();
    hear(1, 2, 1, instanceBy(keys[0]!, 98));
    guard.override('clone', 1);
    for (const member of [1, 2, 3])
      for (const nonce of [98, 99]) hear(member, 11, 10, instanceBy(keys[0]!, nonce));
    expect(guard.silence).toBeNull();
    const next = started({ records: durable(), nonce: 11 });
    for (const member of [1, 2, 3]) heardBy(next, member);
    for (const member of [1, 2, 3])
      for (const nonce of [98, 99]) next.hear(member, 11, 10, instanceBy(keys[0]!, nonce));
    expect(next.guard.silence).not.toBe('clone');
  });

  it('about an amnesia lets it sign at once, also while it waits for a height', () => {
    const { guard, hear } = started({ forgotten: true });
    for (const member of [1, 2, 3]) hear(member, 11, 10);
    expect(guard.maySign(11)).toBe(false);
    guard.override('amnesia', 10);
    expect(guard.maySign(11)).toBe(true);
  });

  it('is about what was known: another start of the other copy is a clone again', () => {
    const { guard, hear } = cloned();
    guard.override('clone', 1);
    hear(1, 2, 1, instanceBy(keys[0]!, 97));
    expect(guard.silence).toBe('clone');
  });

  it('does not spare a start from hearing the others first', () => {
    const { guard } = started();
    guard.override('amnesia', 1);
    expect(guard.silence).toBe('starting');
  });
});

function signedBy(node: TestNode): SignedStatement[] {
  const ballots = [...node.said('vote'), ...node.said('commit'), ...node.said('skip')];
  return ballots.map((ballot) => statementOf(ballot, { publicKey: node.key.publicKey, id: 0, stake: 1 }));
}

describe('the copy whose log lacks what the original signed', () => {
  /** The original went on after the copy was made, and sent its COMMIT; then both speak to the others. */
  function copied() {
    const cluster = Cluster.started();
    const index = cluster.leader === 0 ? 1 : 0;
    const disk = cluster.node(index).disk.copy();
    const original = cluster.restart(index, { nonce: 50 });
    cluster.connect();
    cluster.exchangeStatus();
    // Nothing becomes final, so that whatever is signed afterwards is about the same height.
    cluster.loses = ({ from, message }) => message.type === 'commit' && from !== original.key.text;
    cluster.node(cluster.leader === index ? 2 : cluster.leader).submit('one');
    cluster.settle();
    expect(original.said('commit')).toHaveLength(1);
    const copy = cluster.restart(index, { disk });
    cluster.loses = ({ message }) => message.type !== 'status';
    cluster.connect();
    for (let i = 0; i < 3; i++) cluster.exchangeStatus();
    original.nowMs = copy.nowMs;
    original.outbox = [];
    original.step({ type: 'timer', timer: 'status' });
    for (const { to, message } of original.outbox)
      cluster.nodes.find(({ key }) => key.text === to)!.receive(original.key.text, message);
    cluster.exchangeStatus();
    return { cluster, original, copy };
  }

  it('contradicts none of it after the owner decided, and takes part again by itself', () => {
    const { cluster, original, copy } = copied();
    expect(copy.consensus.silence).toBe('clone');
    copy.step({ type: 'override', decision: 'clone' });
    expect(copy.consensus.silence).toBe('amnesia');
    copy.submit('two');
    for (let i = 0; i < 3; i++) {
      copy.step({ type: 'timer', timer: 'view' });
      cluster.exchangeStatus();
    }
    expect(copy.consensus.silence).toBeNull();
    expect(copy.said('bundle'), 'it is busy').not.toEqual([]);
    copy.step({ type: 'timer', timer: 'view' });
    expect(contradictionOf([...signedBy(original), ...signedBy(copy)])).toBeUndefined();

    cluster.loses = () => false;
    cluster.exchangeStatus();
    cluster.commit(4);
    expect(new Set(cluster.heights).size).toBe(1);
    expect(Math.min(...copy.said('commit').map(({ height }) => height))).toBe(
      copy.consensus.guard.resumeHeight,
    );
    expect(contradictionOf([...signedBy(original), ...signedBy(copy)])).toBeUndefined();
  });
});
