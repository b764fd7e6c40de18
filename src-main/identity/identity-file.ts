import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crypto_sign_seed_keypair, randombytes_buf } from 'sodium-native';
import { equalBytes } from '../core/bytes.ts';
import type { Signer } from '../core/crypto.ts';
import type { PublicKey } from '../core/types.ts';
import { writeDurably } from './durable-file.ts';
import { IdentityError, withIdentityErrors } from './errors.ts';
import { decodeKeyFile, encodeKeyFile, type KeyFile, MAX_KEY_FILE_BYTES } from './key-file.ts';
import type { Protection, ProtectionKind, Unlocking } from './key-protector.ts';
import { forget, secretBytes } from './secret-memory.ts';
import { closeSeed, openSeed, SEED_BYTES } from './seed-box.ts';
import { createSigner } from './sodium-crypto.ts';

const KEY_FILE_NAME = 'key.json';
const PUBLIC_KEY_BYTES = 32;
const SECRET_KEY_BYTES = 64;
const FOR_OTHERS = 0o077;

/** The key pair of a node, ready to sign. */
export interface Identity {
  readonly publicKey: PublicKey;
  /** Ed25519 in libsodium's form: seed and public key, 64 bytes. It never leaves the process. */
  readonly secretKey: Uint8Array;
  readonly signer: Signer;
  /** Overwrites the secret key; nothing can be signed afterwards. */
  dispose(): void;
}

/** What can be said of a key without opening it. */
export interface IdentityInfo {
  readonly publicKey: PublicKey;
  readonly protection: ProtectionKind;
  /** Name of the keyring that holds it. */
  readonly keyring: string | null;
}

/**
 * Makes a new key pair in `folder`, which is created when it is missing. On return it is on the disk.
 * @throws IdentityError `exists` (a key is never replaced), `permissions`, `disk-full`,
 * `keyring-unavailable`, `io`
 */
export async function createIdentity(
  folder: string,
  protection: Protection = { kind: 'none' },
): Promise<Identity> {
  const path = join(folder, KEY_FILE_NAME);
  const seed = secretBytes(SEED_BYTES);
  randombytes_buf(seed);
  try {
    await withIdentityErrors(path, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    await writeSeed(path, seed, protection, false);
    return identityOf(seed);
  } finally {
    forget(seed);
  }
}

/**
 * Puts the key with this seed, which the caller forgets, into `folder`. @throws IdentityError as createIdentity
 */
export async function restoreIdentity(
  folder: string,
  seed: Uint8Array,
  protection: Protection,
): Promise<void> {
  const path = join(folder, KEY_FILE_NAME);
  await withIdentityErrors(path, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  await writeSeed(path, seed, protection, false);
}

/** The 32 bytes that a key pair is made of: a part of the identity's own memory, and no copy. */
export function seedOf({ secretKey }: Pick<Identity, 'secretKey'>): Uint8Array {
  return secretKey.subarray(0, SEED_BYTES);
}

/** Whose key a seed makes. */
export function publicKeyOf(seed: Uint8Array): PublicKey {
  const { publicKey, dispose } = identityOf(seed);
  dispose();
  return publicKey;
}

/**
 * Opens the key in `folder`.
 * @throws IdentityError `missing`, `passphrase-required`, `wrong-passphrase`, `keyring-unavailable`,
 * `corrupt`, `permissions`, `unsupported-version`, `io`
 */
export async function loadIdentity(folder: string, unlocking: Unlocking = {}): Promise<Identity> {
  const path = join(folder, KEY_FILE_NAME);
  const file = await readKeyFile(path);
  const seed = await openSeed(file, unlocking, path);
  try {
    return checkedIdentity(seed, file.publicKey, path);
  } finally {
    forget(seed);
  }
}

/**
 * Whose key is in `folder`, and what it takes to open it. @throws IdentityError as loadIdentity, except for
 * opening
 */
export async function inspectIdentity(folder: string): Promise<IdentityInfo> {
  const { publicKey, protection } = await readKeyFile(join(folder, KEY_FILE_NAME));
  const keyring = protection.kind === 'keyring' ? protection.name : null;
  return { publicKey, protection: protection.kind, keyring };
}

/**
 * Closes the same key in another way, or with another passphrase. The file is replaced only after the new one
 * was opened again.
 * @throws IdentityError as loadIdentity and createIdentity; then the key file is what it was
 */
export async function changeProtection(
  folder: string,
  unlocking: Unlocking,
  protection: Protection,
): Promise<void> {
  const path = join(folder, KEY_FILE_NAME);
  const file = await readKeyFile(path);
  const seed = await openSeed(file, unlocking, path);
  try {
    checkedIdentity(seed, file.publicKey, path).dispose();
    await writeSeed(path, seed, protection, true);
  } finally {
    forget(seed);
  }
}

async function writeSeed(
  path: string,
  seed: Uint8Array,
  protection: Protection,
  mayReplace: boolean,
): Promise<void> {
  const closed = await closeSeed(seed, protection, path);
  await checkOpens(closed, seed, protection, path);
  const publicKey = publicKeyOf(seed);
  const text = encodeKeyFile({ publicKey, ...closed });
  await withIdentityErrors(path, () => writeDurably(path, text, mayReplace));
}

/** A keyring that cannot give the key back would lose it for ever. */
async function checkOpens(
  closed: Omit<KeyFile, 'publicKey'>,
  seed: Uint8Array,
  protection: Protection,
  path: string,
): Promise<void> {
  if (protection.kind !== 'keyring') return;
  const opened = await openSeed(closed, { protector: protection.protector }, path);
  const isSame = equalBytes(opened, seed);
  forget(opened);
  if (!isSame) throw new IdentityError('keyring-unavailable', path, 'the keyring does not give the key back');
}

async function readKeyFile(path: string): Promise<KeyFile> {
  const text = await withIdentityErrors(path, async () => {
    const file = await open(path, 'r');
    try {
      const { mode, size } = await file.stat();
      if (process.platform !== 'win32' && (mode & FOR_OTHERS) !== 0) {
        const rights = (mode & 0o777).toString(8);
        throw new IdentityError(
          'permissions',
          path,
          `others can read the key file (its mode is ${rights}, not 600)`,
        );
      }
      if (size > MAX_KEY_FILE_BYTES) throw new IdentityError('corrupt', path, 'the key file is too large');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  });
  return decodeKeyFile(text, path);
}

function checkedIdentity(seed: Uint8Array, publicKey: PublicKey, path: string): Identity {
  const identity = identityOf(seed);
  if (equalBytes(identity.publicKey, publicKey)) return identity;
  identity.dispose();
  throw new IdentityError('corrupt', path, 'the secret in the key file is not that of its public key');
}

function identityOf(seed: Uint8Array): Identity {
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES);
  const secretKey = secretBytes(SECRET_KEY_BYTES);
  crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return {
    publicKey,
    secretKey,
    signer: createSigner(publicKey, secretKey),
    dispose: () => forget(secretKey),
  };
}
