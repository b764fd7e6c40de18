import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityError } from '../../../src-main/identity/errors.ts';
import { decodeKeyFile, encodeKeyFile, type KeyFile } from '../../../src-main/identity/key-file.ts';
import { randomBytes } from '../../../src-main/identity/sodium-crypto.ts';

const PATH = '/data/identity/key.json';
const plain: KeyFile = { publicKey: randomBytes(32), protection: { kind: 'none' }, secret: randomBytes(32) };
const withPassphrase: KeyFile = {
  publicKey: randomBytes(32),
  protection: {
    kind: 'passphrase',
    operations: 3,
    memoryBytes: 256 * 1024 * 1024,
    salt: randomBytes(16),
    nonce: randomBytes(24),
  },
  secret: randomBytes(48),
};
const withKeyring: KeyFile = {
  publicKey: randomBytes(32),
  protection: { kind: 'keyring', name: 'gnome_libsecret' },
  secret: randomBytes(99),
};

type Json = Record<string, unknown>;

function codeOf(text: string): string {
  try {
    decodeKeyFile(text, PATH);
    return 'accepted';
  } catch (error) {
    if (error instanceof IdentityError && error.path === PATH) return error.code;
    throw error;
  }
}

/** The code for a key file with some of its fields, or some of its protection's, replaced. */
function codeWith(file: KeyFile, fields: Json, protection: Json = {}): string {
  const json = JSON.parse(encodeKeyFile(file)) as Json;
  return codeOf(
    JSON.stringify({ ...json, protection: { ...(json['protection'] as Json), ...protection }, ...fields }),
  );
}

describe('a key file', () => {
  it('comes back as it was written', () => {
    for (const file of [plain, withPassphrase, withKeyring]) {
      expect(decodeKeyFile(encodeKeyFile(file), PATH)).toEqual(file);
    }
  });

  it('has the same form for ever', () => {
    const zeros = {
      publicKey: new Uint8Array(32),
      protection: { kind: 'none' },
      secret: new Uint8Array(32),
    } as const;
    expect(JSON.parse(encodeKeyFile(zeros))).toEqual({
      format: 'diva-identity',
      version: 1,
      publicKey: 'A'.repeat(43),
      protection: { kind: 'none' },
      secret: 'A'.repeat(43),
    });
  });

  it('is refused when any field is missing or wrong', () => {
    for (const field of ['format', 'version', 'publicKey', 'protection', 'secret']) {
      for (const value of [undefined, null, '', 'x', -1, 1.5, [], {}]) {
        expect(codeWith(plain, { [field]: value }), `${field} ${String(value)}`).toBe('corrupt');
      }
    }
    expect(codeWith(plain, { version: 2 })).toBe('unsupported-version');
    expect(codeWith(plain, { secret: 'A'.repeat(42) })).toBe('corrupt');
    expect(codeWith(plain, { secret: `${'A'.repeat(42)}B` })).toBe('corrupt');
    expect(codeWith(withKeyring, {}, { name: 'x'.repeat(65) })).toBe('corrupt');
    expect(codeWith(withKeyring, { secret: '' })).toBe('corrupt');
  });

  it('is refused when it asks for more work or memory than any of ours', () => {
    const limits = { operations: [1, 8], memoryBytes: [8 * 1024 * 1024, 512 * 1024 * 1024] };
    for (const [field, [least, most]] of Object.entries(limits)) {
      expect(codeWith(withPassphrase, {}, { [field]: least })).toBe('accepted');
      expect(codeWith(withPassphrase, {}, { [field]: most })).toBe('accepted');
      for (const value of [least! - 1, most! + 1, 2 ** 40, 1e300, -1, 3.5, '3', null]) {
        expect(codeWith(withPassphrase, {}, { [field]: value }), `${field} ${String(value)}`).toBe('corrupt');
      }
    }
    for (const field of ['salt', 'nonce']) {
      for (const value of ['', 'AAAA', 'A'.repeat(64), 7]) {
        expect(codeWith(withPassphrase, {}, { [field]: value })).toBe('corrupt');
      }
    }
  });

  it('never fails in another way, whatever is in it', () => {
    const known = ['corrupt', 'unsupported-version', 'accepted'];
    fc.assert(fc.property(fc.string(), (text) => known.includes(codeOf(text))));
    fc.assert(fc.property(fc.json(), (text) => known.includes(codeOf(text))));
    const field = fc.constantFrom('format', 'version', 'publicKey', 'protection', 'secret');
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), (fields) =>
        known.includes(codeWith(withPassphrase, fields as Json)),
      ),
    );
    const text = encodeKeyFile(withPassphrase);
    for (let length = 0; length < text.length - 1; length++)
      expect(codeOf(text.slice(0, length))).toBe('corrupt');
  });
});
