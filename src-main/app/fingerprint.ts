import { createHash } from 'node:crypto';

/** The first 16 bytes of a key's SHA-256 as 8 groups of 4 hexadecimal digits: for comparing by eye or voice. */
export function fingerprintOf(publicKey: Uint8Array): string {
  const digits = createHash('sha256').update(publicKey).digest('hex').slice(0, 32);
  return digits.match(/.{4}/g)!.join(' ');
}
