import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter } from '../../../src-main/network/rate-limiter.ts';
import { TokenBucket } from '../../../src-main/network/token-bucket.ts';
import { formatUdpAddress, parseUdpAddress, rateKeyOf } from '../../../src-main/network/udp/udp-address.ts';
import { seededRandom } from './support.ts';

describe('TokenBucket', () => {
  test('grants its burst, then its rate, and never more than its burst', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 10 }, 0);
    const grab = (nowMs: number): number => {
      let taken = 0;
      while (bucket.take(1, nowMs)) taken++;
      return taken;
    };
    expect(grab(0)).toBe(10);
    expect(bucket.waitMs(1, 0)).toBe(10);
    expect(grab(50)).toBe(5);
    expect(grab(100_000)).toBe(10);
    expect(grab(0)).toBe(0);
  });
});

describe('RateLimiter', () => {
  test('one address neither exceeds its share nor uses up the total', () => {
    const limits = { perAddress: { perSecond: 1, burst: 5 }, total: { perSecond: 10, burst: 20 } };
    const limiter = new RateLimiter(limits, seededRandom(1), 0);
    const granted = (key: string): number =>
      Array.from({ length: 100 }, () => limiter.take(key, 0)).filter(Boolean).length;
    expect(granted('a')).toBe(5);
    expect(granted('b')).toBe(5);
    for (let i = 0; i < 100; i++) granted(`c${i}`);
    expect(granted('d')).toBe(0);
    expect(limiter.take('e', 1000)).toBe(true);
  });
});

describe('UDP addresses', () => {
  test.each([
    ['127.0.0.1:17470', '127.0.0.1:17470', '127.0.0.1'],
    ['[::1]:1', '[::1]:1', '0:0:0:0'],
    ['[2001:DB8:0:0:1::2]:65535', '[2001:db8::1:0:0:2]:65535', '2001:db8:0:0'],
    ['[2001:db8::1]:5', '[2001:db8::1]:5', '2001:db8:0:0'],
    ['[::ffff:10.0.0.1]:7', '10.0.0.1:7', '10.0.0.1'],
    ['[fe80::1%eth0]:9', '[fe80::1%eth0]:9', 'fe80:0:0:0'],
  ])('%s is %s, limited as %s', (text, normal, rateKey) => {
    const address = parseUdpAddress(text)!;
    expect(formatUdpAddress(address)).toBe(normal);
    expect(rateKeyOf(address)).toBe(rateKey);
  });

  test.each([
    '',
    'localhost:1',
    '1.2.3.4',
    '1.2.3:4',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '::1:5',
    '[::1]',
    '[1.2.3.4]:5',
  ])('%j is no address', (text) => expect(parseUdpAddress(text)).toBeNull());

  test('arbitrary text never throws, and parsing is idempotent', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([host, port]) => `[${host}]:${port}`),
      fc.tuple(fc.ipV4(), fc.nat(70_000)).map(([host, port]) => `${host}:${port}`),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const address = parseUdpAddress(candidate);
        if (address !== null) expect(parseUdpAddress(formatUdpAddress(address))).toEqual(address);
      }),
      { numRuns: 2000 },
    );
  });
});
