import { expect } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import type { SqliteStore } from '../../../src-main/storage/sqlite-store.ts';
import type { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { hasBlock, identOf, numberOf, queueAfter } from './marks.ts';

/** Turns are whole: whatever says that turn `number` happened agrees with everything else that says so. */
export function expectWhole(store: SqliteStore, chain: ChainFixture): number {
  const node = store.load();
  const number = numberOf(node);
  expect(node.queue.map(({ order }) => order)).toEqual(queueAfter(number));
  expect(node.tip.height).toBe(1 + Math.floor(number / 3));
  const kinds = node.safety.map(({ kind }) => kind);
  expect(kinds).toContain(hasBlock(number) ? 'views' : 'vote');
  expect(node.safety.every(({ height }) => height === node.tip.height + 1)).toBe(true);
  const newest = number - (number % 3);
  if (newest > 0) {
    const origin = toText(chain.keys[newest % 4]!);
    expect(store.transaction(origin, identOf(newest))?.height).toBe(node.tip.height);
    expect(store.value(`test:durable:${origin}`)?.height).toBe(node.tip.height);
  }
  return number;
}
