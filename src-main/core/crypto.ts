import type { Hash, PublicKey, Signature } from './types.ts';

/** The primitives the core needs, injected so that it stays free of native code. */
export interface Crypto {
  /** SHA-256. */
  hash(bytes: Uint8Array): Hash;
  /** Ed25519 (RFC 8032); false for anything that is not a valid signature, never throws. */
  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean;
  /** Whether this is a point of Ed25519's prime-order group: of other points `verify` may know signatures, too. */
  isPublicKey(publicKey: PublicKey): boolean;
}

/** Signs with the node's own identity key. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Signature;
}
