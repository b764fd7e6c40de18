import type { DurableEffect } from '../../../src-main/core/effects.ts';
import type { StoredNode } from '../../../src-main/node/ports.ts';
import { type ChainFixture, data } from '../../unit/storage/chain-fixture.ts';

export const SEED = 'durability';
/** Accepted transactions that wait at any time. */
const QUEUE_LENGTH = 5;

function bytesOf(number: number): Uint8Array {
  return new Uint8Array(new Uint32Array([number]).buffer);
}

/** The number of the last turn that is in the database. */
export function numberOf({ records }: StoredNode): number {
  const bytes = records.find(({ key }) => key === 'instances')?.bytes;
  return bytes === undefined ? 0 : new Uint32Array(bytes.slice().buffer)[0]!;
}

/** Orders of the queue after turn `number`. */
export function queueAfter(number: number): number[] {
  const first = Math.max(1, number - QUEUE_LENGTH + 1);
  return Array.from({ length: number - first + 1 }, (_, index) => first + index);
}

export function identOf(number: number): string {
  return `turn-${number}`;
}

/** Whether turn `number` commits a block; its one transaction then has identOf(number). */
export function hasBlock(number: number): boolean {
  return number % 3 === 0;
}

export function turn(
  chain: ChainFixture,
  number: number,
  random: (length: number) => Uint8Array,
): DurableEffect[] {
  const transaction = {
    ident: identOf(number),
    commands: [data('test:durable', 'x'.repeat(1 + (number % 3_000)))],
  };
  const effects: DurableEffect[] = [
    {
      type: 'persistSafety',
      record: { height: chain.height + 1, kind: 'vote', key: '0', bytes: bytesOf(number) },
    },
    { type: 'enqueue', queued: { order: number, transaction, bytes: random(64) } },
    { type: 'dequeue', orders: [number - QUEUE_LENGTH] },
    { type: 'persistNode', record: { key: 'instances', bytes: bytesOf(number) } },
  ];
  if (hasBlock(number)) {
    const bundle = chain.bundle(number % 4, [transaction]);
    const block = chain.block([bundle], { snapshot: random(2_000) });
    const views = { height: chain.height + 1, kind: 'views', key: '', bytes: bytesOf(number) } as const;
    effects.push({ type: 'commitBlock', block }, { type: 'persistSafety', record: views });
  }
  return effects;
}
