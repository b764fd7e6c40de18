import { ByteListType, ContainerType } from '@chainsafe/ssz';
import { describe, expect, it } from 'vitest';
import { bytes32, u32 } from '../../../src-main/core/schemas.ts';
import { isEncoding, serialise, serialiseTagged } from '../../../src-main/core/serialising.ts';

const MAX_BYTES = 2 ** 20;
const type = new ContainerType({ key: bytes32, height: u32, text: new ByteListType(MAX_BYTES) });
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);
const valueOf = (byte: number, textBytes: number, keyBytes = 32) => ({
  key: filled(keyBytes, byte),
  height: byte,
  text: filled(textBytes, byte),
});

describe('serialising', () => {
  // The longest is longer than any message.
  it.each([0, 1, 100, MAX_BYTES])('gives what the library gives, with %d bytes of text', (length) => {
    const value = valueOf(7, length);
    expect(serialise(type, value)).toEqual(type.serialize(value));
    expect(serialiseTagged(9, type, value)).toEqual(new Uint8Array([9, ...type.serialize(value)]));
  });

  it('gives bytes that the next value does not touch', () => {
    const first = serialise(type, valueOf(1, 10));
    const tagged = serialiseTagged(1, type, valueOf(1, 10));
    serialise(type, valueOf(2, 10));
    expect(first).toEqual(type.serialize(valueOf(1, 10)));
    expect(tagged.subarray(1)).toEqual(first);
  });

  it('shows nothing of the value before where a field is shorter than its schema says', () => {
    serialise(type, valueOf(255, 100));
    const short = valueOf(1, 100, 20);
    expect(serialise(type, short)).toEqual(type.serialize(short));
  });

  it('throws, as the library does, where a field is so long that it reaches beyond the end', () => {
    const long = valueOf(1, 0, 64);
    expect(() => type.serialize(long)).toThrow(RangeError);
    expect(() => serialise(type, long)).toThrow(RangeError);
  });

  it('knows the encoding of a value from any other bytes', () => {
    const value = valueOf(3, 5);
    const bytes = serialise(type, value);
    expect(isEncoding(type, value, bytes)).toBe(true);
    expect(isEncoding(type, value, bytes.subarray(1))).toBe(false);
    expect(isEncoding(type, value, new Uint8Array([...bytes, 0]))).toBe(false);
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice();
      other[at]! ^= 1;
      expect(isEncoding(type, value, other)).toBe(false);
    }
  });
});
