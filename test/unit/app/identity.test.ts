/** The own key behind the contract: a real data folder, no window. */
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { App } from '../../../src-main/app/app.ts';
import type { IdentityState } from '../../../src-main/app/contract/identity.ts';
import { OwnKey } from '../../../src-main/app/own-key.ts';
import { identityFolder, networksFolder, setAside } from '../../../src-main/networks/folders.ts';
import { makeEmptyApp, temporaryDataDir } from './empty-app.ts';

const RIGHT = 'the right words';
const NOTHING_OPENS = new Error('this network is not really there');

interface Host {
  readonly app: App;
  /** The newest state that a window was told. */
  identity(): IdentityState;
  readonly opened: string[];
}

/** A host that comes to this folder; its networks cannot really be opened. */
async function hostOf(dataDir: string, passphrase: string | null = null): Promise<Host> {
  const opened: string[] = [];
  const key = new OwnKey({ folder: identityFolder(dataDir), protector: null, passphrase });
  const { app } = await makeEmptyApp(
    {},
    {
      key,
      loadNetwork: (networkId) => {
        opened.push(networkId);
        return Promise.reject(NOTHING_OPENS);
      },
      startOver: () => key.abandon(() => Promise.resolve(setAside(dataDir, 'start-over'))),
    },
    dataDir,
  );
  const seen: IdentityState[] = [];
  app.attach((name, value) => name === 'identity' && seen.push(value as IdentityState)).subscribe('identity');
  return { app, identity: () => seen.at(-1)!, opened };
}

async function folderWithKey(passphrase: string | null): Promise<string> {
  const dataDir = await temporaryDataDir();
  await new OwnKey({ folder: identityFolder(dataDir), protector: null, passphrase: null }).openOrCreate(
    passphrase,
  );
  return dataDir;
}

describe('a key with a passphrase', () => {
  it('keeps its network waiting until the person has entered it', async () => {
    const { app, identity, opened } = await hostOf(await folderWithKey(RIGHT));
    expect(await app.resume('n1')).toEqual({ code: 'identity-locked', params: expect.anything() as object });
    expect(identity()).toMatchObject({
      identity: { access: 'locked', protection: 'passphrase' },
      problem: null,
    });
    expect(opened).toEqual([]);
    expect(await app.dispatch('unlockIdentity', { passphrase: 'other words' })).toMatchObject({
      error: { code: 'wrong-passphrase' },
    });
    expect([identity().identity?.access, opened]).toEqual(['locked', []]);
    expect(await app.dispatch('unlockIdentity', { passphrase: RIGHT })).toEqual({ ok: true, value: {} });
    expect([identity().identity?.access, opened]).toEqual(['open', ['n1']]);
    await app.close();
    await app.dispatch('unlockIdentity', { passphrase: RIGHT });
    expect(opened).toEqual(['n1']);
  });

  it('opens by itself where the host was started with it, and says where with another one', async () => {
    const dataDir = await folderWithKey(RIGHT);
    const right = await hostOf(dataDir, RIGHT);
    expect(await right.app.resume('n1')).toBeNull();
    expect([right.identity().identity?.access, right.opened]).toEqual(['open', ['n1']]);
    const wrong = await hostOf(dataDir, 'other words');
    expect(await wrong.app.resume('n1')).toMatchObject({ code: 'wrong-passphrase' });
    expect([wrong.identity().identity?.access, wrong.opened]).toEqual(['locked', []]);
  });

  it('is put aside with its networks when the person starts over, and not before', async () => {
    const dataDir = await folderWithKey(RIGHT);
    const { app, identity } = await hostOf(dataDir);
    await app.resume('n1');
    const outcome = await app.dispatch('startOver', {});
    expect(outcome).toMatchObject({ ok: true });
    const { backupPath } = (outcome as { value: { backupPath: string } }).value;
    expect(existsSync(path.join(backupPath, 'identity', 'key.json'))).toBe(true);
    expect(existsSync(identityFolder(dataDir)) || existsSync(networksFolder(dataDir))).toBe(false);
    expect(identity()).toEqual({ identity: null, problem: null, newKey: 'unprotected' });
    expect(await app.dispatch('startOver', {})).toMatchObject({ error: { code: 'identity-missing' } });
  });
});

describe('a key that cannot be read', () => {
  it('is said to be damaged, kept, and put aside when the person starts over', async () => {
    const dataDir = await folderWithKey(null);
    const file = path.join(identityFolder(dataDir), 'key.json');
    await writeFile(file, 'not a key', { mode: 0o600 });
    const { app, identity } = await hostOf(dataDir);
    expect(await app.resume('n1')).toMatchObject({ code: 'identity-corrupt' });
    expect(identity()).toMatchObject({ identity: null, problem: { code: 'identity-corrupt' } });
    const outcome = await app.dispatch('startOver', {});
    const { backupPath } = (outcome as { value: { backupPath: string } }).value;
    expect(await readFile(path.join(backupPath, 'identity', 'key.json'), 'utf8')).toBe('not a key');
    expect(identity()).toMatchObject({ identity: null, problem: null });
  });

  it('that others may read is not damaged: it stays where it is', async () => {
    const dataDir = await folderWithKey(null);
    await chmod(path.join(identityFolder(dataDir), 'key.json'), 0o644);
    const { app } = await hostOf(dataDir);
    expect(await app.dispatch('startOver', {})).toMatchObject({ error: { code: 'identity-permissions' } });
    expect(existsSync(identityFolder(dataDir))).toBe(true);
  });
});

describe('a key that opens', () => {
  it('cannot be put aside while it is being unlocked', async () => {
    const dataDir = await folderWithKey(RIGHT);
    const { app } = await hostOf(dataDir);
    const [unlocked, startedOver] = await Promise.all([
      app.dispatch('unlockIdentity', { passphrase: RIGHT }),
      app.dispatch('startOver', {}),
    ]);
    expect([unlocked, startedOver]).toMatchObject([{ ok: true }, { error: { code: 'invalid-request' } }]);
    expect(existsSync(identityFolder(dataDir))).toBe(true);
  });

  it('cannot be put aside', async () => {
    const dataDir = await folderWithKey(null);
    const { app } = await hostOf(dataDir);
    expect(await app.dispatch('startOver', {})).toMatchObject({ error: { code: 'invalid-request' } });
    expect(existsSync(identityFolder(dataDir))).toBe(true);
  });

  it('gets a passphrase, of at least eight characters', async () => {
    const { app, identity } = await hostOf(await folderWithKey(null));
    expect(await app.dispatch('setPassphrase', { current: null, next: 'short' })).toMatchObject({
      error: { code: 'invalid-request' },
    });
    expect(await app.dispatch('setPassphrase', { current: null, next: RIGHT })).toMatchObject({ ok: true });
    expect(identity().identity).toMatchObject({ protection: 'passphrase' });
  });
});

it('a key whose network is asked for but missing is not made anew', async () => {
  const dataDir = await temporaryDataDir();
  const { app, identity } = await hostOf(dataDir);
  expect(await app.resume()).toBeNull();
  expect(identity()).toMatchObject({ identity: null, problem: null });
  expect(existsSync(identityFolder(dataDir))).toBe(false);
});
