import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { fromText, toText } from '../../../../src-main/core/bytes.ts';
import { FORGOTTEN } from '../../../../src-main/core/guard.ts';
import { inspectIdentity, loadIdentity } from '../../../../src-main/identity/identity-file.ts';
import { sodiumCrypto } from '../../../../src-main/identity/sodium-crypto.ts';
import { inspectBackup } from '../../../../src-main/networks/backup/catalogue.ts';
import { identityFolder, networkFiles } from '../../../../src-main/networks/folders.ts';
import { nodeFolder } from '../../../../src-main/networks/manifest.ts';
import { InvitationBook } from '../../../../src-main/networks/shared/invitation-book.ts';
import { systemRandom } from '../../../../src-main/networks/system.ts';
import { factsOf } from '../../../../src-main/storage/copies.ts';
import { openStore } from '../../../../src-main/storage/open-store.ts';
import { appFolder, backUp, filesOf, PASSPHRASE, restoreInto, temporaryFolder, tooMuch } from './support.ts';

/** What the core finds in a database when its node starts. */
function loaded(path: string, publicKey: string) {
  const store = openStore({ path, publicKey: fromText(publicKey)! }, { crypto: sodiumCrypto });
  const node = store.load();
  store.close();
  return node;
}

const amnesiaOf = (path: string, publicKey: string) =>
  loaded(path, publicKey).records.find(({ key }) => key === FORGOTTEN.key)?.bytes;

describe('a backup of a data folder', () => {
  it('comes back whole in another place: keys, settings, networks with their chain', async () => {
    const app = await appFolder();
    const file = path.join(temporaryFolder(), 'backup');
    const { catalogue } = await backUp(app, file);
    expect(catalogue).toEqual(await inspectBackup(file, PASSPHRASE));
    expect(catalogue).toMatchObject({
      name: 'Ada',
      key: { publicKey: app.publicKey, protection: 'none' },
      networks: [{ id: app.networkId, name: 'Home', isWhole: true, nodeCount: 2, height: 1, hasChain: true }],
    });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(filesOf(path.dirname(file))).toEqual(['backup']);

    const dataDir = temporaryFolder();
    expect(await restoreInto(dataDir, file)).toMatchObject({ movedTo: null });
    expect(filesOf(dataDir)).toEqual(filesOf(app.dataDir));
    for (const each of filesOf(dataDir)) {
      if (each.endsWith('.sqlite')) continue;
      expect(fs.readFileSync(path.join(dataDir, each)), each).toEqual(
        fs.readFileSync(path.join(app.dataDir, each)),
      );
      expect(fs.statSync(path.join(dataDir, each)).mode & 0o077, each).toBe(0);
    }
    // Each node has a database of its own, and nothing that it might have forgotten: all came back at once.
    const home = networkFiles(dataDir, app.networkId);
    const other = nodeFolder(home.folder, 2);
    const otherKey = toText((await inspectIdentity(identityFolder(other))).publicKey);
    const databases = [
      [home.database, app.publicKey],
      [networkFiles(other, app.networkId).database, otherKey],
    ] as const;
    for (const [database, publicKey] of databases) {
      expect(loaded(database, publicKey)).toMatchObject({
        tip: { height: 1 },
        hasSafetyLog: true,
        safety: [],
      });
      expect(amnesiaOf(database, publicKey)).toBeUndefined();
    }
  });

  it('keeps a chain of others only when that is wanted, and then as one that forgot', async () => {
    const app = await appFolder(1);
    // Without the list of its nodes it is a network with members elsewhere.
    fs.rmSync(path.join(networkFiles(app.dataDir, app.networkId).folder, 'local-network.json'));
    for (const chains of [false, true]) {
      const file = path.join(temporaryFolder(), 'backup');
      const { catalogue } = await backUp(app, file, { chains });
      expect(catalogue).toMatchObject({ networks: [{ isWhole: false, hasChain: chains, height: 1 }] });
      expect(catalogue.chains).toHaveLength(chains ? 1 : 0);
      const dataDir = temporaryFolder();
      await restoreInto(dataDir, file);
      const { database } = networkFiles(dataDir, app.networkId);
      expect(factsOf(database, true)).toMatchObject({ height: 1 });
      expect(amnesiaOf(database, app.publicKey)).toEqual(FORGOTTEN.bytes);
    }
  });

  it('is not begun where it finds too little room', async () => {
    const app = await appFolder(1);
    const before = filesOf(app.dataDir);
    const folder = temporaryFolder();
    fs.truncateSync(networkFiles(app.dataDir, app.networkId).database, tooMuch());
    await expect(backUp(app, path.join(folder, 'backup'))).rejects.toMatchObject({ code: 'no-space' });
    expect(filesOf(folder)).toEqual([]);
    expect(filesOf(app.dataDir)).toEqual(before);
  });

  it('leaves out what somebody else put beside it', async () => {
    const app = await appFolder(1);
    const { folder } = networkFiles(app.dataDir, app.networkId);
    const strange = ['notes (copy).txt', 'ä.json', 'x'.repeat(200), 'a/b/c/d/e/f/g/deep'];
    for (const name of strange) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), 'x');
    }
    fs.writeFileSync(path.join(folder, 'notes.txt'), 'x');
    const file = path.join(temporaryFolder(), 'backup');
    const { catalogue } = await backUp(app, file);
    const names = catalogue.files.map((each) => path.posix.relative(`networks/${app.networkId}`, each.path));
    expect(names).toContain('notes.txt');
    expect(names.filter((name) => strange.includes(name))).toEqual([]);
  });

  it('takes back all invitations: what became of them since is not in it', async () => {
    const app = await appFolder(1);
    const file = path.join(temporaryFolder(), 'backup');
    const bookIn = (folder: string) => {
      const { invitations } = networkFiles(folder, app.networkId);
      const options = { path: invitations, chainId: fromText(app.networkId)! };
      return new InvitationBook(options, { signer: app.identity.signer, random: systemRandom });
    };
    const tickets = (['one-time', 'reusable'] as const).map((kind) =>
      bookIn(app.dataDir).issue(kind, 100, 1, kind),
    );
    await backUp(app, file);
    const [ada, ben] = ['A'.repeat(43), 'B'.repeat(43)];
    expect(bookIn(app.dataDir).redeem(tickets[0]!, ada!, 1)).toBe('valid');

    const dataDir = temporaryFolder();
    await restoreInto(dataDir, file);
    for (const ticket of tickets)
      for (const key of [ada, ben]) expect(bookIn(dataDir).redeem(ticket, key!, 1)).toBe('revoked');
    const fresh = bookIn(dataDir).issue('one-time', 100, 1, '');
    expect(bookIn(dataDir).redeem(fresh, ben!, 1)).toBe('valid');
    expect(bookIn(dataDir).all()).toHaveLength(3);
    // The own list of what goes on is untouched, and one that cannot be read hinders no restore.
    expect(bookIn(app.dataDir).redeem(tickets[1]!, ben!, 1)).toBe('valid');
    fs.writeFileSync(networkFiles(app.dataDir, app.networkId).invitations, 'damaged');
    await backUp(app, `${file}-2`);
    const third = temporaryFolder();
    await restoreInto(third, `${file}-2`);
    expect(() => bookIn(third)).toThrow(expect.objectContaining({ code: 'folder-corrupt' }) as Error);
  });

  it('closes the key as it is told, whatever closed it before', async () => {
    const app = await appFolder(1);
    const file = path.join(temporaryFolder(), 'backup');
    await backUp(app, file);
    const dataDir = temporaryFolder();
    const passphrase = 'another passphrase';
    const told: string[] = [];
    const protect = (was: string) => {
      told.push(was);
      return { kind: 'passphrase', passphrase } as const;
    };
    await restoreInto(dataDir, file, { protect });
    expect(told).toEqual(['none']);
    await expect(loadIdentity(identityFolder(dataDir))).rejects.toMatchObject({
      code: 'passphrase-required',
    });
    const { publicKey } = await loadIdentity(identityFolder(dataDir), { passphrase });
    expect(toText(publicKey)).toBe(app.publicKey);
  });

  it('replaces no key unless somebody said so, and then keeps what was there', async () => {
    const app = await appFolder(1);
    const file = path.join(temporaryFolder(), 'backup');
    await backUp(app, file);
    const other = await appFolder(1);
    const before = filesOf(other.dataDir);
    await expect(restoreInto(other.dataDir, file)).rejects.toMatchObject({ code: 'folder-in-use' });
    expect(filesOf(other.dataDir)).toEqual(before);
    const { movedTo } = await restoreInto(other.dataDir, file, { mayReplace: true });
    expect(filesOf(movedTo!)).toEqual(before);
    expect(toText((await inspectIdentity(identityFolder(movedTo!))).publicKey)).toBe(other.publicKey);
    expect(toText((await inspectIdentity(identityFolder(other.dataDir))).publicKey)).toBe(app.publicKey);
  });

  it('is not made where there is a file, and leaves nothing when it fails or is cancelled', async () => {
    const app = await appFolder(1);
    const before = filesOf(app.dataDir);
    const folder = temporaryFolder();
    const file = path.join(folder, 'backup');
    fs.writeFileSync(file, 'precious');
    await expect(backUp(app, file)).rejects.toMatchObject({ code: 'backup-exists' });
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
    const nowhere = path.join(folder, 'none', 'backup');
    await expect(backUp(app, nowhere)).rejects.toMatchObject({ code: 'backup-missing' });
    const { database } = networkFiles(app.dataDir, app.networkId);
    const connection = new Database(database);
    connection.exec('UPDATE blocks SET height = 7');
    connection.close();
    // A database that is not whole is not taken for one: the backup says that it has no chain.
    const { catalogue } = await backUp(app, path.join(folder, 'without'));
    expect(catalogue.networks).toMatchObject([{ height: null, hasChain: false }]);
    // In each stage, also while it is being proved.
    for (const stage of ['collecting', 'writing', 'proving']) {
      const abort = new AbortController();
      const onStage = (progress: { stage: string }) => {
        if (progress.stage === stage) abort.abort();
      };
      const cancelled = backUp(app, path.join(folder, stage), {}, { onStage, signal: abort.signal });
      await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    }
    expect(filesOf(folder)).toEqual(['backup', 'without']);
    expect(filesOf(app.dataDir)).toEqual(before);
  });
});
