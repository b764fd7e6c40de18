/** The key that a passphrase stands for (argon2id, RFC 9106): of a key file, of a backup. */
import { crypto_pwhash_async } from 'sodium-native';
import { utf8 } from '../core/bytes.ts';
import { forget, secretBytes } from './secret-memory.ts';
import { randomBytes } from './sodium-crypto.ts';

const KEY_BYTES = 32;
export const SALT_BYTES = 16;
/** libsodium's crypto_pwhash_ALG_ARGON2ID13: Node finds the functions of the package by name, but not its constants. */
const ARGON2ID13 = 2;
/** libsodium's "moderate": most of a second on a laptop, a fortune for who wants to try all passphrases. */
const OPERATIONS = 3;
const MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * What a file may ask of this machine: a hostile one must not exhaust its memory or keep it busy for minutes.
 */
export const PASSPHRASE_LIMITS = {
  operations: { least: 1, most: 8 },
  memoryBytes: { least: 8 * 1024 * 1024, most: 512 * 1024 * 1024 },
} as const;

export interface PassphraseKeyParameters {
  readonly operations: number;
  readonly memoryBytes: number;
  readonly salt: Uint8Array;
}

export function newPassphraseParameters(): PassphraseKeyParameters {
  return { operations: OPERATIONS, memoryBytes: MEMORY_BYTES, salt: randomBytes(SALT_BYTES) };
}

/**
 * 32 bytes, which the caller forgets. Typed in the same way it is the same passphrase, whatever keyboard composed its
 * characters. Rejects when the memory cannot be had.
 */
export async function keyOfPassphrase(
  passphrase: string,
  { salt, operations, memoryBytes }: PassphraseKeyParameters,
): Promise<Uint8Array> {
  const words = utf8(passphrase.normalize('NFKC'));
  const key = secretBytes(KEY_BYTES);
  try {
    await crypto_pwhash_async(key, words, salt, operations, memoryBytes, ARGON2ID13);
    return key;
  } finally {
    forget(words);
  }
}
