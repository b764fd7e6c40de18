import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  compareText,
  concatBytes,
  equalBytes,
  fromText,
  fromUtf8,
  toText,
  utf8,
} from '../../../src-main/core/bytes.ts';

const bytesOf = (...values: number[]) => new Uint8Array(values);
const someBytes = fc.uint8Array({ maxLength: 200 });

describe('base64url', () => {
  it('is what Node writes, and reads back', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        expect(toText(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromText(toText(bytes))).toEqual(bytes);
      }),
    );
  });

  it('gives 43 characters for 32 bytes and 86 for 64', () => {
    expect(toText(new Uint8Array(32))).toHaveLength(43);
    expect(toText(new Uint8Array(64))).toHaveLength(86);
  });

  it('has one spelling per byte string', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const bytes = fromText(text);
        expect(bytes === undefined || toText(bytes) === text).toBe(true);
      }),
    );
  });

  it.each(['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'AA+A', 'AA/A', 'AA A', 'AAä', 'AA\n'])(
    'refuses %j',
    (text) => {
      expect(fromText(text)).toBeUndefined();
    },
  );

  it('reads the empty text', () => {
    expect(fromText('')).toEqual(bytesOf());
  });
});

describe('UTF-8', () => {
  it('is what Node writes, and reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const expected = new Uint8Array(Buffer.from(text, 'utf8'));
        expect(utf8(text)).toEqual(expected);
        expect(fromUtf8(expected)).toBe(expected.length === 0 ? '' : Buffer.from(expected).toString('utf8'));
      }),
    );
  });

  it('reads exactly what a strict decoder reads', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const decode = (bytes: Uint8Array) => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const leads = fc.constantFrom(
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0xff,
    );
    const oddBytes = fc.array(fc.oneof(leads, fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
    fc.assert(
      fc.property(oddBytes, (values) => {
        expect(fromUtf8(bytesOf(...values))).toBe(decode(bytesOf(...values)));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['an overlong form', [0xc0, 0x80]],
    ['an overlong form of three bytes', [0xe0, 0x80, 0x80]],
    ['an overlong form of four bytes', [0xf0, 0x80, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a value above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['a lone continuation', [0x80]],
    ['a broken continuation', [0xc3, 0x28]],
  ])('refuses %s', (_, values) => {
    expect(fromUtf8(bytesOf(...values))).toBeUndefined();
  });

  it('writes an unpaired surrogate as U+FFFD', () => {
    expect(utf8('\ud800')).toEqual(bytesOf(0xef, 0xbf, 0xbd));
  });
});

describe('order and equality', () => {
  it('order bytes as Buffer.compare does', () => {
    fc.assert(
      fc.property(someBytes, someBytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('order texts by code unit', () => {
    expect(['b', 'a', 'B', 'aa'].sort(compareText)).toEqual(['B', 'a', 'aa', 'b']);
    expect(compareText('x', 'x')).toBe(0);
  });

  it('join in order', () => {
    expect(concatBytes(bytesOf(1), bytesOf(), bytesOf(2, 3))).toEqual(bytesOf(1, 2, 3));
  });
});
