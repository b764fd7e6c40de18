import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import type { DurableEffect, SafetyKind } from '../../../src-main/core/effects.ts';
import { decodeBundle, decodeHeader, encodeCertificate } from '../../../src-main/core/encoding.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import { randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { data } from './chain-fixture.ts';
import { failureOf, newStore } from './folder.ts';

const safety = (height: number, kind: SafetyKind, key: string, bytes: Uint8Array): DurableEffect => ({
  type: 'persistSafety',
  record: { height, kind, key, bytes },
});
const bundleRecord = (height: number, { digest, bytes }: SealedBundle) =>
  safety(height, 'bundle', toText(digest), bytes);
const appendLane = (sealed: SealedBundle): DurableEffect => ({ type: 'appendLane', sealed });
const transaction = (ident: string, ns = 'test:item', d = 'value') => ({ ident, commands: [data(ns, d)] });

describe('a new store', () => {
  it('holds block 1 and its values, and survives being closed', () => {
    const { chain, reopen } = newStore();
    const store = reopen();
    const { genesis } = chain;
    expect(store.tip()).toEqual({ height: 1, hash: genesis.hash, snapshot: genesis.snapshot });
    expect(store.genesisBytes()).toEqual(genesis.genesisBytes);
    const block = store.block(1)!;
    expect(block.hash).toEqual(genesis.hash);
    expect(block.headerBytes).toEqual(genesis.headerBytes);
    expect(block.certificateBytes).toHaveLength(0);
    expect(block.bundles).toEqual([]);
    expect(block.transactions).toEqual([]);
    expect(block.committee).toEqual(chain.committee.members);
    expect(store.heightOfHash(genesis.hash)).toBe(1);
    expect(store.value(`peer:${toText(chain.ownKey)}`)).toEqual(genesis.writes[0]);
    expect(store.committee(chain.committee.hash)).toEqual(chain.committee.members);
  });

  it('has nothing else to remember', () => {
    const { store } = newStore();
    const { tip, ...rest } = store.load();
    expect(tip.height).toBe(1);
    expect(rest).toEqual({ safety: [], records: [], lane: [], queue: [], hasSafetyLog: true });
  });
});

describe('a block', () => {
  it('whose proof was not valid gets another one, and stays the same block', () => {
    const { chain, store, reopen } = newStore();
    const bundles = [chain.bundle(1, [transaction('one')]), chain.bundle(2, [transaction('two')])];
    const block = chain.block(bundles);
    store.write([{ type: 'commitBlock', block }]);
    const certificate = { ...block.certificate, signatures: block.certificate.signatures.toReversed() };
    const [first, second] = bundles as [SealedBundle, SealedBundle];
    const bytes = first.bytes.map((byte, at) => (at < 64 ? byte ^ 1 : byte));
    store.write([{ type: 'replaceProof', height: 2, certificate, bundles: [{ ...first, bytes }] }]);
    const stored = reopen().block(2)!;
    expect(stored.certificateBytes).toEqual(encodeCertificate(certificate));
    expect(stored.bundles).toEqual([bytes, second.bytes]);
    expect(stored.headerBytes).toEqual(block.sealed.bytes);
    expect(stored.transactions).toEqual(block.transactions);
  });

  it('comes back as it was written, with results, places and values', () => {
    const { chain, store, reopen } = newStore();
    const bundles = [
      chain.bundle(1, [
        transaction('one'),
        { ident: 'two', commands: [data('test:a', '1'), data('test:b', '2')] },
      ]),
      chain.bundle(1, [transaction('three')]),
      chain.bundle(2, [transaction('one')]),
    ];
    const block = chain.block(bundles);
    const rejected = { outcome: 'rejected', kind: 'data', reason: 'invalid-value' } as const;
    const transactions = block.transactions.map((executed, index) =>
      index === 1 ? { ...executed, results: [executed.results[0]!, rejected] } : executed,
    );
    store.write([{ type: 'commitBlock', block: { ...block, transactions } }]);
    const reader = reopen();
    const stored = reader.block(2)!;
    expect(reader.tip()).toEqual({ height: 2, hash: block.sealed.hash, snapshot: block.snapshot });
    expect(decodeHeader(stored.headerBytes, sodiumCrypto)).toEqual(block.sealed);
    expect(stored.certificateBytes).toEqual(encodeCertificate(block.certificate));
    expect(stored.bundles.map((bytes) => decodeBundle(bytes, sodiumCrypto))).toEqual(bundles);
    expect(stored.transactions).toEqual(transactions);
    expect(stored.committee).toEqual(chain.committee.members);
    const origin = toText(chain.keys[1]!);
    expect(reader.transaction(origin, 'three')).toEqual({ height: 2, bundleIndex: 1, transactionIndex: 0 });
    expect(reader.transaction(toText(chain.keys[2]!), 'one')).toEqual({
      height: 2,
      bundleIndex: 2,
      transactionIndex: 0,
    });
    expect(reader.bundle(bundles[0]!.digest)).toEqual(bundles[0]!.bytes);
    expect(reader.laneBundle(chain.keys[1]!, 2)).toEqual({ height: 2, bytes: bundles[1]!.bytes });
    expect(reader.value(`test:b:${origin}`)).toMatchObject({ value: '2', height: 2, origin, ident: 'two' });
  });

  it('is not found where there is none', () => {
    const { chain, store } = newStore();
    expect(store.block(0)).toBeUndefined();
    expect(store.block(2)).toBeUndefined();
    expect(store.heightOfHash(randomBytes(32))).toBeUndefined();
    expect(store.transaction(toText(chain.ownKey), 'none')).toBeUndefined();
    expect(store.transaction('nobody', 'none')).toBeUndefined();
    expect(store.bundle(randomBytes(32))).toBeUndefined();
    expect(store.laneBundle(chain.ownKey, 1)).toBeUndefined();
    expect(store.committee(randomBytes(32))).toBeUndefined();
    expect(store.value('test:nothing')).toBeUndefined();
  });

  it('gives plain bytes, so that a slice is a copy', () => {
    const { chain, store } = newStore();
    const bundle = chain.bundle(1, [transaction('one')]);
    store.write([{ type: 'commitBlock', block: chain.block([bundle]) }]);
    const { bundles, hash, headerBytes } = store.block(2)!;
    for (const bytes of [...bundles, hash, headerBytes, store.bundle(bundle.digest)!, store.genesisBytes()]) {
      expect(bytes.constructor).toBe(Uint8Array);
    }
  });

  it('may come with others in one turn, as when a node catches up', () => {
    const { chain, store, reopen } = newStore();
    const blocks = Array.from({ length: 64 }, (_, i) =>
      chain.block([chain.bundle(i % 4, [transaction(`t${i}`)])]),
    );
    store.write(blocks.map((block) => ({ type: 'commitBlock', block })));
    expect(reopen().tip().height).toBe(65);
  });

  it('keeps the first transaction of an ident that its origin used twice', () => {
    const { chain, store } = newStore();
    store.write([{ type: 'commitBlock', block: chain.block([chain.bundle(1, [transaction('same')])]) }]);
    store.write([{ type: 'commitBlock', block: chain.block([chain.bundle(1, [transaction('same')])]) }]);
    expect(store.transaction(toText(chain.keys[1]!), 'same')?.height).toBe(2);
  });
});

describe('state at a height', () => {
  it('finds the value that was in force after each block, and its end', () => {
    const { chain, store } = newStore();
    const key = 'test:history:x';
    const write = (value: string | null) => {
      const block = chain.block([]);
      const { height } = block.sealed.header;
      const writes = [{ key, value, height, origin: toText(chain.ownKey), ident: `at-${height}` }];
      store.write([{ type: 'commitBlock', block: { ...block, writes } }]);
    };
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    write('first');
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    write('second');
    write(null);
    write('third');
    const found = [1, 2, 3, 4, 5, 6, 7, 8].map((height) => store.value(key, height)?.value);
    expect(found).toEqual([undefined, undefined, 'first', 'first', 'second', undefined, 'third', 'third']);
    expect(store.value(key)).toEqual({
      key,
      value: 'third',
      height: 7,
      origin: toText(chain.ownKey),
      ident: 'at-7',
    });
    expect(store.value(key, 4)).toMatchObject({ height: 3, ident: 'at-3' });
  });

  it('takes the last of several writes of one block', () => {
    const { chain, store } = newStore();
    const commands = [data('test:same', 'first'), data('test:same', 'last')];
    const key = `test:same:${toText(chain.keys[1]!)}`;
    store.write([
      { type: 'commitBlock', block: chain.block([chain.bundle(1, [transaction('old', 'test:same')])]) },
    ]);
    store.write([
      { type: 'commitBlock', block: chain.block([chain.bundle(1, [{ ident: 'new', commands }])]) },
    ]);
    expect(store.value(key)?.value).toBe('last');
    expect(store.value(key, 2)?.value).toBe('value');
  });
});

describe('the safety log', () => {
  it('replaces a record by a later one of the same kind and key, and gives back those of the next height', () => {
    const { chain, store, reopen } = newStore();
    const bundle = chain.bundle(1, [transaction('one')]);
    const [old, views, vote] = [randomBytes(12), randomBytes(12), randomBytes(120)];
    store.write([safety(2, 'views', '', old), safety(2, 'vote', '0', vote), bundleRecord(2, bundle)]);
    store.write([safety(2, 'views', '', views), safety(3, 'views', '', old)]);
    const { safety: records, hasSafetyLog } = reopen().load();
    expect(hasSafetyLog).toBe(true);
    expect(records).toEqual([
      { height: 2, kind: 'bundle', key: toText(bundle.digest), bytes: bundle.bytes },
      { height: 2, kind: 'views', key: '', bytes: views },
      { height: 2, kind: 'vote', key: '0', bytes: vote },
    ]);
  });

  it('ends with its block, and so do the bundles that no block cited', () => {
    const { chain, store } = newStore();
    const cited = chain.bundle(1, [transaction('cited')]);
    const other = chain.bundleAt(1, 1, cited.bundle.prev, [transaction('other')]);
    store.write([bundleRecord(2, cited), bundleRecord(2, other), safety(2, 'views', '', randomBytes(12))]);
    expect(store.bundle(other.digest)).toEqual(other.bytes);
    const next = safety(3, 'views', '', randomBytes(12));
    store.write([{ type: 'commitBlock', block: chain.block([cited]) }, next]);
    expect(store.load().safety).toHaveLength(1);
    expect(store.bundle(cited.digest)).toEqual(cited.bytes);
    expect(store.bundle(other.digest)).toBeUndefined();
  });

  it('keeps a bundle that a block cited, even when a stale record named it again', () => {
    const { chain, store } = newStore();
    const cited = chain.bundle(1, [transaction('cited')]);
    store.write([{ type: 'commitBlock', block: chain.block([cited]) }]);
    store.write([bundleRecord(3, cited)]);
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    expect(store.bundle(cited.digest)).toEqual(cited.bytes);
    expect(store.block(2)!.bundles).toEqual([cited.bytes]);
  });

  it('is known to be missing when blocks came without it', () => {
    const { chain, store, reopen } = newStore();
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    expect(reopen().load().hasSafetyLog).toBe(false);
  });

  it('refuses a bundle without a digest', () => {
    const { store } = newStore();
    expect(failureOf(() => store.write([safety(2, 'bundle', 'no-digest!', randomBytes(9))])).code).toBe(
      'invalid-turn',
    );
  });
});

describe('own lane, queue and records', () => {
  it('keep own bundles until a block cites them', () => {
    const { chain, store, reopen } = newStore();
    const bundles = [1, 2, 3].map((i) => chain.bundle(0, [transaction(`own${i}`)]));
    store.write(bundles.map(appendLane));
    store.write([{ type: 'commitBlock', block: chain.block(bundles.slice(0, 2)) }]);
    const reader = reopen();
    expect(reader.load().lane).toEqual([bundles[2]!.bytes]);
    expect(reader.laneBundle(chain.ownKey, 2)?.bytes).toEqual(bundles[1]!.bytes);
    expect(reader.laneBundle(chain.ownKey, 3)).toBeUndefined();
  });

  it('ignore the lanes of others', () => {
    const { chain, store } = newStore();
    const own = chain.bundle(0, [transaction('own')]);
    const others = [1, 2].map(() => chain.bundle(1, [transaction('other')]));
    store.write([appendLane(own), { type: 'commitBlock', block: chain.block(others) }]);
    expect(store.load().lane).toEqual([own.bytes]);
  });

  it('drop an own branch when a block certified another one', () => {
    const { chain, store } = newStore();
    const first = chain.bundleAt(0, 1, new Uint8Array(32), [transaction('mine')]);
    const second = chain.bundleAt(0, 2, first.digest, [transaction('mine-too')]);
    const certified = chain.bundle(0, [transaction('clone')]);
    store.write([appendLane(first), appendLane(second)]);
    store.write([{ type: 'commitBlock', block: chain.block([certified]) }]);
    expect(store.load().lane).toEqual([]);
    expect(store.bundle(first.digest)).toBeUndefined();
    expect(store.bundle(second.digest)).toBeUndefined();
  });

  it('replace the rest of the lane from a bundle that is written anew', () => {
    const { chain, store } = newStore();
    const first = chain.bundleAt(0, 1, new Uint8Array(32), [transaction('a')]);
    const second = chain.bundleAt(0, 2, first.digest, [transaction('b')]);
    const other = chain.bundleAt(0, 1, new Uint8Array(32), [transaction('c')]);
    store.write([appendLane(first), appendLane(second)]);
    store.write([appendLane(other)]);
    expect(store.load().lane).toEqual([other.bytes]);
  });

  it('keep accepted transactions in their order until they are in a bundle', () => {
    const { store, reopen } = newStore();
    const queued = [10, 2, 11].map((order) => ({
      order,
      transaction: transaction(`q${order}`),
      bytes: randomBytes(50),
    }));
    store.write(queued.map((entry) => ({ type: 'enqueue', queued: entry })));
    store.write([{ type: 'dequeue', orders: [2, 99] }]);
    expect(reopen().load().queue).toEqual(
      [queued[0]!, queued[2]!].map(({ order, bytes }) => ({ order, bytes })),
    );
  });

  it('keep the newest record of each key', () => {
    const { store, reopen } = newStore();
    const [old, instances, amnesia] = [randomBytes(16), randomBytes(32), randomBytes(4)];
    store.write([{ type: 'persistNode', record: { key: 'instances', bytes: old } }]);
    store.write([
      { type: 'persistNode', record: { key: 'instances', bytes: instances } },
      { type: 'persistNode', record: { key: 'amnesia', bytes: amnesia } },
    ]);
    expect(reopen().load().records).toEqual([
      { key: 'amnesia', bytes: amnesia },
      { key: 'instances', bytes: instances },
    ]);
  });
});

describe('a turn', () => {
  it('is written as a whole or not at all, and a failed one ends all writing but no reading', () => {
    const { chain, store, reopen } = newStore();
    const skipped = chain.block([]);
    const turn: DurableEffect[] = [
      safety(2, 'views', '', randomBytes(12)),
      { type: 'commitBlock', block: chain.block([]) },
    ];
    const failure = failureOf(() => store.write(turn));
    expect(failure.code).toBe('invalid-turn');
    expect(failureOf(() => store.write([{ type: 'commitBlock', block: skipped }]))).toBe(failure);
    expect(store.tip().height).toBe(1);
    expect(store.block(1)?.hash).toEqual(chain.genesis.hash);
    const reader = reopen();
    expect(reader.load().safety).toEqual([]);
    reader.write([{ type: 'commitBlock', block: skipped }]);
    expect(reader.tip().height).toBe(2);
  });

  it('is refused when the results are not those of its bundles', () => {
    const { chain, store } = newStore();
    const block = chain.block([chain.bundle(1, [transaction('one')])], { transactions: [] });
    expect(failureOf(() => store.write([{ type: 'commitBlock', block }])).code).toBe('invalid-turn');
  });

  it('may be empty', () => {
    const { store } = newStore();
    expect(() => store.write([])).not.toThrow();
  });
});
