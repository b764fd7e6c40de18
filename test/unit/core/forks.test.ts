import { describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../../src-main/core/effects.ts';
import { Forks } from '../../../src-main/core/forks.ts';
import { toText } from '../../../src-main/core/bytes.ts';
import { bundleOf, keyOf, networkOf, transactionOf } from './builders.ts';
import { Recorder } from './recording-context.ts';

const network = networkOf([1, 1]);

function variants(key: number, seq = 1, names: readonly string[] = ['one', 'other']) {
  return names.map((name) =>
    bundleOf(network.chainId, keyOf(key), seq, undefined, [transactionOf(`${name}-${seq}`)]),
  );
}

function noting(found: readonly NodeRecord[] = []) {
  const recorder = new Recorder(network, keyOf(0));
  const forks = new Forks(recorder.context, found);
  const note = (key: number, seq = 1): void => {
    const [first, second] = variants(key, seq);
    forks.note(first!, second!);
  };
  const records = (): NodeRecord[] => recorder.of('persistNode').map(({ record }) => record);
  return { recorder, forks, note, records };
}

describe('a forked lane (PROTOCOL 4.9)', () => {
  it('is published and kept, with both digests and both signatures', () => {
    const { forks, note, recorder } = noting();
    note(1, 300);
    const [first, second] = variants(1, 300).map(({ digest, bundle }) => ({
      digest: toText(digest),
      signature: toText(bundle.signature),
    }));
    expect(forks.of(keyOf(1).text)).toEqual({ seq: 300, first, second });
    expect(forks.of(keyOf(2).text)).toBeNull();
    const digests = [first!.digest, second!.digest];
    expect(recorder.of('laneFork')).toEqual([{ type: 'laneFork', origin: keyOf(1).text, seq: 300, digests }]);
  });

  it('outlives a restart; other records and half a record are none', () => {
    const before = noting();
    before.note(1, 300);
    before.note(2, 7);
    const record = before.records().at(-1)!;
    const others = noting([{ key: 'instances', bytes: record.bytes }]);
    expect(others.forks.of(keyOf(1).text)).toBeNull();
    const half = noting([{ ...record, bytes: record.bytes.slice(0, -1) }]);
    expect(half.forks.of(keyOf(2).text)).toBeNull();
    const { forks } = noting([record]);
    for (const key of [1, 2]) expect(forks.of(keyOf(key).text)).toEqual(before.forks.of(keyOf(key).text));
  });

  it('is one durable write and is published once per owner, however often it forks', () => {
    const { forks, note, records, recorder } = noting();
    for (const seq of [1, 2, 3]) note(1, seq);
    expect(records()).toHaveLength(1);
    expect(forks.of(keyOf(1).text)!.seq).toBe(1);
    expect(recorder.of('laneFork')).toMatchObject([{ origin: keyOf(1).text, seq: 1 }]);
    note(2, 5);
    expect(recorder.of('laneFork')).toMatchObject([{ seq: 1 }, { origin: keyOf(2).text, seq: 5 }]);
  });

  it('of 200 owners: the newest 128 are kept', () => {
    const { forks, note, records } = noting();
    for (let key = 0; key < 200; key++) note(key);
    expect(forks.of(keyOf(71).text)).toBeNull();
    expect(forks.of(keyOf(72).text)).not.toBeNull();
    expect(records().at(-1)!.bytes).toHaveLength(128 * 228);
  });
});
