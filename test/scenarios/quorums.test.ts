import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Committee } from '../../src-main/core/quorum.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';

/** I12: stakes up to the largest total, 2^50 - 1. */
const stakes = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2 ** 43 - 1 })), {
    minLength: 1,
    maxLength: 100,
  })
  .filter((list) => list.reduce((sum, stake) => sum + BigInt(stake), 0n) < 2n ** 50n);

const subsets = stakes.chain((list) =>
  fc.record({
    list: fc.constant(list),
    first: fc.subarray([...list.keys()]),
    second: fc.subarray([...list.keys()]),
  }),
);

function committeeOf(list: readonly number[]): Committee {
  const members = list.map((stake, id) => ({ id, publicKey: new Uint8Array(32).fill(id), stake }));
  return new Committee(members, sodiumCrypto);
}

const sum = (list: readonly number[], indices: readonly number[]): bigint =>
  indices.reduce((total, index) => total + BigInt(list[index]!), 0n);

it('a quorum is more than two thirds, a weak quorum more than one third, exactly', () => {
  fc.assert(
    fc.property(subsets, ({ list, first }) => {
      const committee = committeeOf(list);
      const total = sum(list, [...list.keys()]);
      expect(committee.isQuorum(first)).toBe(3n * sum(list, first) > 2n * total);
      expect(committee.isWeak(first)).toBe(3n * sum(list, first) > total);
    }),
  );
});

it('two quorums share more than a third; what is no quorum leaves at least a third', () => {
  fc.assert(
    fc.property(subsets, ({ list, first, second }) => {
      const committee = committeeOf(list);
      const both = first.filter((index) => second.includes(index));
      const rest = [...list.keys()].filter((index) => !first.includes(index));
      if (committee.isQuorum(first) && committee.isQuorum(second)) expect(committee.isWeak(both)).toBe(true);
      expect(committee.isQuorum(first) && committee.isWeak(rest)).toBe(false);
      if (!committee.isQuorum(first))
        expect(3n * sum(list, rest)).toBeGreaterThanOrEqual(sum(list, [...list.keys()]));
    }),
  );
});

it.each([
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 5],
  [10, 7],
])('of %i equal members %i are a quorum, and one fewer is none', (size, needed) => {
  const committee = committeeOf(Array.from({ length: size }, () => 1));
  const indices = [...Array(needed).keys()];
  expect(committee.isQuorum(indices)).toBe(true);
  expect(committee.isQuorum(indices.slice(1))).toBe(false);
});
