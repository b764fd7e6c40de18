import { describe, expect, it } from 'vitest';
import { createSigner, randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { mixedOrderKey } from '../core/mixed-order-key.ts';

const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// RFC 8032, section 7.1, test 2.
const SEED = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
const PUBLIC_KEY = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
const MESSAGE = fromHex('72');
const SIGNATURE = fromHex(
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
);

describe('hash', () => {
  it('is SHA-256 (FIPS 180-4, "abc")', () => {
    const digest = sodiumCrypto.hash(new TextEncoder().encode('abc'));
    expect(toHex(digest)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('gives plain bytes, whose slice is a copy', () => {
    const digest = sodiumCrypto.hash(new Uint8Array(0));
    expect(digest.constructor).toBe(Uint8Array);
    const copy = digest.slice();
    copy[0]! ^= 1;
    expect(copy[0]).not.toBe(digest[0]);
  });
});

describe('signatures', () => {
  it('are those of RFC 8032', () => {
    const signer = createSigner(PUBLIC_KEY, fromHex(SEED + toHex(PUBLIC_KEY)));
    expect(toHex(signer.sign(MESSAGE))).toBe(toHex(SIGNATURE));
    expect(sodiumCrypto.verify(SIGNATURE, MESSAGE, PUBLIC_KEY)).toBe(true);
  });

  it('verify inside a larger buffer', () => {
    const joined = new Uint8Array([9, ...SIGNATURE, ...MESSAGE, ...PUBLIC_KEY, 9]);
    const [signature, message, publicKey] = [
      joined.subarray(1, 65),
      joined.subarray(65, 66),
      joined.subarray(66, 98),
    ];
    expect(sodiumCrypto.verify(signature, message, publicKey)).toBe(true);
  });

  it('are refused when any byte of signature, message or key differs', () => {
    for (const [index, part] of [SIGNATURE, MESSAGE, PUBLIC_KEY].entries()) {
      for (let i = 0; i < part.length; i++) {
        const parts = [SIGNATURE.slice(), MESSAGE.slice(), PUBLIC_KEY.slice()] as const;
        parts[index]![i]! ^= 1;
        expect(sodiumCrypto.verify(...parts)).toBe(false);
      }
    }
  });

  it('are refused, never thrown about, when a length is wrong', () => {
    for (const length of [0, 1, 63, 65, 4096]) {
      expect(sodiumCrypto.verify(new Uint8Array(length), MESSAGE, PUBLIC_KEY)).toBe(false);
    }
    for (const length of [0, 31, 33]) {
      expect(sodiumCrypto.verify(SIGNATURE, MESSAGE, new Uint8Array(length))).toBe(false);
    }
    expect(sodiumCrypto.verify(SIGNATURE, new Uint8Array(0), PUBLIC_KEY)).toBe(false);
  });
});

describe('a public key', () => {
  it('is a point of the prime-order group', () => {
    expect(sodiumCrypto.isPublicKey(PUBLIC_KEY)).toBe(true);
  });

  it('has no part of small order, even where its signatures verify', () => {
    const { publicKey, signer } = mixedOrderKey();
    expect(sodiumCrypto.verify(signer.sign(MESSAGE), MESSAGE, publicKey)).toBe(true);
    expect(sodiumCrypto.isPublicKey(publicKey)).toBe(false);
  });

  it('is nothing else, and never thrown about', () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(31),
      new Uint8Array(32),
      PUBLIC_KEY.map((b) => ~b),
    ])
      expect(sodiumCrypto.isPublicKey(bytes)).toBe(false);
  });
});

describe('randomBytes', () => {
  it('gives the length that was asked for, and never the same twice', () => {
    expect(randomBytes(0)).toHaveLength(0);
    expect(toHex(randomBytes(32))).not.toBe(toHex(randomBytes(32)));
  });
});
