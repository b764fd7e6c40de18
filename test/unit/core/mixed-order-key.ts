/** A key that is no point of Ed25519's prime-order group, with signatures that libsodium accepts all the same. */
import { createHash } from 'node:crypto';
import { crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp } from 'sodium-native';
import { concatBytes, toText } from '../../../src-main/core/bytes.ts';
import { crypto, type TestKey } from './builders.ts';

/** The order of the group, and a point of order 8 (RFC 7748 and RFC 8032). */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SMALL_POINT = Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex');
const SECRET = 1234567890123456789n;

const fromLittleEndian = (bytes: Uint8Array) =>
  bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
const toLittleEndian = (number: bigint) =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 255n));

function timesBase(scalar: bigint): Uint8Array {
  const point = new Uint8Array(32);
  crypto_scalarmult_ed25519_base_noclamp(point, toLittleEndian(scalar));
  return point;
}

export function mixedOrderKey(): TestKey {
  const publicKey = new Uint8Array(32);
  crypto_core_ed25519_add(publicKey, timesBase(SECRET), SMALL_POINT);
  /** Each eighth nonce or so gives a hash that makes the small part vanish. */
  const sign = (message: Uint8Array): Uint8Array => {
    for (let nonce = 1n; ; nonce++) {
      const point = timesBase(nonce);
      const digest = createHash('sha512')
        .update(concatBytes(point, publicKey, message))
        .digest();
      const scalar = (nonce + (fromLittleEndian(digest) % GROUP_ORDER) * SECRET) % GROUP_ORDER;
      const signature = concatBytes(point, toLittleEndian(scalar));
      if (crypto.verify(signature, message, publicKey)) return signature;
    }
  };
  return { publicKey, text: toText(publicKey), signer: { publicKey, sign } };
}
