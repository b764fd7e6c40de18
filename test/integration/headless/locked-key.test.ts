/** `diva-node node` on the data folder of an app whose key is closed. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createIdentity } from '../../../src-main/identity/identity-file.ts';
import type { Protection } from '../../../src-main/identity/key-protector.ts';
import { createOwnNetwork } from '../../../src-main/networks/create.ts';
import { identityFolder } from '../../../src-main/networks/folders.ts';
import { temporaryFolder } from '../networks/harness.ts';
import { Foreground, runCli } from './run-cli.ts';

async function folderWithKey(protection: Protection): Promise<string> {
  const dataDir = temporaryFolder();
  const { publicKey } = await createIdentity(identityFolder(dataDir), protection);
  await createOwnNetwork({ networkName: 'Own', nodeCount: 1 }, { dataDir, name: 'Ada', publicKey }, {});
  return dataDir;
}

function passphraseFile(content: string): string {
  const file = path.join(temporaryFolder(), 'passphrase');
  fs.writeFileSync(file, content);
  return file;
}

test('a passphrase comes from a file, never from the command line', async () => {
  const dataDir = await folderWithKey({ kind: 'passphrase', passphrase: 'four words to remember' });
  const node = ['node', '--data-dir', dataDir];
  const locked = await runCli(...node, '--json');
  expect([locked.code, locked.json()]).toMatchObject([6, { error: { code: 'identity-locked' } }]);
  expect(locked.stderr).toContain('Give it with --passphrase-file FILE.');
  const wrong = await runCli(...node, '--passphrase-file', passphraseFile('other words\n'), '--json');
  expect([wrong.code, wrong.json()]).toMatchObject([6, { error: { code: 'wrong-passphrase' } }]);
  const missing = await runCli(...node, '--passphrase-file', '/nonexistent');
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('cannot be read (ENOENT)')]);
  expect((await runCli(...node, '--passphrase', 'four words to remember')).code).toBe(2);
  // The chain can be read without the key.
  const chain = await runCli('verify-chain', '--data-dir', dataDir, '--json');
  expect([chain.code, chain.json()]).toMatchObject([0, { valid: true }]);
  const right = passphraseFile('four words to remember\n');
  const opened = new Foreground(...node, '--passphrase-file', right);
  expect((await opened.ready()).nodes).toHaveLength(1);
  // The app's folder is the folder of its own node.
  expect((await runCli('status', '--data-dir', dataDir, '--json')).json()).toMatchObject({ name: 'Ada' });
  expect(await opened.end('SIGTERM')).toBe(0);
});

test('a key that a keyring encrypts is explained: what happened, what was kept, what to do', async () => {
  const turned = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xff);
  const protector = { name: 'test', protect: turned, unprotect: turned };
  const dataDir = await folderWithKey({ kind: 'keyring', protector });
  const before = fs.readFileSync(path.join(identityFolder(dataDir), 'key.json'), 'utf8');
  const { code, stderr } = await runCli('node', '--data-dir', dataDir);
  expect(code).toBe(6);
  expect(stderr).toMatch(
    /encrypted by the keyring of the desktop.+Nothing was changed.+set a passphrase there/,
  );
  expect(fs.readFileSync(path.join(identityFolder(dataDir), 'key.json'), 'utf8')).toBe(before);
});
