/**
 * Makes a backup: one file, encrypted with a passphrase. It is called done only when everything in it was restored from
 * it once, into a folder that goes away again.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { toText } from '../../core/bytes.ts';
import type { Height } from '../../core/types.ts';
import { BackupWriter } from '../../identity/backup-box.ts';
import { BackupError, withBackupErrors } from '../../identity/backup-errors.ts';
import type { Identity } from '../../identity/identity-file.ts';
import { seedOf } from '../../identity/identity-file.ts';
import type { ProtectionKind } from '../../identity/key-protector.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { factsOf } from '../../storage/copies.ts';
import { syncFolder } from '../../storage/sync.ts';
import { makeFolder } from '../folder-faults.ts';
import type { NetworkFiles } from '../folders.ts';
import { requireSpace } from '../disk-space.ts';
import { withNetworkErrors } from '../translate-errors.ts';
import type { WorkOptions } from '../types.ts';
import { VERSION } from '../version.ts';
import { Work } from '../work.ts';
import { asideFolder } from './aside.ts';
import type { Catalogue, StoredNetwork } from './catalogue.ts';
import { contentBytes, encodeCatalogue, percentOf } from './catalogue.ts';
import { foundNetworks, ownName, smallFiles } from './contents.ts';
import type { FoundNetwork } from './contents.ts';
import { copyDatabase, heightOf } from './databases.ts';
import type { DatabaseAccess } from './databases.ts';
import { proveBackup } from './extract.ts';

export interface BackupOptions {
  readonly dataDir: string;
  /** A new file. */
  readonly file: string;
  readonly passphrase: string;
  /** Also the chains of networks that have members elsewhere; those of this machine alone are always in it. */
  readonly chains: boolean;
  /** What the owner is called; null: as the own node is. */
  readonly name: string | null;
  /** The open own key; null in the folder of a local network without an app. */
  readonly key: { readonly identity: Identity; readonly protection: ProtectionKind } | null;
  /** This process has locked the data folder. */
  readonly isLocked: boolean;
}

export interface MadeBackup {
  readonly catalogue: Catalogue;
  readonly sizeBytes: number;
}

interface StagedChain {
  readonly entry: Catalogue['chains'][number];
  readonly file: string;
}

/** Rejects with NetworkError; then there is no file. */
export function makeBackup(options: BackupOptions, workOptions: WorkOptions): Promise<MadeBackup> {
  const { dataDir, file } = options;
  const work = new Work(workOptions);
  return withNetworkErrors(async () => {
    const staging = await asideFolder(dataDir, 'making');
    const draft = `${file}.part`;
    await refuseExisting(file);
    makeFolder(staging);
    try {
      const { networks, chains } = await collectNetworks(options, staging, work);
      const files = await collectFiles(dataDir);
      const catalogue = catalogueOf(options, networks, files, chains);
      await fs.rm(draft, { force: true });
      const bytes = contentBytes(catalogue);
      // It is restored once, to prove it.
      await requireSpace({ folder: staging, bytes }, { folder: path.dirname(file), bytes });
      await write(draft, options, { catalogue, files, chains }, work);
      const proof = path.join(staging, 'proof');
      const proven = await proveBackup(draft, options.passphrase, proof, work);
      await moveToNew(draft, file);
      return { catalogue: proven, sizeBytes: (await fs.stat(file)).size };
    } finally {
      await fs.rm(staging, { recursive: true, force: true });
      await fs.rm(draft, { force: true });
    }
  });
}

async function refuseExisting(file: string): Promise<void> {
  const found = await fs.lstat(file).catch(() => null);
  if (found !== null) throw new BackupError('exists', file, 'there is a file already; it was kept');
  await withBackupErrors(path.dirname(file), () => fs.access(path.dirname(file), constants.W_OK));
}

async function collectNetworks(options: BackupOptions, staging: string, work: Work) {
  const { dataDir, isLocked } = options;
  const found = foundNetworks(dataDir);
  const access: DatabaseAccess = { isLocked, signal: work.signal };
  const networks: StoredNetwork[] = [];
  const chains: StagedChain[] = [];
  for (const [index, network] of found.entries()) {
    work.stage('collecting', index, found.length);
    const { id, name, isWhole, nodes } = network;
    const source = await tallest(network, access);
    const hasChain = source !== null && (isWhole || options.chains);
    const chain = hasChain ? await stageChain(network, source.files, staging, access) : null;
    if (chain !== null) chains.push(chain);
    const height = chain?.entry.height ?? source?.height ?? null;
    networks.push({ id, name, isWhole, nodeCount: nodes.length, height, hasChain });
  }
  work.stage('collecting', found.length, found.length);
  return { networks, chains };
}

/** Of a network's nodes the one whose chain is the longest: a node that does not run may have an old one. */
async function tallest({ nodes }: FoundNetwork, access: DatabaseAccess) {
  let best: { readonly files: NetworkFiles; readonly height: Height } | null = null;
  for (const files of nodes) {
    const height = await heightOf(files, access);
    if (height !== null && height > (best?.height ?? 0)) best = { files, height };
  }
  return best;
}

async function stageChain(
  { id }: FoundNetwork,
  files: NetworkFiles,
  staging: string,
  access: DatabaseAccess,
): Promise<StagedChain> {
  const file = path.join(staging, `${id}.sqlite`);
  await requireSpace({ folder: staging, bytes: await bytesOf(files) });
  await copyDatabase(files, file, access);
  const { height, hash } = factsOf(file, true);
  const { size } = await fs.stat(file);
  const entry = { networkId: id, sizeBytes: size, sha256: await digestOf(file), height, hash: toText(hash) };
  return { entry, file };
}

/** With what has not come to its place yet. */
async function bytesOf({ database }: NetworkFiles): Promise<number> {
  const stats = [database, `${database}-wal`].map((each) => fs.stat(each).catch(() => null));
  return (await Promise.all(stats)).reduce((sum, stat) => sum + (stat?.size ?? 0), 0);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('base64url');
}

interface SmallFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** They are few and small, so all of them are read at one moment. */
async function collectFiles(dataDir: string): Promise<SmallFile[]> {
  const files: SmallFile[] = [];
  for (const relative of smallFiles(dataDir))
    files.push({ path: relative, bytes: await fs.readFile(path.join(dataDir, relative)) });
  return files;
}

function catalogueOf(
  { dataDir, name, key }: BackupOptions,
  networks: readonly StoredNetwork[],
  files: readonly SmallFile[],
  chains: readonly StagedChain[],
): Catalogue {
  return {
    version: 1,
    madeAtMs: Date.now(),
    appVersion: VERSION,
    name: name ?? ownName(dataDir),
    key: key === null ? null : { publicKey: toText(key.identity.publicKey), protection: key.protection },
    networks: [...networks],
    files: files.map(({ path: relative, bytes }) => {
      const sha256 = toText(sodiumCrypto.hash(bytes));
      return { path: relative, sizeBytes: bytes.length, sha256 };
    }),
    chains: chains.map(({ entry }) => entry),
  };
}

interface Contents {
  readonly catalogue: Catalogue;
  readonly files: readonly SmallFile[];
  readonly chains: readonly StagedChain[];
}

async function write(
  draft: string,
  { passphrase, key }: BackupOptions,
  { catalogue, files, chains }: Contents,
  work: Work,
): Promise<void> {
  const total = contentBytes(catalogue);
  work.stage('writing', 0, 100);
  const head = encodeCatalogue(catalogue);
  const writer = await BackupWriter.create(draft, passphrase, head.length + total);
  let done = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writer.append(bytes);
    done += bytes.length;
    work.stage('writing', percentOf(done, total), 100);
  };
  try {
    await writer.append(head);
    if (key !== null) await append(seedOf(key.identity));
    for (const { bytes } of files) await append(bytes);
    for (const { file } of chains) {
      for await (const part of createReadStream(file, { highWaterMark: 1024 * 1024 }))
        await append(part as Buffer);
    }
    await writer.finish();
  } finally {
    await writer.close();
  }
}

/** What appeared there meanwhile is kept. */
async function moveToNew(draft: string, file: string): Promise<void> {
  await withBackupErrors(file, async () => {
    try {
      await fs.link(draft, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw error;
      // FAT, as on many USB sticks, has no links.
      await refuseExisting(file);
      await fs.rename(draft, file);
    }
  });
  syncFolder(path.dirname(file));
}
