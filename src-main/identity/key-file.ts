/**
 * The form of the key file, version 1: one JSON object `{format, version, publicKey, protection, secret}`;
 * bytes are base64url. The secret is the seed of the key pair (32 bytes, RFC 8032), or a box with it.
 */
import { fromText, toText } from '../core/bytes.ts';
import type { PublicKey } from '../core/types.ts';
import { IdentityError } from './errors.ts';
import { PASSPHRASE_LIMITS, SALT_BYTES, type PassphraseKeyParameters } from './passphrase-key.ts';

export const MAX_KEY_FILE_BYTES = 8 * 1024;
const FORMAT = 'diva-identity';
const VERSION = 1;

const NONCE_BYTES = 24;
const MAX_NAME_LENGTH = 64;

/** Parameters of argon2id (RFC 9106, version 1.3, one lane) and of the secretbox under the derived key. */
export interface PassphraseParameters extends PassphraseKeyParameters {
  readonly kind: 'passphrase';
  readonly nonce: Uint8Array;
}

export type StoredProtection =
  { readonly kind: 'none' } | { readonly kind: 'keyring'; readonly name: string } | PassphraseParameters;

export interface KeyFile {
  readonly publicKey: PublicKey;
  readonly protection: StoredProtection;
  readonly secret: Uint8Array;
}

export function encodeKeyFile({ publicKey, protection, secret }: KeyFile): string {
  const stored =
    protection.kind === 'passphrase'
      ? { ...protection, salt: toText(protection.salt), nonce: toText(protection.nonce) }
      : protection;
  const file = {
    format: FORMAT,
    version: VERSION,
    publicKey: toText(publicKey),
    protection: stored,
    secret: toText(secret),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Bounded and checked field by field; the secret stays closed. @throws IdentityError `corrupt`,
 * `unsupported-version`
 */
export function decodeKeyFile(text: string, path: string): KeyFile {
  const refuse = (what: string) => new IdentityError('corrupt', path, `the key file is damaged (${what})`);
  const file = asRecord(parse(text));
  if (file === undefined || file['format'] !== FORMAT) throw refuse('format');
  const version = asInteger(file['version'], 1, Number.MAX_SAFE_INTEGER);
  if (version === undefined) throw refuse('version');
  if (version !== VERSION) {
    throw new IdentityError(
      'unsupported-version',
      path,
      `it was written by a newer version (format ${version})`,
    );
  }
  const publicKey = asBytes(file['publicKey'], 32, 32);
  if (publicKey === undefined) throw refuse('publicKey');
  const protection = asProtection(file['protection']);
  if (protection === undefined) throw refuse('protection');
  const [least, most] = SECRET_BYTES[protection.kind];
  const secret = asBytes(file['secret'], least, most);
  if (secret === undefined) throw refuse('secret');
  return { publicKey, protection, secret };
}

/** A seed, a secretbox of it (16 bytes more), or whatever a keyring makes of it. */
const SECRET_BYTES = { none: [32, 32], passphrase: [48, 48], keyring: [1, 4096] } as const;

function asProtection(value: unknown): StoredProtection | undefined {
  const fields = asRecord(value);
  switch (fields?.['kind']) {
    case 'none':
      return { kind: 'none' };
    case 'keyring': {
      const name = fields['name'];
      return typeof name === 'string' && name.length <= MAX_NAME_LENGTH
        ? { kind: 'keyring', name }
        : undefined;
    }
    case 'passphrase': {
      const limits = PASSPHRASE_LIMITS;
      const operations = asInteger(fields['operations'], limits.operations.least, limits.operations.most);
      const memoryBytes = asInteger(fields['memoryBytes'], limits.memoryBytes.least, limits.memoryBytes.most);
      const salt = asBytes(fields['salt'], SALT_BYTES, SALT_BYTES);
      const nonce = asBytes(fields['nonce'], NONCE_BYTES, NONCE_BYTES);
      if (
        operations === undefined ||
        memoryBytes === undefined ||
        salt === undefined ||
        nonce === undefined
      ) {
        return undefined;
      }
      return { kind: 'passphrase', operations, memoryBytes, salt, nonce };
    }
    default:
      return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function asInteger(value: unknown, least: number, most: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
    ? (value as number)
    : undefined;
}

function asBytes(value: unknown, least: number, most: number): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromText(value) : undefined;
  return bytes !== undefined && bytes.length >= least && bytes.length <= most ? bytes : undefined;
}
