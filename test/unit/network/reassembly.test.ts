import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BulkSender } from '../../../src-main/network/bulk-sender.ts';
import { Reassembly } from '../../../src-main/network/reassembly.ts';
import type { Fragment } from '../../../src-main/network/records.ts';
import { MAX_FRAGMENTS } from '../../../src-main/network/records.ts';
import type { RejectionReason } from '../../../src-main/network/rejections.ts';
import { MAX_MESSAGE_BYTES } from '../../../src-main/core/messages.ts';
import { patterned, seededRandom } from './support.ts';

const unpaced = { datagramBytes: 1200, paceBytesPerMs: 1e9, paceBurstBytes: 1e9 };

function makeSender(options = unpaced): { sender: BulkSender; rejected: RejectionReason[] } {
  const rejected: RejectionReason[] = [];
  return {
    sender: new BulkSender(options, {
      nowMs: 0,
      firstMessageId: 0,
      reject: (reason) => rejected.push(reason),
    }),
    rejected,
  };
}

function makeReassembly(limits = { maxMessages: 4, maxBytes: 1024 * 1024 }) {
  const rejected: RejectionReason[] = [];
  const reassembly = new Reassembly(
    { ...limits, pullDelayMs: 5 },
    { reject: (reason) => rejected.push(reason) },
  );
  return { reassembly, rejected };
}

function drain(sender: BulkSender, nowMs: number): Fragment[] {
  const fragments: Fragment[] = [];
  sender.drain(nowMs, (fragment) => fragments.push({ type: 'fragment', ...fragment }));
  return fragments;
}

function fragmentsOf(payload: Uint8Array): Fragment[] {
  const { sender } = makeSender();
  sender.push(payload, 0);
  return drain(sender, 0);
}

describe('fragments', () => {
  test.each([1170, 1200, 2400, 5000, 262_144, MAX_MESSAGE_BYTES])(
    '%i bytes arrive in any order',
    (length) => {
      const payload = patterned(length);
      const fragments = fragmentsOf(payload);
      expect(fragments.length).toBeLessThanOrEqual(MAX_FRAGMENTS);
      for (const order of [fragments, fragments.toReversed()]) {
        const { reassembly } = makeReassembly();
        const results = order.map((fragment) => reassembly.accept(fragment, 0));
        expect(results.filter((result) => result !== null)).toHaveLength(1);
        expect(Buffer.compare(results.at(-1)!, payload)).toBe(0);
        expect(reassembly.pendingBytes).toBe(0);
      }
    },
  );

  test('pulls bring back whatever is lost', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(30), (seed, lossPercent) => {
        const random = seededRandom(seed);
        const isLost = (): boolean => random.bytes(1)[0]! < (lossPercent * 256) / 100;
        const { sender } = makeSender();
        const { reassembly, rejected } = makeReassembly();
        const payload = patterned(40_000);
        let nowMs = 0;
        let arrived: Uint8Array | null = null;
        const deliver = (): void => {
          for (const fragment of drain(sender, nowMs)) {
            if (!isLost()) arrived = reassembly.accept(fragment, nowMs) ?? arrived;
          }
        };
        sender.push(payload, nowMs);
        deliver();
        while (reassembly.pendingBytes > 0) {
          nowMs += 1;
          for (const { messageId, bitmap } of reassembly.duePulls(nowMs, 1)) {
            if (!isLost()) sender.onPull(messageId, bitmap, nowMs);
          }
          deliver();
        }
        expect(rejected.filter((reason) => reason !== 'fragment-duplicate')).toEqual([]);
        expect(Buffer.compare(arrived!, payload)).toBe(0);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('duplicates change nothing, before and after completion', () => {
    const payload = patterned(5000);
    const fragments = fragmentsOf(payload);
    const { reassembly, rejected } = makeReassembly();
    expect(reassembly.accept(fragments[0]!, 0)).toBeNull();
    expect(reassembly.accept(fragments[0]!, 0)).toBeNull();
    for (const fragment of fragments.slice(1)) reassembly.accept(fragment, 0);
    for (const fragment of fragments) expect(reassembly.accept(fragment, 0)).toBeNull();
    expect(rejected).toEqual(new Array(1 + fragments.length).fill('fragment-duplicate'));
    expect(reassembly.pendingBytes).toBe(0);
  });

  test('a fragment that contradicts the first one is refused', () => {
    const [first] = fragmentsOf(patterned(5000));
    const { reassembly, rejected } = makeReassembly();
    reassembly.accept(first!, 0);
    reassembly.accept({ ...first!, totalBytes: 4999 }, 0);
    expect(rejected).toEqual(['fragment-invalid']);
  });

  test('memory is bounded by count and by bytes; the oldest without progress goes first', () => {
    const { reassembly, rejected } = makeReassembly({ maxMessages: 3, maxBytes: 10_000 });
    const first = (messageId: number, length: number): Fragment => ({
      ...fragmentsOf(patterned(length))[0]!,
      messageId,
    });
    for (let messageId = 0; messageId < 100; messageId++) {
      reassembly.accept(first(messageId, 2000), 0);
      expect(reassembly.pendingBytes).toBeLessThanOrEqual(6000);
    }
    expect(rejected).toEqual(new Array(97).fill('fragment-evicted'));
    reassembly.accept(first(200, 9000), 0);
    expect(reassembly.pendingBytes).toBe(9000);
    reassembly.accept(first(201, 10_001), 0);
    expect(rejected.at(-1)).toBe('fragment-invalid');
  });

  test('a message without progress is given up after a bounded number of pulls', () => {
    const [first] = fragmentsOf(patterned(5000));
    const { reassembly, rejected } = makeReassembly();
    reassembly.accept(first!, 0);
    let pulls = 0;
    for (let nowMs = 1; nowMs < 10_000; nowMs++) pulls += reassembly.duePulls(nowMs, 10).length;
    expect(pulls).toBeGreaterThan(5);
    expect(pulls).toBeLessThanOrEqual(20);
    expect(rejected).toEqual(['fragment-abandoned']);
    expect(reassembly.nextDueMs).toBe(Infinity);
  });

  test('when this process itself was late, it lets waiting fragments in before it pulls', () => {
    const [first] = fragmentsOf(patterned(5000));
    const { reassembly } = makeReassembly();
    reassembly.accept(first!, 0);
    expect(reassembly.duePulls(500, 1)).toEqual([]);
    expect(reassembly.nextDueMs).toBe(501);
    expect(reassembly.duePulls(501, 1)).toHaveLength(1);
  });
});

describe('BulkSender', () => {
  test('keeps to its pace after a first burst', () => {
    const { sender } = makeSender({ datagramBytes: 1200, paceBytesPerMs: 1200, paceBurstBytes: 12_000 });
    sender.push(patterned(100_000), 0);
    expect(drain(sender, 0).length).toBe(10);
    expect(sender.waitMs(0)).toBeGreaterThanOrEqual(1);
    expect(drain(sender, 10).length).toBeLessThanOrEqual(11);
    let nowMs = 10;
    while (!sender.isIdle) drain(sender, (nowMs += 1));
    expect(nowMs).toBeGreaterThan(70);
    expect(sender.waitMs(nowMs)).toBe(Infinity);
  });

  test('a pull slows it down, clean messages speed it up again', () => {
    const { sender } = makeSender({ datagramBytes: 1200, paceBytesPerMs: 1200, paceBurstBytes: 1200 });
    const timeFor = (beginMs: number): number => {
      sender.push(patterned(50_000), beginMs);
      let nowMs = beginMs;
      while (!sender.isIdle) drain(sender, (nowMs += 1));
      return nowMs - beginMs;
    };
    const cleanMs = timeFor(0);
    sender.onPull(0, Uint8Array.of(1), 100);
    while (!sender.isIdle) drain(sender, 200);
    const slowMs = timeFor(300);
    expect(slowMs).toBeGreaterThan(cleanMs * 1.5);
    for (let i = 1; i < 20; i++) timeFor(i * 1000);
    expect(timeFor(30_000)).toBeLessThan(cleanMs * 1.1);
  });

  test('what is queued, kept and answered is bounded', () => {
    const { sender, rejected } = makeSender({ datagramBytes: 1200, paceBytesPerMs: 1, paceBurstBytes: 1200 });
    for (let i = 0; i < 20; i++) sender.push(patterned(MAX_MESSAGE_BYTES), 0);
    expect(rejected.length).toBeGreaterThan(5);
    expect(new Set(rejected)).toEqual(new Set(['send-queue-full']));
    expect(sender.keptBytes).toBeLessThanOrEqual(4 * 1024 * 1024);

    const other = makeSender();
    for (let i = 0; i < 200; i++) {
      other.sender.push(patterned(2000), 0);
      drain(other.sender, 0);
    }
    expect(other.sender.keptBytes).toBeLessThanOrEqual(65 * 2000);
    other.sender.onPull(0, Uint8Array.of(3), 0);
    expect(other.rejected).toEqual(['pull-unknown']);
    for (let i = 0; i < 50; i++) {
      other.sender.onPull(199, Uint8Array.of(3), 0);
      drain(other.sender, 0);
    }
    expect(other.rejected.filter((reason) => reason === 'pull-budget')).toHaveLength(10);
    other.sender.forgetOld(60_000);
    expect(other.sender.keptBytes).toBe(0);
  });

  test('a pull of fragments that were not sent yet brings nothing twice', () => {
    const { sender } = makeSender({ datagramBytes: 1200, paceBytesPerMs: 1200, paceBurstBytes: 2400 });
    sender.push(patterned(10_000), 0);
    const early = drain(sender, 0);
    sender.onPull(0, Uint8Array.of(0xff, 0xff), 0);
    let nowMs = 0;
    const later: Fragment[] = [];
    while (!sender.isIdle) later.push(...drain(sender, (nowMs += 1)));
    expect(later).toHaveLength(early[0]!.count);
  });
});
