import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { OwnKey, type OwnKeyOptions } from '../../../src-main/app/own-key.ts';
import type { KeyProtector } from '../../../src-main/identity/key-protector.ts';

const folder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'diva-own-key-'));

/** Turns every bit around: enough to see who opens what. */
const keyring: KeyProtector = {
  name: 'test-keyring',
  protect: (secret) => secret.map((byte) => byte ^ 0xff),
  unprotect: (box) => box.map((byte) => byte ^ 0xff),
};

function key(where: string, options: Partial<OwnKeyOptions> = {}): OwnKey {
  return new OwnKey({ folder: where, protector: null, passphrase: null, ...options });
}

it('is locked by the person, and then only the person opens it', async () => {
  const where = await folder();
  const passphrase = 'the words of the host';
  const own = key(where, { passphrase });
  const { secretKey } = await own.openOrCreate(null);
  expect(await own.state()).toMatchObject({ access: 'open' });
  await own.lock();
  // Nothing of it is left in the memory that it was in.
  expect(secretKey.every((byte) => byte === 0)).toBe(true);
  expect(await own.state()).toMatchObject({ access: 'locked' });
  await expect(own.open()).rejects.toMatchObject({ code: 'passphrase-required' });
  await own.unlock(passphrase);
  expect(await own.state()).toMatchObject({ access: 'open' });
});

it.each([
  ['without any protection', {}],
  ['by a keyring that opens it for whoever sits here', { protector: keyring }],
])('is not locked %s', async (_, options) => {
  const own = key(await folder(), options);
  const { secretKey } = await own.openOrCreate(null);
  await expect(own.lock()).rejects.toMatchObject({ code: 'not-lockable' });
  expect(secretKey.some((byte) => byte !== 0)).toBe(true);
});

it('does not exist before it is made, and opening does not make it', async () => {
  const own = key(await folder());
  expect(await own.state()).toBeNull();
  await expect(own.open()).rejects.toMatchObject({ code: 'missing' });
  expect(await own.state()).toBeNull();
});

it.each([
  ['unprotected', {}, null, { protection: 'unprotected', access: 'open' }, 'open'],
  ['keyring', { protector: keyring }, null, { protection: 'keyring', access: 'open' }, 'keyring-missing'],
  ['unprotected', {}, 'chosen words', { protection: 'passphrase', access: 'open' }, 'locked'],
  ['given-passphrase', { passphrase: 'given words' }, null, { protection: 'passphrase' }, 'locked'],
  [
    'given-passphrase',
    { protector: keyring, passphrase: 'given' },
    null,
    { protection: 'passphrase' },
    'locked',
  ],
] as const)('made where %s is the rule', async (newKey, options, chosen, made, laterAccess) => {
  const where = await folder();
  const own = key(where, options);
  expect(own.newKey).toBe(newKey);
  const { publicKey } = await own.openOrCreate(chosen);
  expect(await own.state()).toMatchObject({ publicKey, ...made });
  expect(await key(where).state()).toMatchObject({ publicKey, access: laterAccess });
  // The same host comes back; a passphrase that was chosen is asked for again.
  const again = key(where, options);
  if (chosen !== null) await again.unlock(chosen);
  expect((await again.open()).publicKey).toEqual(publicKey);
});

it('stays locked for a wrong passphrase, and opens for the right one', async () => {
  const where = await folder();
  await key(where).openOrCreate('the right words');
  const own = key(where);
  await expect(own.open()).rejects.toMatchObject({ code: 'passphrase-required' });
  await expect(own.unlock('other words')).rejects.toMatchObject({ code: 'wrong-passphrase' });
  expect(await own.state()).toMatchObject({ access: 'locked' });
  await own.unlock('the right words');
  expect(await own.state()).toMatchObject({ access: 'open' });
  await expect(key(where, { passphrase: 'other words' }).open()).rejects.toMatchObject({
    code: 'wrong-passphrase',
  });
});

it('gets another passphrase only from who knows the former one', async () => {
  const where = await folder();
  const own = key(where, { protector: keyring });
  const { publicKey } = await own.openOrCreate(null);
  await own.setPassphrase(null, 'first words');
  expect(await own.state()).toMatchObject({ protection: 'passphrase', keyring: null, access: 'open' });
  await expect(own.setPassphrase('guessed words', 'second words')).rejects.toMatchObject({
    code: 'wrong-passphrase',
  });
  await own.setPassphrase('first words', 'second words');
  const elsewhere = key(where, { passphrase: 'second words' });
  expect((await elsewhere.open()).publicKey).toEqual(publicKey);
});

it('stays open when it gets its first passphrase before it was ever used', async () => {
  const where = await folder();
  await key(where).openOrCreate(null);
  const own = key(where);
  await own.setPassphrase(null, 'the first words');
  expect(await own.state()).toMatchObject({ protection: 'passphrase', access: 'open' });
  await expect(own.setPassphrase('other words', 'the next words')).rejects.toMatchObject({
    code: 'wrong-passphrase',
  });
});
