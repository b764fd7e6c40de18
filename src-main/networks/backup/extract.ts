/** Takes a backup apart into a folder, and checks all of it there, before anything of it is used. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { equalBytes, fromText, toText } from '../../core/bytes.ts';
import { BackupError } from '../../identity/backup-errors.ts';
import { IdentityError } from '../../identity/errors.ts';
import { inspectIdentity, publicKeyOf } from '../../identity/identity-file.ts';
import { forget, secretBytes } from '../../identity/secret-memory.ts';
import { SEED_BYTES } from '../../identity/seed-box.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { checkIntegrity, factsOf } from '../../storage/copies.ts';
import { StorageError } from '../../storage/errors.ts';
import { NetworkError } from '../errors.ts';
import { makeFolder } from '../folder-faults.ts';
import { readGenesis } from '../genesis.ts';
import { requireSpace } from '../disk-space.ts';
import type { Work } from '../work.ts';
import { contentBytes, openBackup, percentOf } from './catalogue.ts';
import type { Catalogue, OpenedBackup } from './catalogue.ts';

export interface Extracted {
  readonly catalogue: Catalogue;
  /** Where everything is: the small files at their places, the chains as `chainFile` says. */
  readonly folder: string;
  /** Of the own key; the caller forgets it. */
  readonly seed: Uint8Array | null;
}

export function chainFile(folder: string, networkId: string): string {
  return path.join(folder, `${networkId}.sqlite`);
}

/** The genesis files of a network in a backup, and what is before them in their paths: '' or `nodes/3/`. */
export function nodePrefixes({ files }: Catalogue, networkId: string): string[] {
  const end = `networks/${networkId}/genesis.ssz`;
  return files.flatMap(({ path: each }) =>
    each === end || each.endsWith(`/${end}`) ? each.slice(0, each.length - end.length) : [],
  );
}

/** Does all that a restore does before it puts anything into its place; then the folder is removed. */
export async function proveBackup(
  file: string,
  passphrase: string,
  folder: string,
  work: Work,
): Promise<Catalogue> {
  try {
    const { seed, catalogue } = await extractBackup(file, passphrase, folder, work);
    if (seed !== null) forget(seed);
    return catalogue;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Into a folder that is made for it. Rejects with BackupError and others; the caller removes the folder. */
export async function extractBackup(
  file: string,
  passphrase: string,
  folder: string,
  work: Work,
): Promise<Extracted> {
  await fs.rm(folder, { recursive: true, force: true });
  makeFolder(folder);
  const opened = await openBackup(file, passphrase);
  let seed: Uint8Array | null = null;
  try {
    await requireSpace({ folder, bytes: contentBytes(opened.catalogue) });
    seed = await readSeed(opened);
    await extractFiles(opened, file, folder, work);
    await opened.reader.finish();
    const extracted = { catalogue: opened.catalogue, folder, seed };
    await check(extracted, file, work);
    return extracted;
  } catch (error) {
    if (seed !== null) forget(seed);
    throw error;
  } finally {
    await opened.reader.close();
  }
}

async function readSeed({ catalogue, reader }: OpenedBackup): Promise<Uint8Array | null> {
  if (catalogue.key === null) return null;
  const seed = secretBytes(SEED_BYTES);
  const bytes = await reader.read(SEED_BYTES);
  seed.set(bytes);
  forget(bytes);
  return seed;
}

async function extractFiles(
  { catalogue, reader }: OpenedBackup,
  file: string,
  folder: string,
  work: Work,
): Promise<void> {
  const entries = [
    ...catalogue.files.map((entry) => ({ ...entry, target: path.join(folder, ...entry.path.split('/')) })),
    ...catalogue.chains.map((entry) => ({
      ...entry,
      path: entry.networkId,
      target: chainFile(folder, entry.networkId),
    })),
  ];
  const total = contentBytes(catalogue);
  let done = 0;
  for (const { path: name, sizeBytes, sha256, target } of entries) {
    makeFolder(path.dirname(target));
    const written = await fs.open(target, 'wx', 0o600);
    const hash = createHash('sha256');
    try {
      for await (const part of reader.parts(sizeBytes)) {
        await written.writeFile(part);
        hash.update(part);
        done += part.length;
        work.stage('proving', percentOf(done, total), 100);
      }
      await written.sync();
    } finally {
      await written.close();
    }
    if (hash.digest('base64url') !== sha256)
      throw new BackupError('damaged', file, `the backup is damaged (${name})`);
  }
}

/** The keys open, each genesis is that of its network, each chain is whole and ends where the catalogue says. */
async function check({ catalogue, folder, seed }: Extracted, file: string, work: Work): Promise<void> {
  const damaged = (what: string, cause?: unknown) =>
    new BackupError('damaged', file, `the backup is damaged (${what})`, cause);
  const { key, networks, chains } = catalogue;
  if (key !== null && seed !== null && toText(publicKeyOf(seed)) !== key.publicKey) throw damaged('the key');
  for (const { path: each } of catalogue.files) {
    if (each.endsWith('/identity/key.json'))
      await inspectIdentity(path.dirname(path.join(folder, each))).catch((error: unknown) => {
        throw error instanceof IdentityError ? damaged(each, error) : error;
      });
  }
  for (const { id } of networks) {
    for (const prefix of nodePrefixes(catalogue, id))
      checkGenesis(path.join(folder, prefix, 'networks', id, 'genesis.ssz'), id, damaged);
  }
  for (const { networkId, height, hash } of chains) {
    const chain = chainFile(folder, networkId);
    try {
      await checkIntegrity(chain, () => work.check());
      const facts = factsOf(chain, true);
      const isSame = facts.height === height && toText(facts.hash) === hash;
      const network = fromText(networkId);
      if (!isSame || network === undefined || !equalBytes(sodiumCrypto.hash(facts.genesisBytes), network))
        throw damaged(`the chain of ${networkId}`);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.code === 'newer-version')
        throw new BackupError('newer-version', file, 'its database was written by a newer version', error);
      throw damaged(error.message, error);
    }
  }
}

function checkGenesis(
  file: string,
  id: string,
  damaged: (what: string, cause?: unknown) => BackupError,
): void {
  try {
    readGenesis(file, id, sodiumCrypto);
  } catch (error) {
    throw error instanceof NetworkError ? damaged(`the genesis of ${id}`, error) : error;
  }
}
