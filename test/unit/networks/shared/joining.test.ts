/** The folder of a network that is being joined, at every moment at which a crash may leave it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sodiumCrypto } from '../../../../src-main/identity/sodium-crypto.ts';
import { networkFiles } from '../../../../src-main/networks/folders.ts';
import { newSharedGenesis } from '../../../../src-main/networks/genesis.ts';
import { listNetworks, removeNetwork } from '../../../../src-main/networks/list.ts';
import { consentFile } from '../../../../src-main/networks/reach-consent.ts';
import { encodeInvitation } from '../../../../src-main/networks/shared/invitation.ts';
import {
  applicationOf,
  completeFolder,
  prepareJoining,
} from '../../../../src-main/networks/shared/joining.ts';
import { sharedManifestFile } from '../../../../src-main/networks/shared/manifest.ts';
import { systemRandom } from '../../../../src-main/networks/system.ts';
import { openStore } from '../../../../src-main/storage/open-store.ts';
import { crypto, keyOf } from '../../core/builders.ts';
import { invitationOf } from './fixture.ts';

const me = keyOf(4);
let dataDir: string;
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-joining-'));
});
afterEach(() => fs.rmSync(dataDir, { recursive: true }));

const own = () => ({ dataDir, name: 'Ben', publicKey: me.publicKey });
const { bytes } = newSharedGenesis('Class', keyOf(0).publicKey, { crypto, random: systemRandom });
const link = encodeInvitation(
  invitationOf({ chainId: crypto.hash(bytes), networkName: 'Class', ticket: null }),
  crypto,
);

test('before there is a genesis, it is on the list as one that is being joined, and can be removed', async () => {
  const id = await prepareJoining(
    { invitation: `${link.slice(0, 50)}\n${link.slice(50)}`, interfaces: ['lo'] },
    own(),
  );
  expect(listNetworks(dataDir)).toMatchObject([{ id, name: 'Class', kind: 'shared', isJoining: true }]);
  const files = networkFiles(dataDir, id);
  expect(sharedManifestFile.read(files.shared)).toMatchObject({ joining: link, displayName: 'Ben' });
  expect(JSON.parse(fs.readFileSync(files.reach, 'utf8'))).toMatchObject({ interfaces: ['lo'] });
  expect(JSON.parse(fs.readFileSync(files.addresses, 'utf8'))).toMatchObject({
    seeds: [{ publicKey: keyOf(0).text }, { publicKey: keyOf(1).text }],
  });
  expect(fs.existsSync(removeNetwork(dataDir, id))).toBe(true);
  expect(listNetworks(dataDir)).toEqual([]);
});

test('whoever begins again may agree to other interfaces, and need not agree again', async () => {
  const interfacesAfter = async (interfaces?: readonly string[]) => {
    const id = await prepareJoining({ invitation: link, interfaces }, own());
    return consentFile.read(networkFiles(dataDir, id).reach)?.interfaces;
  };
  expect(await interfacesAfter()).toEqual([]);
  expect(await interfacesAfter(['wlan0'])).toEqual(['wlan0']);
  expect(await interfacesAfter()).toEqual(['wlan0']);
  expect(await interfacesAfter([])).toEqual([]);
});

test('the genesis comes last: what a crash left of a database is made anew', async () => {
  const id = await prepareJoining({ invitation: link }, own());
  const files = networkFiles(dataDir, id);
  fs.writeFileSync(files.database, 'half of a database');
  expect(fs.existsSync(files.genesis)).toBe(false);
  completeFolder(files, bytes, me.publicKey);
  const options = { path: files.database, publicKey: me.publicKey, genesisBytes: bytes };
  openStore(options, { crypto: sodiumCrypto }).close();
  expect(new Uint8Array(fs.readFileSync(files.genesis))).toEqual(bytes);
});

test('another invitation to the same network takes the place of the first, and keeps what is there', async () => {
  const id = await prepareJoining({ invitation: link }, own());
  const files = networkFiles(dataDir, id);
  completeFolder(files, bytes, me.publicKey);
  const inode = fs.statSync(files.database).ino;
  const peers = [{ publicKey: keyOf(2).publicKey, addressHints: ['192.0.2.2:1'] }];
  const chainId = crypto.hash(bytes);
  const second = encodeInvitation(
    invitationOf({ chainId, networkName: 'Class', ticket: null, peers }),
    crypto,
  );
  expect(await prepareJoining({ invitation: second }, { ...own(), name: 'Benedikt' })).toBe(id);
  const manifest = sharedManifestFile.read(files.shared)!;
  expect(manifest.joining).toBe(second);
  expect(applicationOf(manifest)).toEqual({ displayName: 'Benedikt', ticket: null, wantsGenesis: false });
  expect(fs.statSync(files.database).ino).toBe(inode);
});

test('what is no invitation leaves nothing behind', async () => {
  await expect(prepareJoining({ invitation: 'diva://join/1/AAAA' }, own())).rejects.toMatchObject({
    code: 'invitation-malformed',
  });
  expect(fs.readdirSync(dataDir)).toEqual([]);
});
