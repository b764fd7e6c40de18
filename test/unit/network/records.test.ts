import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatagramRecord } from '../../../src-main/network/records.ts';
import {
  decodeRecords,
  fragmentBytes,
  MAX_FRAGMENTS,
  RecordWriter,
} from '../../../src-main/network/records.ts';
import { MAX_MESSAGE_BYTES } from '../../../src-main/core/messages.ts';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

const fragment = fc
  .tuple(uint32, fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2000, max: 20_000 }), fc.nat())
  .map(([messageId, count, totalBytes, seed]) => {
    const index = seed % count;
    const size = fragmentBytes(totalBytes, count);
    const bytes = new Uint8Array(index === count - 1 ? totalBytes - index * size : size).fill(seed);
    return { type: 'fragment' as const, messageId, index, count, totalBytes, bytes };
  });

const record: fc.Arbitrary<DatagramRecord> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => ({ type: 'message' as const, bytes })),
  fragment,
  fc.record({
    type: fc.constant('pull' as const),
    messageId: uint32,
    bitmap: fc.uint8Array({ minLength: 1, maxLength: MAX_FRAGMENTS / 8 }),
  }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), token: uint32 }),
  fc.constant({ type: 'close' as const }),
);

function encode(records: readonly DatagramRecord[]): Uint8Array {
  const bytes = new Uint8Array(200_000);
  const writer = new RecordWriter(bytes, 0, bytes.length);
  for (const item of records) {
    if (item.type === 'message') writer.message(item.bytes);
    else if (item.type === 'fragment') writer.fragment(item);
    else if (item.type === 'pull') writer.pull(item.messageId, item.bitmap);
    else if (item.type === 'ping') writer.ping(item.token);
    else if (item.type === 'pong') writer.pong(item.token);
    else writer.close();
  }
  return bytes.slice(0, writer.length);
}

describe('records', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 10 }), (records) => {
        expect(decodeRecords(encode(records))).toEqual(records);
      }),
    );
  });

  test('arbitrary bytes never throw, and what is accepted is canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const records = decodeRecords(bytes);
        if (records !== null) expect(encode(records)).toEqual(bytes);
      }),
      { numRuns: 5000 },
    );
  });

  test('every truncation is refused or reads fewer records', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (records, cut) => {
        const bytes = encode(records);
        const read = decodeRecords(bytes.subarray(0, cut % bytes.length));
        if (read !== null) expect(read.length).toBeLessThan(records.length);
      }),
    );
  });

  test.each([
    ['nothing at all', []],
    ['an unknown type', [9]],
    ['an empty message', [1, 0, 0]],
    ['a message beyond the datagram', [1, 5, 0, 1, 2]],
    ['bytes behind the last record', [1, 1, 0, 7, 0]],
    ['a pull without a bitmap', [3, 1, 0, 0, 0, 0]],
    ['a ping without its token', [4, 1, 2]],
  ])('refuses %s', (_name, bytes) => {
    expect(decodeRecords(Uint8Array.from(bytes))).toBeNull();
  });

  test.each([
    ['a single fragment', { index: 0, count: 1, totalBytes: 10, length: 10 }],
    ['an index beyond the count', { index: 3, count: 3, totalBytes: 30, length: 10 }],
    ['too many fragments', { index: 0, count: MAX_FRAGMENTS + 1, totalBytes: 100_000, length: 195 }],
    [
      'a message that is too large',
      { index: 0, count: 2, totalBytes: MAX_MESSAGE_BYTES + 1, length: 163_841 },
    ],
    ['fewer bytes than fragments', { index: 0, count: 5, totalBytes: 4, length: 1 }],
    ['a short fragment', { index: 0, count: 3, totalBytes: 30, length: 9 }],
    ['a long last fragment', { index: 2, count: 3, totalBytes: 29, length: 10 }],
    ['an empty last fragment', { index: 3, count: 4, totalBytes: 5, length: 0 }],
  ])('refuses %s', (_name, { index, count, totalBytes, length }) => {
    const bytes = encode([
      { type: 'fragment', messageId: 1, index, count, totalBytes, bytes: new Uint8Array(length) },
    ]);
    expect(decodeRecords(bytes)).toBeNull();
  });
});
