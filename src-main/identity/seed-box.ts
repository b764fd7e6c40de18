/** Closes the seed of a key pair by what a person chose, and opens it again. */
import { crypto_secretbox_easy, crypto_secretbox_open_easy } from 'sodium-native';
import { IdentityError } from './errors.ts';
import type { PassphraseParameters, StoredProtection } from './key-file.ts';
import type { KeyProtector, Protection, Unlocking } from './key-protector.ts';
import { keyOfPassphrase, newPassphraseParameters } from './passphrase-key.ts';
import { forget, secretBytes } from './secret-memory.ts';
import { randomBytes } from './sodium-crypto.ts';

export const SEED_BYTES = 32;
const BOX_OVERHEAD_BYTES = 16;
const NONCE_BYTES = 24;

export interface ClosedSeed {
  readonly protection: StoredProtection;
  readonly secret: Uint8Array;
}

/** @throws IdentityError `passphrase-required` (an empty one), `keyring-unavailable` */
export async function closeSeed(seed: Uint8Array, protection: Protection, path: string): Promise<ClosedSeed> {
  switch (protection.kind) {
    case 'none':
      return { protection: { kind: 'none' }, secret: seed.slice() };
    case 'passphrase':
      return closeWithPassphrase(seed, protection.passphrase, path);
    case 'keyring': {
      const { protector } = protection;
      const secret = await withKeyring(path, () => protector.protect(seed));
      return { protection: { kind: 'keyring', name: protector.name }, secret };
    }
  }
}

/** The caller forgets the seed. @throws IdentityError */
export async function openSeed(closed: ClosedSeed, unlocking: Unlocking, path: string): Promise<Uint8Array> {
  const seed = secretBytes(SEED_BYTES);
  switch (closed.protection.kind) {
    case 'none':
      seed.set(closed.secret);
      return seed;
    case 'passphrase':
      await openWithPassphrase(seed, closed.secret, closed.protection, unlocking.passphrase, path);
      return seed;
    case 'keyring':
      await openWithKeyring(seed, closed.secret, closed.protection.name, unlocking.protector, path);
      return seed;
  }
}

async function closeWithPassphrase(seed: Uint8Array, passphrase: string, path: string): Promise<ClosedSeed> {
  const protection: PassphraseParameters = {
    kind: 'passphrase',
    ...newPassphraseParameters(),
    nonce: randomBytes(NONCE_BYTES),
  };
  const key = await deriveKey(passphrase, protection, path);
  try {
    const secret = new Uint8Array(SEED_BYTES + BOX_OVERHEAD_BYTES);
    crypto_secretbox_easy(secret, seed, protection.nonce, key);
    return { protection, secret };
  } finally {
    forget(key);
  }
}

async function openWithPassphrase(
  seed: Uint8Array,
  box: Uint8Array,
  parameters: PassphraseParameters,
  passphrase: string | undefined,
  path: string,
): Promise<void> {
  const key = await deriveKey(passphrase ?? '', parameters, path);
  try {
    if (crypto_secretbox_open_easy(seed, box, parameters.nonce, key)) return;
  } finally {
    forget(key);
  }
  throw new IdentityError('wrong-passphrase', path, 'the passphrase does not open the key file');
}

async function openWithKeyring(
  seed: Uint8Array,
  box: Uint8Array,
  name: string,
  protector: KeyProtector | undefined,
  path: string,
): Promise<void> {
  if (protector === undefined) {
    throw new IdentityError('keyring-unavailable', path, `the keyring ${name} is not available here`);
  }
  const opened = await withKeyring(path, () => protector.unprotect(box));
  if (opened.length !== SEED_BYTES)
    throw new IdentityError('corrupt', path, 'the keyring gave something else back');
  seed.set(opened);
  forget(opened);
}

async function deriveKey(
  passphrase: string,
  parameters: PassphraseParameters,
  path: string,
): Promise<Uint8Array> {
  if (passphrase === '')
    throw new IdentityError('passphrase-required', path, 'the key file needs a passphrase');
  try {
    return await keyOfPassphrase(passphrase, parameters);
  } catch (error) {
    throw new IdentityError('io', path, 'there is not enough memory to open the key file', error);
  }
}

async function withKeyring<Result>(path: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new IdentityError('keyring-unavailable', path, 'the keyring of the system refused', error);
  }
}
