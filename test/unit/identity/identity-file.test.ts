import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { IdentityError } from '../../../src-main/identity/errors.ts';
import {
  changeProtection,
  createIdentity,
  inspectIdentity,
  loadIdentity,
} from '../../../src-main/identity/identity-file.ts';
import type { KeyProtector } from '../../../src-main/identity/key-protector.ts';
import { randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';

const MESSAGE = new TextEncoder().encode('message');
const isPosix = process.platform !== 'win32';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'diva-identity-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'identity');
}

const keyFileIn = (folder: string) => join(folder, 'key.json');
const textIn = (folder: string) => readFileSync(keyFileIn(folder), 'utf8');

async function failureOf(work: Promise<unknown>): Promise<IdentityError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof IdentityError) return error;
  throw new Error('it did not fail as it should', { cause: error });
}

/** A keyring as a system has it: who has not its key cannot open its boxes. */
class Keyring implements KeyProtector {
  readonly name = 'test-keyring';
  readonly #key = randomBytes(32);
  isLocked = false;

  protect(secret: Uint8Array): Uint8Array {
    return this.#apply(secret);
  }

  async unprotect(box: Uint8Array): Promise<Uint8Array> {
    if (this.isLocked) throw new Error('locked');
    return this.#apply(box);
  }

  #apply(bytes: Uint8Array): Uint8Array {
    return bytes.map((byte, index) => byte ^ this.#key[index]!);
  }
}

describe('a new identity', () => {
  it('signs, and is the same one when it is loaded', async () => {
    const folder = temporaryFolder();
    const created = await createIdentity(folder);
    const loaded = await loadIdentity(folder);
    expect(loaded.publicKey).toEqual(created.publicKey);
    expect(loaded.secretKey).toEqual(created.secretKey);
    expect(loaded.signer.publicKey).toEqual(created.publicKey);
    const signature = loaded.signer.sign(MESSAGE);
    expect(sodiumCrypto.verify(signature, MESSAGE, created.publicKey)).toBe(true);
    expect(await inspectIdentity(folder)).toEqual({
      publicKey: created.publicKey,
      protection: 'none',
      keyring: null,
    });
  });

  it.runIf(isPosix)('is a private file in a private folder, with nothing beside it', async () => {
    const folder = temporaryFolder();
    const before = process.umask(0);
    try {
      await createIdentity(folder);
    } finally {
      process.umask(before);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(keyFileIn(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key.json']);
  });

  it('never takes the place of another one', async () => {
    const folder = temporaryFolder();
    await createIdentity(folder);
    const before = textIn(folder);
    expect(await failureOf(createIdentity(folder))).toMatchObject({
      code: 'exists',
      path: keyFileIn(folder),
    });
    expect(textIn(folder)).toBe(before);
    expect(readdirSync(folder)).toEqual(['key.json']);
  });

  it('is another one each time, and cannot sign after it was disposed of', async () => {
    const [a, b] = [await createIdentity(temporaryFolder()), await createIdentity(temporaryFolder())];
    expect(a.publicKey).not.toEqual(b.publicKey);
    a.dispose();
    expect(a.secretKey).toEqual(new Uint8Array(64));
    expect(sodiumCrypto.verify(a.signer.sign(MESSAGE), MESSAGE, a.publicKey)).toBe(false);
  });
});

describe('a passphrase', () => {
  it('opens its key file, composed or decomposed, and no other passphrase does', async () => {
    const folder = temporaryFolder();
    const passphrase = 'Gru\u0308ße aus Zürich';
    const created = await createIdentity(folder, { kind: 'passphrase', passphrase });
    expect((await inspectIdentity(folder)).protection).toBe('passphrase');
    expect(textIn(folder)).not.toContain(toText(created.secretKey.slice(0, 32)));
    const loaded = await loadIdentity(folder, { passphrase: passphrase.normalize('NFC') });
    expect(loaded.publicKey).toEqual(created.publicKey);
    const wrong = await failureOf(loadIdentity(folder, { passphrase: 'Grüße aus Bern' }));
    expect(wrong).toMatchObject({ code: 'wrong-passphrase', path: keyFileIn(folder) });
    for (const unlocking of [{}, { passphrase: '' }, { protector: new Keyring() }]) {
      expect((await failureOf(loadIdentity(folder, unlocking))).code).toBe('passphrase-required');
    }
  });

  it('may not be empty', async () => {
    const folder = temporaryFolder();
    const failure = await failureOf(createIdentity(folder, { kind: 'passphrase', passphrase: '' }));
    expect(failure.code).toBe('passphrase-required');
    expect(existsSync(keyFileIn(folder))).toBe(false);
  });
});

describe('a keyring', () => {
  it('opens its key file, and only while it is there', async () => {
    const folder = temporaryFolder();
    const protector = new Keyring();
    const created = await createIdentity(folder, { kind: 'keyring', protector });
    expect(await inspectIdentity(folder)).toMatchObject({ protection: 'keyring', keyring: 'test-keyring' });
    expect((await loadIdentity(folder, { protector })).publicKey).toEqual(created.publicKey);
    expect((await failureOf(loadIdentity(folder))).code).toBe('keyring-unavailable');
    expect((await failureOf(loadIdentity(folder, { protector: new Keyring() }))).code).toBe('corrupt');
    protector.isLocked = true;
    expect((await failureOf(loadIdentity(folder, { protector }))).code).toBe('keyring-unavailable');
  });

  it('that does not give back what it got makes no key file', async () => {
    const folder = temporaryFolder();
    const broken: KeyProtector = {
      name: 'broken',
      protect: (secret) => secret,
      unprotect: () => randomBytes(32),
    };
    expect((await failureOf(createIdentity(folder, { kind: 'keyring', protector: broken }))).code).toBe(
      'keyring-unavailable',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('changing the protection', () => {
  it('keeps the key', async () => {
    const folder = temporaryFolder();
    const { publicKey } = await createIdentity(folder);
    const protector = new Keyring();
    await changeProtection(folder, {}, { kind: 'keyring', protector });
    expect((await loadIdentity(folder, { protector })).publicKey).toEqual(publicKey);
    await changeProtection(folder, { protector }, { kind: 'passphrase', passphrase: 'first' });
    await changeProtection(folder, { passphrase: 'first' }, { kind: 'none' });
    expect((await loadIdentity(folder)).publicKey).toEqual(publicKey);
    if (isPosix) expect(statSync(keyFileIn(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['key.json']);
  });

  it('leaves the file alone when the old one does not open or the new one fails', async () => {
    const folder = temporaryFolder();
    const protector = new Keyring();
    await createIdentity(folder, { kind: 'keyring', protector });
    const before = textIn(folder);
    expect((await failureOf(changeProtection(folder, {}, { kind: 'none' }))).code).toBe(
      'keyring-unavailable',
    );
    const next = { kind: 'passphrase', passphrase: '' } as const;
    expect((await failureOf(changeProtection(folder, { protector }, next))).code).toBe('passphrase-required');
    expect(textIn(folder)).toBe(before);
  });
});

describe('a key file that cannot be used', () => {
  it('is named when it is missing', async () => {
    const folder = temporaryFolder();
    const works = [loadIdentity, inspectIdentity, () => changeProtection(folder, {}, { kind: 'none' })];
    for (const work of works) {
      expect(await failureOf(work(folder))).toMatchObject({ code: 'missing', path: keyFileIn(folder) });
    }
  });

  it.runIf(isPosix)('is refused while others can read it', async () => {
    const folder = temporaryFolder();
    await createIdentity(folder);
    for (const mode of [0o640, 0o604, 0o660, 0o666]) {
      chmodSync(keyFileIn(folder), mode);
      expect((await failureOf(loadIdentity(folder))).code).toBe('permissions');
    }
    chmodSync(keyFileIn(folder), 0o600);
    await loadIdentity(folder);
  });

  it('is refused when it is of a later version', async () => {
    const folder = temporaryFolder();
    await createIdentity(folder);
    const text = textIn(folder).replace('"version": 1', '"version": 2');
    writeFileSync(keyFileIn(folder), text);
    expect((await failureOf(loadIdentity(folder))).code).toBe('unsupported-version');
    expect(textIn(folder)).toBe(text);
  });

  it('is refused when its public key is another one', async () => {
    const folder = temporaryFolder();
    const { publicKey } = await createIdentity(folder);
    writeFileSync(keyFileIn(folder), textIn(folder).replace(toText(publicKey), toText(randomBytes(32))));
    expect((await failureOf(loadIdentity(folder))).code).toBe('corrupt');
    expect((await failureOf(changeProtection(folder, {}, { kind: 'none' }))).code).toBe('corrupt');
  });

  it('is refused when it is a folder, too large, or a link to nowhere', async () => {
    const folder = temporaryFolder();
    mkdirSync(keyFileIn(folder), { recursive: true, mode: 0o700 });
    expect((await failureOf(loadIdentity(folder))).code).toBe('io');
    rmSync(keyFileIn(folder), { recursive: true });
    writeFileSync(keyFileIn(folder), ' '.repeat(9_000), { mode: 0o600 });
    expect((await failureOf(loadIdentity(folder))).code).toBe('corrupt');
    rmSync(keyFileIn(folder));
    if (!isPosix) return;
    symlinkSync(join(folder, 'nowhere'), keyFileIn(folder));
    expect((await failureOf(loadIdentity(folder))).code).toBe('missing');
  });
});
