import { sodium_memzero, sodium_mlock } from 'sodium-native';

/**
 * Memory for a secret: not swapped to the disk where the system allows that. sodium_malloc would guard it
 * better, but Electron ends the process when native code brings memory of its own.
 */
export function secretBytes(length: number): Uint8Array {
  // Behind an ArrayBuffer of its own it stays where it is; a small typed array could be moved, leaving a copy.
  const bytes = new Uint8Array(new ArrayBuffer(length));
  try {
    sodium_mlock(bytes);
  } catch {
    // The limit of locked memory is used up; the secret works all the same.
  }
  return bytes;
}

/**
 * Overwrites a secret that is not needed any more. Its page stays locked: another secret may be on it, and
 * the system does not count how often a page was locked.
 */
export function forget(bytes: Uint8Array): void {
  sodium_memzero(bytes);
}
