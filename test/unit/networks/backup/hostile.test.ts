import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { toText, utf8 } from '../../../../src-main/core/bytes.ts';
import { backupFileBytes, BackupWriter } from '../../../../src-main/identity/backup-box.ts';
import { seedOf } from '../../../../src-main/identity/identity-file.ts';
import { randomBytes, sodiumCrypto } from '../../../../src-main/identity/sodium-crypto.ts';
import { encodeCatalogue } from '../../../../src-main/networks/backup/catalogue.ts';
import type { Catalogue } from '../../../../src-main/networks/backup/catalogue.ts';
import { foundNetworks } from '../../../../src-main/networks/backup/contents.ts';
import { appFolder, filesOf, PASSPHRASE, restoreInto, temporaryFolder, tooMuch } from './support.ts';
import type { AppFolder } from './support.ts';

const CHEAP = () => ({ operations: 1, memoryBytes: 8 * 1024 * 1024, salt: randomBytes(16) });

interface Forgery {
  readonly catalogue: Catalogue;
  readonly contents: readonly Uint8Array[];
}

/** A backup as the app would make it of this folder, without its chain, to be changed before it is written. */
function honest({ dataDir, identity, publicKey, networkId }: AppFolder): Forgery {
  const [network] = foundNetworks(dataDir);
  const genesis = new Uint8Array(fs.readFileSync(network!.nodes[0]!.genesis));
  const settings = utf8('{}');
  const entry = (name: string, bytes: Uint8Array) => {
    return { path: name, sizeBytes: bytes.length, sha256: toText(sodiumCrypto.hash(bytes)) };
  };
  const catalogue: Catalogue = {
    version: 1,
    madeAtMs: 1,
    appVersion: '1',
    name: 'Ada',
    key: { publicKey, protection: 'none' },
    networks: [{ id: networkId, name: 'Home', isWhole: true, nodeCount: 1, height: 1, hasChain: false }],
    files: [entry('settings.json', settings), entry(`networks/${networkId}/genesis.ssz`, genesis)],
    chains: [],
  };
  return { catalogue, contents: [seedOf(identity), settings, genesis] };
}

async function written({ catalogue, contents }: Forgery): Promise<string> {
  const file = path.join(temporaryFolder(), 'backup');
  const parts = [encodeCatalogue(catalogue), ...contents];
  const contentBytes = parts.reduce((sum, { length }) => sum + length, 0);
  const writer = await BackupWriter.create(file, PASSPHRASE, contentBytes, CHEAP());
  for (const bytes of parts) await writer.append(bytes);
  await writer.finish();
  await writer.close();
  return file;
}

/** What restoring it comes to; whatever that is, nothing is written where it does not belong. */
async function outcomeOf(forgery: Forgery): Promise<string> {
  const top = temporaryFolder();
  const dataDir = path.join(top, 'data');
  try {
    await restoreInto(dataDir, await written(forgery));
    return 'accepted';
  } catch (error) {
    expect(filesOf(top)).toEqual([]);
    return (error as { code: string }).code;
  }
}

describe('a backup that a stranger made', () => {
  it('is restored when it is honest', async () => {
    expect(await outcomeOf(honest(await appFolder(1)))).toBe('accepted');
  });

  it('writes nowhere but below the data folder, and only what a backup holds', async () => {
    const forgery = honest(await appFolder(1));
    const names = [
      '../outside',
      'networks/../../outside',
      '/etc/outside',
      'networks/.hidden',
      'networks//x',
      'networks/a\\..\\b',
      'identity/key.json',
      'lock',
      'backups/x',
      'networks/\u0000',
      '',
    ];
    for (const name of names) {
      const files = forgery.catalogue.files.map((file, index) =>
        index === 0 ? { ...file, path: name } : file,
      );
      const outcome = await outcomeOf({ ...forgery, catalogue: { ...forgery.catalogue, files } });
      expect(outcome, JSON.stringify(name)).toBe('backup-damaged');
    }
  });

  it('is refused when it is not what its list says', async () => {
    const forgery = honest(await appFolder(1));
    const { catalogue, contents } = forgery;
    const [settings, genesis] = catalogue.files as [Catalogue['files'][number], Catalogue['files'][number]];
    const withFiles = (files: Catalogue['files']): Forgery => ({
      ...forgery,
      catalogue: { ...catalogue, files },
    });
    const cases: Record<string, Forgery> = {
      'another digest': withFiles([{ ...settings, sha256: genesis.sha256 }, genesis]),
      'one name twice': withFiles([settings, { ...genesis, path: settings.path }]),
      'names that are one on some disks': withFiles([
        { ...settings, path: 'networks/a' },
        { ...genesis, path: 'networks/A' },
      ]),
      'too large': withFiles([{ ...settings, sizeBytes: 2 ** 40 }, genesis]),
      'another key': { ...forgery, contents: [randomBytes(32), ...contents.slice(1)] },
      'another network': {
        ...forgery,
        catalogue: JSON.parse(
          JSON.stringify(catalogue).replaceAll(catalogue.networks[0]!.id, 'A'.repeat(43)),
        ) as Catalogue,
      },
      'less than it lists': { ...forgery, contents: contents.slice(0, 2) },
      'more than it lists': { ...forgery, contents: [...contents, randomBytes(3)] },
      'an unknown field': { ...forgery, catalogue: { ...catalogue, more: 1 } as unknown as Catalogue },
    };
    for (const [name, each] of Object.entries(cases))
      expect(await outcomeOf(each), name).toBe('backup-damaged');
  });

  it('is refused when its chain is none, or that of another network', async () => {
    const forgery = honest(await appFolder(1));
    const other = foundNetworks((await appFolder(1)).dataDir)[0]!;
    const { catalogue, contents } = forgery;
    for (const chain of [randomBytes(5000), new Uint8Array(fs.readFileSync(other.nodes[0]!.database))]) {
      const { id } = catalogue.networks[0]!;
      const sha256 = toText(sodiumCrypto.hash(chain));
      const chains = [{ networkId: id, sizeBytes: chain.length, sha256, height: 1, hash: id }];
      const outcome = await outcomeOf({
        catalogue: { ...catalogue, chains },
        contents: [...contents, chain],
      });
      expect(outcome).toBe('backup-damaged');
    }
  });

  it('fills no disk: what is too large for it is refused before anything is written', async () => {
    const { catalogue, contents } = honest(await appFolder(1));
    const { id } = catalogue.networks[0]!;
    const sizeBytes = tooMuch();
    const chains = [{ networkId: id, sizeBytes, sha256: id, height: 1, hash: id }];
    const head = encodeCatalogue({ ...catalogue, chains });
    const contentBytes = [head, ...contents].reduce((sum, { length }) => sum + length, sizeBytes);
    const file = path.join(temporaryFolder(), 'backup');
    const writer = await BackupWriter.create(file, PASSPHRASE, contentBytes, CHEAP());
    // The first chunk is whole, and all behind it a hole.
    for (const bytes of [head, ...contents, new Uint8Array(256 * 1024)]) await writer.append(bytes);
    await writer.close();
    fs.truncateSync(file, backupFileBytes(contentBytes));
    const top = temporaryFolder();
    await expect(restoreInto(path.join(top, 'data'), file)).rejects.toMatchObject({ code: 'no-space' });
    expect(filesOf(top)).toEqual([]);
  });

  it('is of a newer version, and not damaged, when its chain is', async () => {
    const app = await appFolder(1);
    const { catalogue, contents } = honest(app);
    const { database } = foundNetworks(app.dataDir)[0]!.nodes[0]!;
    const connection = new Database(database);
    connection.pragma('user_version = 999');
    connection.close();
    const chain = new Uint8Array(fs.readFileSync(database));
    const { id } = catalogue.networks[0]!;
    const sha256 = toText(sodiumCrypto.hash(chain));
    const chains = [{ networkId: id, sizeBytes: chain.length, sha256, height: 1, hash: id }];
    const outcome = await outcomeOf({ catalogue: { ...catalogue, chains }, contents: [...contents, chain] });
    expect(outcome).toBe('backup-newer');
  });
});
