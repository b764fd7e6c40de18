import { expect, test } from 'vitest';
import { toText } from '../../../../src-main/core/bytes.ts';
import type { Command } from '../../../../src-main/core/types.ts';
import { removalOf } from '../../../../src-main/networks/shared/removal.ts';
import type { ChainReader } from '../../../../src-main/node/ports.ts';
import { ChainDouble } from '../chain-double.ts';
import { crypto, KEYS } from '../../proof/fixture.ts';

const [ANNA, , , DORA, STRANGER] = KEYS.map(({ publicKey }) => toText(publicKey)) as [
  string,
  string,
  string,
  string,
  string,
];
const goes = (index: number): Command => ({ kind: 'removePeer', publicKey: KEYS[index]!.publicKey });

function play(...blocks: readonly (readonly (readonly [number, readonly Command[]])[])[]): ChainDouble {
  const chain = new ChainDouble();
  for (const block of blocks) chain.append(...block);
  return chain;
}

test('members with so much of the stake voted for a removal, also in several blocks', () => {
  const chain = play([[0, [goes(3)]]], [[1, [goes(3)]]], [[2, [goes(3)]]], []);
  expect(removalOf(chain.reader(), DORA, crypto)).toEqual({
    height: 4,
    by: 'vote',
    votedStake: 3,
    totalStake: 4,
  });
});

test('who leaves by itself was not voted out, even if some had voted for that', () => {
  const chain = play([[0, [goes(3)]]], [[3, [goes(3)]]]);
  expect(removalOf(chain.reader(), DORA, crypto)).toEqual({
    height: 3,
    by: 'itself',
    votedStake: null,
    totalStake: null,
  });
});

test('a member has no removal, and neither has who never was one', () => {
  const chain = play([[0, [goes(3)]]]);
  expect(removalOf(chain.reader(), ANNA, crypto)).toBeUndefined();
  expect(removalOf(chain.reader(), DORA, crypto)).toBeUndefined();
  expect(removalOf(chain.reader(), STRANGER, crypto)).toBeUndefined();
});

test('the blocks are read once, however often somebody asks', () => {
  const chain = play([[0, [goes(3)]]], [[1, [goes(3)]]], [[2, [goes(3)]]], []);
  const reader = chain.reader();
  let reads = 0;
  const counted = {
    value: (key: string) => reader.value(key),
    block: (height: number) => {
      reads += 1;
      return reader.block(height);
    },
  } as unknown as ChainReader;
  const removal = removalOf(counted, DORA, crypto);
  const readOnce = reads;
  expect(removalOf(counted, DORA, crypto)).toBe(removal);
  expect([readOnce > 0, reads]).toEqual([true, readOnce]);
  expect(removalOf(counted, ANNA, crypto)).toBeUndefined();
});
