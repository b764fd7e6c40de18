/** SHA-256 of a public key's text: evenly spread bytes to draw a member from, whatever the key looks like. */
import { sha256 } from '@noble/hashes/sha2.js';

const MAX_CACHED = 512;
const cache = new Map<string, Uint8Array>();

/** @param publicKey base64url text of the key; @returns 32 bytes */
export function keyDigest(publicKey: string): Uint8Array {
  const known = cache.get(publicKey);
  if (known) return known;
  const digest = sha256(new TextEncoder().encode(publicKey));
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(publicKey, digest);
  return digest;
}
