/**
 * The primitives of core/crypto.ts: Ed25519 by libsodium, SHA-256 by Node, which has the processor's own
 * instruction for it.
 */
import { hash as nodeHash } from 'node:crypto';
import {
  crypto_core_ed25519_is_valid_point,
  crypto_sign_detached,
  crypto_sign_verify_detached,
  randombytes_buf,
} from 'sodium-native';
import type { Crypto, Signer } from '../core/crypto.ts';
import type { Hash, PublicKey, Signature } from '../core/types.ts';

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

export const sodiumCrypto: Crypto = {
  hash(bytes: Uint8Array): Hash {
    const digest = nodeHash('sha256', bytes, 'buffer');
    // A plain view: slice() of a Buffer would share its memory.
    return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
  },

  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
    if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
    return crypto_sign_verify_detached(signature, message, publicKey);
  },

  isPublicKey(publicKey: PublicKey): boolean {
    return publicKey.length === PUBLIC_KEY_BYTES && crypto_core_ed25519_is_valid_point(publicKey);
  },
};

/** Signs with a secret key in libsodium's form: 64 bytes, seed and public key. The key is not copied. */
export function createSigner(publicKey: PublicKey, secretKey: Uint8Array): Signer {
  return {
    publicKey,
    sign(message: Uint8Array): Signature {
      const signature = new Uint8Array(SIGNATURE_BYTES);
      crypto_sign_detached(signature, message, secretKey);
      return signature;
    },
  };
}

export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  randombytes_buf(bytes);
  return bytes;
}
