import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { DecisionError, SubmitError } from '../../../src-main/node/facade.ts';
import { dataOf, hashOf, keyOf, laneOf, voteOf } from '../core/builders.ts';
import { statusOf } from '../core/guarded.ts';
import { DriverBench } from './recording-ports.ts';

/** The other members have spoken since the start. */
function hearAll(bench: DriverBench): void {
  for (const { text } of bench.network.keys.slice(1)) bench.receive(text, statusOf(2));
  bench.run();
}

async function startedBench(stakes?: readonly number[]): Promise<DriverBench> {
  const bench = new DriverBench(stakes);
  await bench.start();
  hearAll(bench);
  bench.look();
  return bench;
}

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof SubmitError ? error.code : error),
  );

describe('one turn', () => {
  it('persists, then sends, then publishes', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const accepted = bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    await expect(accepted).resolves.toEqual({ ident: 'one' });
    const at = (prefix: string) => bench.happened.findIndex((what) => what.startsWith(prefix));
    expect(at('write')).toBe(0);
    expect(at('send bundle')).toBeGreaterThan(0);
    expect(at('flush')).toBeGreaterThan(at('send bundle'));
    expect(at('publish accepted')).toBeGreaterThan(at('flush'));
    expect(bench.happened.filter((what) => what === 'write')).toHaveLength(1);
  });

  it('handles what arrived together, with one write', async () => {
    const bench = await startedBench();
    const both = [bench.driver.submit([dataOf('x')], 'one'), bench.driver.submit([dataOf('y')], 'two')];
    bench.run();
    await Promise.all(both);
    expect(bench.happened.filter((what) => what === 'write')).toHaveLength(1);
    const [, committed] = [bench.happened, bench.published.find(({ type }) => type === 'committed')];
    expect(committed).toMatchObject({ height: 2 });
    expect(bench.disk.tip.height).toBe(2);
  });

  it('does not write what the same turn makes obsolete', async () => {
    const bench = await startedBench();
    void bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    const [turn] = bench.turns.slice(-1);
    expect(turn!.some(({ type }) => type === 'commitBlock')).toBe(true);
    const heights = turn!.flatMap((effect) =>
      effect.type === 'persistSafety' ? [effect.record.height] : [],
    );
    expect(heights.every((height) => height > 2)).toBe(true);
  });
});

describe('submitting', () => {
  it('is refused with a typed reason', async () => {
    const bench = await startedBench();
    const invalid = refusalOf(bench.driver.submit([], 'one'));
    const first = refusalOf(bench.driver.submit([dataOf('x')], 'two'));
    const twice = refusalOf(bench.driver.submit([dataOf('x')], 'two'));
    bench.run();
    expect(await Promise.all([invalid, first, twice])).toEqual(['invalid', 'accepted', 'duplicate-ident']);
    const again = refusalOf(bench.driver.submit([dataOf('x')], 'two'));
    bench.run();
    expect(await again).toBe('duplicate-ident');
  });

  it('is shown as waiting until it is final', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    void bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    expect(bench.driver.waiting()).toMatchObject([{ ident: 'one', bundled: true }]);
  });
});

describe('a failed write', () => {
  const failed = async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    bench.writeError = new Error('disk full');
    const accepted = refusalOf(bench.driver.submit([dataOf('x')], 'one'));
    bench.run();
    return { bench, accepted };
  };

  it('stops the node before a word of that turn has left', async () => {
    const { bench, accepted } = await failed();
    expect(await accepted).toBe('halted');
    expect(bench.happened).toEqual(['write', 'publish signing']);
    expect(bench.published).toEqual([{ type: 'signing', silent: 'halted' }]);
    expect(bench.logged).toEqual(['error the node stopped signing']);
  });

  it('keeps it silent, whatever comes, even when the disk is well again', async () => {
    const { bench } = await failed();
    bench.writeError = null;
    bench.look();
    bench.receive(keyOf(1).text, voteOf(bench.network, 'vote', 1, 0, hashOf(1)));
    bench.connect(keyOf(1).text);
    const decided = bench.driver.overrideSilence('amnesia');
    await expect(decided).rejects.toMatchObject({ code: 'halted' });
    bench.driver.requestJoin();
    bench.pass(60_000);
    expect(bench.happened).toEqual([]);
    expect(bench.timerCount).toBe(0);
    expect(await refusalOf(bench.driver.submit([dataOf('x')], 'two'))).toBe('halted');
  });

  it('leaves the reads alone, and says why', async () => {
    const { bench } = await failed();
    expect(bench.driver.reader.tip().height).toBe(1);
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'halted', haltedBy: 'disk full' });
  });

  it('shows the newest block that is on disk, not the one whose write failed', async () => {
    const bench = await startedBench();
    void bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    const { height, hash } = bench.disk.tip;
    bench.writeError = new Error('disk full');
    void refusalOf(bench.driver.submit([dataOf('y')], 'two'));
    bench.run();
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'halted', height, tipHash: toText(hash) });
    expect(height).toBe(2);
  });
});

describe('a decision of the owner', () => {
  /** Another member shows it an own bundle that it does not know: it forgot. */
  const silent = async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const [own] = laneOf(bench.network.chainId, bench.network.keys[0]!, 1);
    bench.receive(keyOf(1).text, { type: 'bundle', bytes: own!.bytes });
    bench.run();
    bench.look();
    expect(bench.driver.snapshot()).toMatchObject({ silence: 'amnesia', awaits: 'amnesia' });
    return bench;
  };
  const outcomeOf = (decided: Promise<void>): Promise<unknown> =>
    decided.then(
      () => 'decided',
      (error: unknown) => (error instanceof DecisionError ? [error.code, error.awaited] : error),
    );

  it('is answered when it is on disk, and only if it was awaited', async () => {
    const bench = await silent();
    const outcomes = (['clone', 'amnesia', 'amnesia'] as const).map((decision) =>
      outcomeOf(bench.driver.overrideSilence(decision)),
    );
    bench.run();
    expect(await Promise.all(outcomes)).toEqual([['not-silent', 'amnesia'], 'decided', ['not-silent', null]]);
    expect(bench.happened[0]).toBe('write');
    expect(bench.driver.snapshot()).toMatchObject({ silence: null, awaits: null });
  });

  it('is refused when it cannot be written, or the node is closed meanwhile', async () => {
    const bench = await silent();
    bench.writeError = new Error('disk full');
    const decided = outcomeOf(bench.driver.overrideSilence('amnesia'));
    bench.run();
    expect(await decided).toEqual(['halted', null]);
    const other = await silent();
    const asked = outcomeOf(other.driver.overrideSilence('amnesia'));
    await other.driver.close();
    expect(await asked).toEqual(['halted', null]);
  });
});

describe('a port that throws', () => {
  const stopped = async (bench: DriverBench) => {
    bench.look();
    bench.connect(keyOf(1).text);
    const decided = bench.driver.overrideSilence('amnesia');
    await expect(decided).rejects.toMatchObject({ code: 'halted' });
    bench.pass(60_000);
    expect(bench.happened).toEqual([]);
    expect(bench.timerCount).toBe(0);
    expect(await refusalOf(bench.driver.submit([dataOf('y')], 'later'))).toBe('halted');
    expect(bench.driver.reader.tip().height).toBe(bench.disk.tip.height);
  };

  it('in sending stops the node; what is durable is accepted and told all the same', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    bench.sendError = new Error('the socket is gone');
    const accepted = bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    await expect(accepted).resolves.toEqual({ ident: 'one' });
    expect(bench.published.map(({ type }) => type)).toEqual(['accepted', 'signing']);
    expect(bench.published.at(-1)).toEqual({ type: 'signing', silent: 'halted' });
    expect(bench.logged).toEqual(['error the node stopped signing']);
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'halted', haltedBy: 'the socket is gone' });
    await stopped(bench);
  });

  it('in publishing stops the node; the other listeners are told first', async () => {
    const bench = await startedBench();
    const heard: string[] = [];
    bench.driver.subscribe(() => {
      throw new Error('the feed is broken');
    });
    bench.driver.subscribe(({ type }) => void heard.push(type));
    const accepted = bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    await expect(accepted).resolves.toEqual({ ident: 'one' });
    expect(heard).toEqual(bench.published.map(({ type }) => type));
    expect(heard).toContain('committed');
    expect(heard.at(-1)).toBe('signing');
    expect(bench.disk.tip.height).toBe(2);
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'halted', haltedBy: 'the feed is broken' });
    await stopped(bench);
  });
});

describe('messages', () => {
  it('that do not decode are counted, never thrown', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    for (const bytes of [[], [99], [2, 1, 2, 3]]) bench.receive(keyOf(1).text, new Uint8Array(bytes));
    bench.run();
    expect(bench.driver.snapshot().rejections).toEqual({
      replay: 2,
      'message-unknown-type': 2,
      'message-malformed': 1,
    });
  });

  it('beyond what may wait are lost and counted; timers and submissions are not', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const vote = voteOf(bench.network, 'vote', 1, 0, hashOf(1));
    for (let i = 0; i < 8192 + 5; i++) bench.receive(keyOf(1).text, vote);
    const accepted = bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    await expect(accepted).resolves.toEqual({ ident: 'one' });
    expect(bench.driver.snapshot().rejections['overload']).toBe(5);
  });

  it('are not even decoded beyond what a peer may have read; it is read again as time passes', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const noise = new Uint8Array(256 * 1024);
    const told = () => bench.driver.snapshot().rejections;
    const send = (from: string, count: number) => {
      for (let i = 0; i < count; i++) bench.receive(from, noise);
    };
    send(keyOf(1).text, 150);
    expect(told()).toMatchObject({ 'message-malformed': 127, 'reading-budget': 23 });
    // One that is no member here as well: what was asked for may come from anybody.
    send(keyOf(60).text, 20);
    expect(told()).toMatchObject({ 'message-malformed': 127 + 20 });
    bench.nowMs += 1000;
    send(keyOf(1).text, 100);
    expect(told()).toMatchObject({ 'message-malformed': 127 + 20 + 64, 'reading-budget': 23 + 36 });
  });

  it('are handled at most 256 in a turn', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const vote = voteOf(bench.network, 'vote', 1, 0, hashOf(1));
    for (let i = 0; i < 300; i++) bench.receive(keyOf(1).text, { ...vote, signature: new Uint8Array(64) });
    bench.runOne();
    expect(bench.published.filter(({ type }) => type === 'rejected')).toHaveLength(256);
    bench.run();
    expect(bench.published.filter(({ type }) => type === 'rejected')).toHaveLength(300);
  });

  it('are shown as what a peer said last, also when it is gone', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    bench.nowMs = 777;
    bench.receive(keyOf(1).text, voteOf(bench.network, 'vote', 1, 0, hashOf(1)));
    bench.run();
    const lastSaid = () =>
      bench.driver.snapshot().members.find(({ publicKey }) => publicKey === keyOf(1).text)!.lastSaid;
    expect(lastSaid()).toEqual({ type: 'vote', height: 2, view: 0, atMs: 777 });
    bench.disconnect(keyOf(1).text);
    bench.run();
    expect(lastSaid()).toEqual({ type: 'vote', height: 2, view: 0, atMs: 777 });
  });
});

describe('the node', () => {
  it('keeps sessions with all other members', async () => {
    const bench = await startedBench([1, 1, 0]);
    expect([...bench.peers.values()].map(({ publicKey, peerClass }) => [publicKey, peerClass])).toEqual([
      [keyOf(1).text, 'member'],
      [keyOf(2).text, 'observer'],
    ]);
  });

  it('keeps sessions with its contacts as well, while it is no member', async () => {
    const contacts = [keyOf(1).text, keyOf(7).text];
    const stranger = new DriverBench([1, 1], { contacts, self: keyOf(9) });
    await stranger.start();
    expect([...stranger.peers.keys()]).toEqual([keyOf(0).text, keyOf(1).text, keyOf(7).text]);
  });

  it('keeps sessions with its contacts until it has heard enough: its chain may be as old as a backup', async () => {
    const contacts = [keyOf(1).text, keyOf(7).text];
    const bench = new DriverBench([1, 1, 1, 1], { contacts });
    await bench.start();
    const [second, third, fourth] = [1, 2, 3].map((index) => keyOf(index).text);
    expect([...bench.peers.keys()]).toEqual([second, third, fourth, keyOf(7).text]);
    hearAll(bench);
    expect([...bench.peers.keys()]).toEqual([second, third, fourth]);
  });

  it('is starting, then running', async () => {
    const bench = new DriverBench([1, 1, 1, 1]);
    await bench.start();
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'starting', height: 1 });
    hearAll(bench);
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'running', silence: null, busy: false });
  });

  it('is running, and signs nothing, where the others are silent', async () => {
    const bench = new DriverBench([1, 1, 1, 1]);
    await bench.start();
    bench.pass(400);
    expect(bench.driver.snapshot()).toMatchObject({ phase: 'running', silence: 'starting' });
    void bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    expect(bench.driver.waiting()).toMatchObject([{ ident: 'one', bundled: false }]);
    hearAll(bench);
    expect(bench.driver.waiting()).toMatchObject([{ ident: 'one', bundled: true }]);
  });

  it('closes its ports once, and takes nothing more', async () => {
    const bench = await startedBench([1, 1, 1, 1]);
    const open = refusalOf(bench.driver.submit([dataOf('x')], 'one'));
    await bench.driver.close();
    await bench.driver.close();
    expect(bench.isClosed).toBe(true);
    expect(await open).toBe('halted');
    expect(await refusalOf(bench.driver.submit([dataOf('x')], 'two'))).toBe('halted');
    bench.run();
    bench.pass(60_000);
    expect(bench.sent).toEqual([]);
  });

  it('no longer tells who unsubscribed', async () => {
    const bench = await startedBench();
    const heard: string[] = [];
    const unsubscribe = bench.driver.subscribe(({ type }) => void heard.push(type));
    unsubscribe();
    void bench.driver.submit([dataOf('x')], 'one');
    bench.run();
    expect(heard).toEqual([]);
  });
});
