import type { Bundle, Hash, Header } from './types.ts';

/** A header with the bytes it came as and their hash, the block's name. */
export interface SealedHeader {
  readonly header: Header;
  readonly bytes: Uint8Array;
  readonly hash: Hash;
}

/** A bundle with its wire bytes (signature, then the signed fields) and its digest (hash of the signed fields). */
export interface SealedBundle {
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
  readonly digest: Hash;
}
