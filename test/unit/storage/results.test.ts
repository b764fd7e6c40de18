import { expect, it } from 'vitest';
import type { RejectionReason } from '../../../src-main/ledger/types.ts';
import { decodeResults, encodeResults } from '../../../src-main/storage/results.ts';
import { ChainFixture, data, execute } from './chain-fixture.ts';

const chain = new ChainFixture();
const sealed = [1, 2].map((member) =>
  chain.bundle(member, [
    { ident: 'a', commands: [data('test:a', '1'), data('test:b', '2')] },
    { ident: 'b', commands: [{ kind: 'removePeer', publicKey: chain.ownKey }] },
  ]),
);
const bundles = sealed.map(({ bundle }) => bundle);

it('gives every outcome and reason back, with origin, ident, place and kind', () => {
  const executed = execute(sealed).map((transaction, index) => ({
    ...transaction,
    results: transaction.results.map(({ kind }) =>
      index === 0
        ? ({ outcome: 'noted', kind } as const)
        : index === 1
          ? ({ outcome: 'rejected', kind, reason: 'last-stake' } as const)
          : ({ outcome: 'unchanged', kind } as const),
    ),
  }));
  expect(decodeResults(encodeResults(executed), bundles)).toEqual(executed);
});

it('keeps the codes that are on disks already', () => {
  const reasons: RejectionReason[] = ['invalid-namespace', 'no-stake', 'evidence-stale'];
  const coded = reasons.map((reason) => {
    const results = [{ outcome: 'rejected', kind: 'data', reason } as const];
    return encodeResults([{ ...execute(sealed)[0]!, results }])[1];
  });
  expect(coded).toEqual([16, 19, 31]);
});

it('refuses bytes of other bundles', () => {
  const bytes = encodeResults(execute(sealed));
  expect(decodeResults(bytes, bundles)).toHaveLength(4);
  expect(decodeResults(bytes.subarray(0, -1), bundles)).toBeUndefined();
  expect(decodeResults(new Uint8Array([...bytes, 0]), bundles)).toBeUndefined();
  expect(decodeResults(bytes, bundles.slice(0, 1))).toBeUndefined();
  const [unknownCode, otherCount] = [bytes.slice(), bytes.slice()];
  unknownCode[1] = 255;
  otherCount[0] = 3;
  expect(decodeResults(unknownCode, bundles)).toBeUndefined();
  expect(decodeResults(otherCount, bundles)).toBeUndefined();
});
