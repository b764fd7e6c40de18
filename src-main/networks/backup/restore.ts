/**
 * Puts a backup into a data folder. Everything is taken apart and checked beside its place first. What was there before
 * moves into a dated backup, and only when somebody said that it may.
 *
 * A database from a backup is older than what its key may have signed since. So a node whose network has members
 * elsewhere signs nothing until it has caught up (PROTOCOL section 4.7, amnesia), with the chain or without it. A
 * network that comes back as a whole is the exception: all its members begin at the same block, and nobody knows of a
 * later one. For the same reason all invitations that were given out count as taken back.
 */
import { constants } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fromText } from '../../core/bytes.ts';
import type { PublicKey } from '../../core/types.ts';
import { BackupError } from '../../identity/backup-errors.ts';
import { inspectIdentity, restoreIdentity } from '../../identity/identity-file.ts';
import type { Protection, ProtectionKind } from '../../identity/key-protector.ts';
import { forget } from '../../identity/secret-memory.ts';
import { handOver } from '../../storage/copies.ts';
import { syncFile, syncFolder } from '../../storage/sync.ts';
import { beginAnew, makeDatabase, markForgotten } from '../database.ts';
import { NetworkError } from '../errors.ts';
import { makeFolder } from '../folder-faults.ts';
import { identityFolder, INVITATIONS, networkFiles, OWN_NAMES, setAside } from '../folders.ts';
import { requireSpace } from '../disk-space.ts';
import { revokeAll } from '../shared/invitation-book.ts';
import { withNetworkErrors } from '../translate-errors.ts';
import type { WorkOptions } from '../types.ts';
import { Work } from '../work.ts';
import { asideFolder } from './aside.ts';
import type { Catalogue, StoredNetwork } from './catalogue.ts';
import { chainFile, extractBackup, nodePrefixes, proveBackup } from './extract.ts';
import type { Extracted } from './extract.ts';

export interface RestoreOptions {
  /** Locked by this process; no network of it is open. */
  readonly dataDir: string;
  readonly file: string;
  readonly passphrase: string;
  /** How the key file is closed here. `was`: on the machine that made the backup. */
  readonly protect: (was: ProtectionKind) => Protection;
  /** A key or networks that are here already may move into a dated backup. */
  readonly mayReplace: boolean;
}

export interface Restored {
  readonly catalogue: Catalogue;
  /** Where what was here before is now. */
  readonly movedTo: string | null;
}

/** What is in the way of a restore: a key, or networks. */
export async function isInUse(dataDir: string): Promise<boolean> {
  for (const name of OWN_NAMES) {
    if (name === 'settings.json') continue;
    const entries = await fs.readdir(path.join(dataDir, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      if (error.code === 'ENOTDIR') return [name];
      throw error;
    });
    if (entries.some((entry) => !entry.startsWith('.'))) return true;
  }
  return false;
}

/** Restores into a folder that goes away again. Rejects with NetworkError. */
export function tryRestore(
  { dataDir, file, passphrase }: Pick<RestoreOptions, 'dataDir' | 'file' | 'passphrase'>,
  workOptions: WorkOptions,
): Promise<Catalogue> {
  return withNetworkErrors(async () => {
    const folder = await asideFolder(dataDir, 'restoring');
    return proveBackup(file, passphrase, folder, new Work(workOptions));
  });
}

/** Rejects with NetworkError; before the last stage nothing was changed then. */
export function restoreBackup(options: RestoreOptions, workOptions: WorkOptions): Promise<Restored> {
  const { dataDir, file, passphrase } = options;
  const work = new Work(workOptions);
  return withNetworkErrors(async () => {
    await refuseUnlessAllowed(options);
    const folder = await asideFolder(dataDir, 'restoring');
    try {
      const extracted = await extractBackup(file, passphrase, folder, work);
      try {
        work.stage('restoring');
        await prepare(extracted, options);
      } finally {
        if (extracted.seed !== null) forget(extracted.seed);
      }
      work.check();
      return { catalogue: extracted.catalogue, movedTo: await moveIn(folder, dataDir) };
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  });
}

async function refuseUnlessAllowed({ dataDir, mayReplace }: RestoreOptions): Promise<void> {
  if (mayReplace || !(await isInUse(dataDir))) return;
  const message = `${dataDir} holds a key or networks already; nothing was changed`;
  throw new NetworkError('folder-in-use', message, { path: dataDir });
}

/** The key file and the databases, still beside their places. */
async function prepare({ catalogue, folder, seed }: Extracted, options: RestoreOptions): Promise<void> {
  const { key, networks, files, chains } = catalogue;
  if (key !== null && seed !== null)
    await restoreIdentity(identityFolder(folder), seed, options.protect(key.protection));
  for (const { path: each } of files)
    if (path.basename(each) === INVITATIONS) revokeAll(path.join(folder, each));
  for (const network of networks) {
    const prefixes = nodePrefixes(catalogue, network.id);
    const chainBytes = chains.find(({ networkId }) => networkId === network.id)?.sizeBytes ?? 0;
    await requireSpace({ folder, bytes: chainBytes * prefixes.length });
    for (const prefix of prefixes) {
      const publicKey = await ownerOf(catalogue, folder, prefix);
      if (publicKey === null)
        throw new BackupError('damaged', options.file, `a node of ${network.name} has no key`);
      const { genesis, database } = networkFiles(path.join(folder, prefix), network.id);
      const genesisBytes = new Uint8Array(await fs.readFile(genesis));
      await placeDatabase(network, chainFile(folder, network.id), database, { genesisBytes, publicKey });
    }
    await fs.rm(chainFile(folder, network.id), { force: true });
  }
}

async function ownerOf({ key }: Catalogue, folder: string, prefix: string): Promise<PublicKey | null> {
  if (prefix === '') return key === null ? null : (fromText(key.publicKey) ?? null);
  return (await inspectIdentity(identityFolder(path.join(folder, prefix)))).publicKey;
}

async function placeDatabase(
  { isWhole, hasChain }: StoredNetwork,
  chain: string,
  database: string,
  { genesisBytes, publicKey }: { genesisBytes: Uint8Array; publicKey: PublicKey },
): Promise<void> {
  if (!hasChain)
    return isWhole
      ? makeDatabase(database, genesisBytes, publicKey)
      : beginAnew(database, genesisBytes, publicKey);
  await fs.copyFile(chain, database, constants.COPYFILE_FICLONE);
  if (isWhole) handOver(database, publicKey);
  else markForgotten(database, genesisBytes, publicKey);
  syncFile(database);
}

/** The key comes last: what a crash leaves without it is moved aside by doing it again. */
async function moveIn(folder: string, dataDir: string): Promise<string | null> {
  const there = OWN_NAMES.filter((name) => name !== 'settings.json');
  const isUsed = await isInUse(dataDir);
  const movedTo = isUsed ? setAside(dataDir, 'before-restore', OWN_NAMES) : null;
  // An empty folder is in nobody's way, and holds nothing to keep.
  if (!isUsed)
    for (const name of there) await fs.rm(path.join(dataDir, name), { recursive: true, force: true });
  makeFolder(dataDir);
  for (const name of OWN_NAMES) {
    await fs
      .rename(path.join(folder, name), path.join(dataDir, name))
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
  }
  syncFolder(dataDir);
  return movedTo;
}
