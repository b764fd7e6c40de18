import { accessSync, constants, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { equalBytes } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { encodeMembers } from '../core/encoding.ts';
import type { Hash, Member, PublicKey } from '../core/types.ts';
import type { StateWrite } from '../ledger/types.ts';
import type { ChainReader, StoredTip } from '../node/ports.ts';
import { BlockWriter } from './block-writer.ts';
import { BundleTable } from './bundle-table.ts';
import { type Connection, openConnection, openForReading, plain, userVersion } from './connection.ts';
import { StorageError, withStorageErrors } from './errors.ts';
import { checkFile, checkReadable, lockedInstead } from './file-check.ts';
import { backUp, migrate, MIGRATIONS, newestVersion, versionsOf } from './migrations/migrate.ts';
import type { Migration } from './migrations/migration.ts';
import { Origins } from './origins.ts';
import { SqliteStore } from './sqlite-store.ts';
import { syncFolder } from './sync.ts';

/** Block 1 and what follows from it, as the ledger computes it. */
export interface GenesisBlock {
  readonly genesisBytes: Uint8Array;
  /** What block 1 shows as its header; its hash, the chain id, is given and not computed from it. */
  readonly headerBytes: Uint8Array;
  readonly hash: Hash;
  /** The ledger state after block 1. */
  readonly snapshot: Uint8Array;
  /** The initial values, `peer:<public key>`. */
  readonly writes: readonly StateWrite[];
  /** C_2, in the order of ids. */
  readonly committee: readonly Member[];
}

export interface StoreOptions {
  /** The database file; its folder exists. */
  readonly path: string;
  /** The own key: its lane and its safety log are in the file. */
  readonly publicKey: PublicKey;
}

export interface OpenOptions extends StoreOptions {
  /** When given, a database of another network is refused. */
  readonly genesisBytes?: Uint8Array;
  /** Told after an older database was copied to `path` and before the original is migrated. */
  readonly onBackup?: (path: string) => void;
  /** The app's own unless a test brings others. */
  readonly migrations?: readonly Migration[];
}

export interface StoreDependencies {
  readonly crypto: Crypto;
}

/**
 * Makes the database of a new node with block 1 in it. It is built beside its place and moved there when it
 * is complete: after a crash it is there or it is not.
 * @throws StorageError `exists`, `missing` (the folder), `read-only`, `disk-full`, `io`
 */
export function createStore(
  options: StoreOptions,
  genesis: GenesisBlock,
  dependencies: StoreDependencies,
): SqliteStore {
  const { path } = options;
  return withStorageErrors(path, () => {
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path)) throw new StorageError('exists', path, 'there is a database already');
    const draft = `${path}.new`;
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(draft + suffix, { force: true });
    const connection = openConnection(draft);
    try {
      connection.transaction(() => {
        migrate(connection, MIGRATIONS);
        writeGenesis(connection, options.publicKey, genesis, dependencies.crypto);
      })();
    } finally {
      // Closing copies the log into the file, synchronised.
      connection.close();
    }
    renameSync(draft, path);
    syncFolder(dirname(path));
    return openStore(options, dependencies);
  });
}

/**
 * Opens the database of a node. What is wrong with the file is found before anything is written to it; an
 * older one is copied, then migrated in one transaction.
 * @throws StorageError `missing`, `not-a-database`, `newer-version`, `older-version`, `corrupt`, `read-only`,
 * `locked`, `other-network`, `other-identity`
 */
export function openStore(options: OpenOptions, dependencies: StoreDependencies): SqliteStore {
  const { path, publicKey, migrations = MIGRATIONS } = options;
  checkFile(path, versionsOf(migrations));
  return withStorageErrors(path, () => {
    const connection = openExclusively(path);
    try {
      checkOwner(connection, options);
      if (userVersion(connection) < newestVersion(migrations)) {
        const copy = backUp(connection, path);
        options.onBackup?.(copy);
        migrate(connection, migrations);
        connection.pragma('wal_checkpoint(TRUNCATE)');
      }
      const tip = readTip(connection, path);
      return new SqliteStore({ path, publicKey, tip }, { connection, ...dependencies });
    } catch (error) {
      connection.close();
      throw error;
    }
  });
}

/** Looks at a database as openStore would, and changes nothing. @throws StorageError as openStore */
export function checkStore(path: string): void {
  checkFile(path, versionsOf(MIGRATIONS));
}

/**
 * Opens the database of a node that does not run, only to look at it: file and log stay as they are, and
 * nothing of it need be writable except its folder, where SQLite keeps an index of the log.
 * @throws StorageError `missing`, `not-a-database`, `newer-version`, `older-version`, `corrupt`, `locked`
 */
export function openReader(path: string, dependencies: StoreDependencies): ChainReader & { close(): void } {
  checkReadable(path, versionsOf(MIGRATIONS));
  return withStorageErrors(path, () => {
    const connection = openForReading(path);
    try {
      const publicKey = readMeta(connection, path, 'publicKey');
      const tip = readTip(connection, path);
      return new SqliteStore({ path, publicKey, tip }, { connection, ...dependencies });
    } catch (error) {
      connection.close();
      throw lockedInstead(error, path);
    }
  });
}

function openExclusively(path: string): Connection {
  try {
    const connection = openConnection(path);
    // The check's shared index; it is ours alone now and not used any more.
    rmSync(`${path}-shm`, { force: true });
    return connection;
  } catch (error) {
    throw lockedInstead(error, path);
  }
}

function writeGenesis(
  connection: Connection,
  publicKey: PublicKey,
  genesis: GenesisBlock,
  crypto: Crypto,
): void {
  const { genesisBytes, headerBytes, hash, snapshot, writes, committee } = genesis;
  const writeMeta = connection.prepare<[string, Uint8Array]>('INSERT INTO meta (key, value) VALUES (?, ?)');
  writeMeta.run('genesis', genesisBytes);
  writeMeta.run('publicKey', publicKey);
  const origins = new Origins(connection);
  const blocks = new BlockWriter(connection, origins, new BundleTable(connection, origins, crypto));
  const none = new Uint8Array(0);
  const committeeHash = crypto.hash(encodeMembers(committee));
  blocks.appendRow({
    height: 1,
    hash,
    committeeHash,
    committee,
    header: headerBytes,
    certificate: none,
    results: none,
  });
  blocks.writeState(writes);
  blocks.writeTip({ height: 1, hash, snapshot });
}

function checkOwner(connection: Connection, { path, publicKey, genesisBytes }: OpenOptions): void {
  const storedGenesis = readMeta(connection, path, 'genesis');
  if (genesisBytes !== undefined && !equalBytes(storedGenesis, genesisBytes)) {
    throw new StorageError('other-network', path, 'the database belongs to another network');
  }
  if (!equalBytes(readMeta(connection, path, 'publicKey'), publicKey)) {
    throw new StorageError('other-identity', path, 'the database belongs to another key');
  }
}

function readMeta(connection: Connection, path: string, key: 'genesis' | 'publicKey'): Uint8Array {
  const select = connection.prepare<[string], Uint8Array>('SELECT value FROM meta WHERE key = ?').pluck();
  const value = select.get(key);
  if (value === undefined) throw new StorageError('corrupt', path, `the database has no ${key}`);
  return plain(value);
}

function readTip(connection: Connection, path: string): StoredTip {
  const tip = connection.prepare<[], StoredTip>('SELECT height, hash, snapshot FROM tip').get();
  const newest = connection.prepare<[], number | null>('SELECT max(height) FROM blocks').pluck().get();
  if (tip === undefined || newest !== tip.height) {
    throw new StorageError('corrupt', path, 'the chain and its tip do not fit');
  }
  return { height: tip.height, hash: plain(tip.hash), snapshot: plain(tip.snapshot) };
}
