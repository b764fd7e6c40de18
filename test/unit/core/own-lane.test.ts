import { describe, expect, it } from 'vitest';
import { encodeTransaction, ZERO_HASH } from '../../../src-main/core/encoding.ts';
import { OwnLane } from '../../../src-main/core/own-lane.ts';
import { bundleSigningBytes } from '../../../src-main/core/signing.ts';
import type { Command, Transaction } from '../../../src-main/core/types.ts';
import { bundleOf, crypto, dataOf, hashOf, keyOf, laneOf, transactionOf } from './builders.ts';
import { identsOf, key, laneAt, network } from './own-lane-harness.ts';
import { Recorder } from './recording-context.ts';

describe('bundling', () => {
  it('signs what waits in one bundle, on top of the committed tip', () => {
    const { lane, lanes, submitAll } = laneAt({ laneSeq: 4, laneDigest: hashOf(4) });
    submitAll(3);
    const [sealed, ...rest] = lane.endTurn(true);
    expect(rest).toEqual([]);
    expect(sealed!.bundle).toMatchObject({ seq: 5, prev: hashOf(4), origin: key.publicKey });
    expect(identsOf([sealed!])).toEqual([['tx-0', 'tx-1', 'tx-2']]);
    const signed = bundleSigningBytes(network.chainId, sealed!.bytes.subarray(64));
    expect(crypto.verify(sealed!.bundle.signature, signed, key.publicKey)).toBe(true);
    expect(lanes.get(sealed!.digest)).toBe(sealed);
    expect(lane.tipSeq).toBe(5);
  });

  it('sends at once while at most one bundle is open, and then waits until there is enough', () => {
    const { lane, commit, submitAll } = laneAt();
    const turn = (name: string) => {
      submitAll(1, name);
      return identsOf(lane.endTurn(true));
    };
    expect(turn('a')).toEqual([['a-0']]);
    expect(turn('b')).toEqual([['b-0']]);
    expect(turn('c')).toEqual([]);
    expect(turn('d')).toEqual([]);
    commit(lane.outstanding[0]!);
    expect(identsOf(lane.endTurn(true))).toEqual([['c-0', 'd-0']]);
  });

  it('opens a third bundle when the target size is reached', () => {
    const { lane, submitAll, recorder } = laneAt();
    for (const name of ['a', 'b']) {
      submitAll(1, name);
      lane.endTurn(true);
    }
    const { bundleTargetBytes } = recorder.context.timing;
    lane.submit(transactionOf('large', dataOf('x'.repeat(bundleTargetBytes))));
    expect(identsOf(lane.endTurn(true))).toEqual([['large']]);
  });

  it('has at most K bundles open', () => {
    const { lane } = laneAt();
    const value = 'x'.repeat(8000);
    for (let i = 0; i < 60; i++) lane.submit(transactionOf(`tx-${i}`, dataOf(value)));
    expect(lane.endTurn(true)).toHaveLength(8);
    expect(lane.outstanding.every(({ bytes }) => bytes.length <= 32 * 1024)).toBe(true);
    expect(lane.waiting().filter(({ bundled }) => !bundled).length).toBeGreaterThan(0);
  });

  it('signs nothing while it must not, and keeps what waits on disk', () => {
    const { lane, recorder, submitAll } = laneAt();
    submitAll(2);
    expect(lane.endTurn(false)).toEqual([]);
    expect(recorder.of('enqueue').map(({ queued }) => queued.order)).toEqual([1, 2]);
    expect(recorder.of('accepted')).toHaveLength(2);
    expect(recorder.of('appendLane')).toEqual([]);
    recorder.forget();
    expect(lane.endTurn(false)).toEqual([]);
    expect(recorder.effects).toEqual([]);
    expect(lane.endTurn(true)).toHaveLength(1);
    expect(recorder.of('dequeue')).toEqual([{ type: 'dequeue', orders: [1, 2] }]);
    expect(recorder.of('accepted')).toEqual([]);
  });

  it('makes a bundle durable before its transactions are accepted', () => {
    const { lane, recorder, submitAll } = laneAt();
    submitAll(1);
    lane.endTurn(true);
    expect(recorder.effects.map(({ type }) => type)).toEqual(['appendLane', 'accepted']);
  });

  it('gives an observer one bundle of at most 4 KiB', () => {
    const { lane } = laneAt({ stake: 0, raised: false });
    const value = 'x'.repeat(1500);
    for (let i = 0; i < 4; i++) lane.submit(transactionOf(`tx-${i}`, dataOf(value)));
    const created = lane.endTurn(true);
    expect(identsOf(created)).toEqual([['tx-0', 'tx-1']]);
    expect(created[0]!.bytes.length).toBeLessThanOrEqual(4096);
  });
});

describe('submitting', () => {
  it('refuses an ident that waits, is bundled or is committed', () => {
    const { lane, recorder } = laneAt();
    expect(lane.submit(transactionOf('one'))).toBeNull();
    expect(lane.submit(transactionOf('one'))).toBe('duplicate-ident');
    lane.endTurn(true);
    expect(lane.submit(transactionOf('one'))).toBe('duplicate-ident');
    const committed = { ...recorder.context.archive, transaction: () => ({}) };
    const later = new OwnLane({
      context: { ...recorder.context, archive: committed },
      lanes: laneAt().lanes,
    });
    expect(later.submit(transactionOf('one'))).toBe('duplicate-ident');
  });

  it('takes an ident again that was refused', () => {
    const { lane } = laneAt();
    expect(lane.submit({ ident: 'one', commands: [] })).toBe('invalid');
    expect(lane.submit(transactionOf('one'))).toBeNull();
  });

  it('refuses a key that is no member', () => {
    const stranger = new Recorder(network, keyOf(9));
    const lane = new OwnLane({ context: stranger.context, lanes: laneAt().lanes });
    expect(lane.submit(transactionOf('one'))).toBe('not-a-member');
  });

  const commands = (count: number) => Array.from({ length: count }, () => dataOf('d'));
  it('takes 1 to 16 commands', () => {
    const { lane } = laneAt();
    const outcomes = [0, 1, 16, 17].map((count) =>
      lane.submit({ ident: `n-${count}`, commands: commands(count) }),
    );
    expect(outcomes).toEqual(['invalid', null, null, 'invalid']);
  });

  it('refuses what fits into no bundle', () => {
    const { lane } = laneAt();
    const large = (values: number) =>
      transactionOf(`n-${values}`, ...Array.from({ length: values }, () => dataOf('x'.repeat(8000))));
    expect(lane.submit(large(4))).toBeNull();
    expect(lane.submit(large(5))).toBe('too-large');
    expect(laneAt({ stake: 0, raised: false }).lane.submit(large(1))).toBe('too-large');
  });

  it('says when the lane is full, and takes more when it is not', () => {
    const { lane, commit } = laneAt();
    const value = 'x'.repeat(8000);
    let count = 0;
    while (lane.submit(transactionOf(`tx-${count}`, dataOf(value))) === null) count++;
    expect(count).toBeGreaterThan(500);
    expect(lane.submit(transactionOf('late', dataOf(value)))).toBe('lane-full');
    lane.endTurn(true);
    commit(lane.outstanding.at(-1)!);
    expect(lane.submit(transactionOf('late', dataOf(value)))).toBeNull();
  });
});

/** What no peer could decode must never be signed: the lane could not go on behind it. */
describe('a transaction that has no encoding', () => {
  const invalid: readonly (readonly [string, Command])[] = [
    ['a name space beyond its bound', dataOf('d', 'x'.repeat(129))],
    ['a value beyond its bound', dataOf('ä'.repeat(12_289))],
    ['a key of another length', { kind: 'removePeer', publicKey: new Uint8Array(31) }],
    ['a height that is no uint32', { kind: 'decision', ns: 'test:x', h: 2 ** 32, d: 'd' }],
    ['a height below 0', { kind: 'decision', ns: 'test:x', h: -1, d: 'd' }],
    ['half a height', { kind: 'decision', ns: 'test:x', h: 1.5, d: 'd' }],
    ['a delta beyond all stakes', { kind: 'modifyStake', publicKey: hashOf(1), ident: 'v', delta: 2 ** 50 }],
    ['a fraction of stake', { kind: 'modifyStake', publicKey: hashOf(1), ident: 'v', delta: 0.5 }],
    [
      'a vote ident of 33 bytes',
      { kind: 'modifyStake', publicKey: hashOf(1), ident: 'v'.repeat(33), delta: 1 },
    ],
    ['text with an unpaired surrogate', dataOf('\ud800')],
  ];
  it.each(invalid)('is refused: %s', (_, command) => {
    const { lane } = laneAt();
    expect(lane.submit(transactionOf('one', command))).toBe('invalid');
    expect(lane.endTurn(true)).toEqual([]);
  });
});

describe('after a restart', () => {
  it('goes on behind the bundles on disk, and bundles the queue first', () => {
    const { lane, lanes } = laneAt();
    const stored = laneOf(network.chainId, key, 2);
    const transaction = transactionOf('queued');
    const queued = { order: 7, transaction, bytes: encodeTransaction(transaction) };
    lane.restore(stored, [queued]);
    expect(lane.tipSeq).toBe(2);
    expect(lanes.chainOf(key.text)).toEqual(stored);
    expect(lane.submit(transactionOf('ident-1'))).toBe('duplicate-ident');
    expect(lane.submit(transactionOf('queued'))).toBe('duplicate-ident');
    lane.submit(transactionOf('new'));
    expect(lane.waiting().map(({ transaction: { ident }, bundled }) => [ident, bundled])).toEqual([
      ['ident-1', true],
      ['ident-2', true],
      ['queued', false],
      ['new', false],
    ]);
  });

  it('numbers new entries of the queue behind those on disk', () => {
    const { lane, recorder } = laneAt();
    const transaction: Transaction = transactionOf('queued');
    lane.restore([], [{ order: 7, transaction, bytes: encodeTransaction(transaction) }]);
    lane.submit(transactionOf('new'));
    lane.endTurn(false);
    expect(recorder.of('enqueue').map(({ queued }) => queued.order)).toEqual([8]);
  });

  it('adopts own bundles from a peer once, in whatever order they came', () => {
    const { lane, lanes, recorder } = laneAt();
    const [first, second, third] = laneOf(network.chainId, key, 3);
    for (const sealed of [third!, first!, first!, second!]) {
      lanes.add(sealed);
      lane.adopt();
    }
    expect(lane.outstanding).toEqual([first, second, third]);
    expect(recorder.of('appendLane').map(({ sealed }) => sealed)).toEqual([first, second, third]);
    expect(lane.submit(transactionOf('ident-2'))).toBe('duplicate-ident');
  });

  it('adopts nothing that stands beside its own bundles, however long it is', () => {
    const { lane, lanes, recorder } = laneAt();
    const [own, next] = laneOf(network.chainId, key, 2);
    lane.restore([own!], []);
    for (const sealed of laneOf(network.chainId, key, 3, 'elsewhere')) lanes.add(sealed);
    lane.adopt();
    expect(lane.outstanding).toEqual([own]);
    lanes.add(next!);
    lane.adopt();
    expect(lane.outstanding).toEqual([own, next]);
    expect(recorder.of('appendLane')).toHaveLength(1);
  });
});

describe('an owner whose lane became smaller', () => {
  it('offers what the window kept out at the start, bundle after bundle', () => {
    const { lane, lanes, commit } = laneAt({ stake: 0 });
    const stored = laneOf(network.chainId, key, 3);
    lane.restore(stored, []);
    for (const sealed of stored) {
      expect(lanes.chainOf(key.text)).toEqual([sealed]);
      commit(sealed);
    }
    expect(lane.outstanding).toEqual([]);
  });

  it('offers what waited when it was removed, as soon as it is back', () => {
    const { lane, lanes, comeBack, submitAll } = laneAt();
    submitAll(1);
    const [sealed] = lane.endTurn(true);
    comeBack();
    expect(lanes.chainOf(key.text)).toEqual([sealed]);
  });

  it('bundles what fits into a bundle of an observer, and the rest when it is raised', () => {
    const { lane, lanes, comeBack, submitAll } = laneAt();
    lane.submit(transactionOf('large', dataOf('x'.repeat(5000))));
    expect(lane.endTurn(false)).toEqual([]);
    comeBack();
    expect(lane.endTurn(true)).toEqual([]);
    submitAll(1, 'small');
    const [small] = lane.endTurn(true);
    expect(identsOf([small!])).toEqual([['small-0']]);
    const { seq } = small!.bundle;
    const owner = { ...lanes.owner(key.text)!, stake: 1, raised: true };
    lanes.settle([{ ...owner, laneSeq: seq, laneDigest: small!.digest }]);
    lane.settle([small!]);
    expect(identsOf(lane.endTurn(true))).toEqual([['large']]);
  });
});

describe('after a block', () => {
  it('is done with what it committed', () => {
    const { lane, commit, submitAll } = laneAt();
    submitAll(1, 'a');
    lane.endTurn(true);
    submitAll(1, 'b');
    lane.endTurn(true);
    const [first] = lane.outstanding;
    commit(first!);
    expect(identsOf(lane.outstanding)).toEqual([['b-0']]);
    expect(lane.waiting().map(({ transaction }) => transaction.ident)).toEqual(['b-0']);
  });

  it('goes on from a variant of its lane that it did not sign here, and says again what is not in it', () => {
    const { lane, recorder, commitOther, submitAll } = laneAt();
    for (const name of ['ident-1', 'mine']) lane.submit(transactionOf(name));
    lane.endTurn(true);
    submitAll(1, 'next');
    lane.endTurn(true);
    submitAll(1, 'queued');
    lane.endTurn(true);
    const [queued] = recorder.of('enqueue').slice(-1);
    recorder.forget();
    const others = laneOf(network.chainId, key, 1);
    commitOther(others);
    expect(lane.outstanding).toEqual([]);
    expect(lane.tipSeq).toBe(1);
    const [sealed, ...rest] = lane.endTurn(true);
    expect(rest).toEqual([]);
    expect(sealed!.bundle).toMatchObject({ seq: 2, prev: others[0]!.digest });
    // In the order in which they were accepted; and what was in the queue on disk leaves it.
    expect(identsOf([sealed!])).toEqual([['mine', 'next-0', 'queued-0']]);
    expect(recorder.of('dequeue')).toEqual([{ type: 'dequeue', orders: [queued!.queued.order] }]);
    expect(lane.submit(transactionOf('mine'))).toBe('duplicate-ident');
  });

  it('does not say again what it finds to have said before it forgot', () => {
    const { lane, recorder, commitOther, submitAll } = laneAt();
    const said = bundleOf(network.chainId, key, 1, ZERO_HASH, [transactionOf('tx-0'), transactionOf('tx-2')]);
    submitAll(2);
    lane.endTurn(false);
    lane.submit(transactionOf('tx-2'));
    const [first] = recorder.of('enqueue');
    recorder.forget();
    commitOther([said]);
    expect(recorder.of('dequeue')).toEqual([{ type: 'dequeue', orders: [first!.queued.order] }]);
    // It was not accepted yet, and is not: its ident was used.
    expect(recorder.of('refused')).toEqual([{ type: 'refused', ident: 'tx-2', reason: 'duplicate-ident' }]);
    expect(identsOf(lane.endTurn(true))).toEqual([['tx-1']]);
  });

  it('does not say beside a bundle that it takes over again what is in that', () => {
    const { lane, lanes, recorder, submitAll } = laneAt();
    submitAll(2);
    lane.endTurn(false);
    lanes.add(bundleOf(network.chainId, key, 1, ZERO_HASH, [transactionOf('tx-0')]));
    lane.adopt();
    expect(recorder.of('dequeue')).toHaveLength(1);
    expect(identsOf([...lane.outstanding, ...lane.endTurn(true)])).toEqual([['tx-0'], ['tx-1']]);
    expect(lane.submit(transactionOf('tx-0'))).toBe('duplicate-ident');
  });

  it('keeps on disk what has to be said again in the order in which it was accepted', () => {
    const { lane, recorder, commitOther, submitAll } = laneAt();
    submitAll(1, 'first');
    lane.endTurn(true);
    submitAll(2, 'later');
    lane.endTurn(false);
    commitOther(laneOf(network.chainId, key, 1));
    lane.endTurn(false);
    const onDisk = new Map<number, string>();
    for (const effect of recorder.effects) {
      if (effect.type === 'enqueue') onDisk.set(effect.queued.order, effect.queued.transaction.ident);
      if (effect.type === 'dequeue') for (const order of effect.orders) onDisk.delete(order);
    }
    const inOrder = [...onDisk].sort(([one], [other]) => one - other).map(([, ident]) => ident);
    expect(inOrder).toEqual(['first-0', 'later-0', 'later-1']);
    expect(lane.waiting().map(({ transaction }) => transaction.ident)).toEqual(inOrder);
  });

  it('keeps what follows a committed part, and loses what follows a lost one', () => {
    const { lane, commit, commitOther, submitAll } = laneAt();
    submitAll(1, 'a');
    const [first] = lane.endTurn(true);
    submitAll(1, 'b');
    const [second] = lane.endTurn(true);
    commit(first!);
    expect(lane.outstanding).toEqual([second]);
    submitAll(1, 'c');
    lane.endTurn(true);
    commitOther([bundleOf(network.chainId, key, 2, first!.digest, [transactionOf('elsewhere')])]);
    expect(lane.outstanding).toEqual([]);
    expect(identsOf(lane.endTurn(true))).toEqual([['b-0', 'c-0']]);
  });
});
