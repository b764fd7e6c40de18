/** Copies of databases: made while a node writes or does not run, looked through, and handed to new owners. */
import { existsSync, rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Hash, Height, PublicKey } from '../core/types.ts';
import { type Connection, openConnection, openForReading, plain } from './connection.ts';
import { StorageError, toStorageError, withStorageErrors } from './errors.ts';
import { checkReadable, lockedInstead } from './file-check.ts';
import { MIGRATIONS, versionsOf } from './migrations/migrate.ts';
import { syncFile } from './sync.ts';

/** So much is copied before others get their turn (pages of 4 KiB). */
const PAGES_PER_TURN = 1_024;

export interface CopyOptions {
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the copying; what is there of the copy goes away. */
  readonly signal?: AbortSignal;
}

/**
 * Copies the database of an open connection, which may go on writing: the copy is what is there when it ends (SQLite's
 * backup API). On return it is on the disk. Rejects with StorageError.
 */
export async function copyConnection(
  connection: Connection,
  target: string,
  { onProgress, signal }: CopyOptions = {},
): Promise<void> {
  const remove = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(target + suffix, { force: true });
  };
  remove();
  try {
    await connection.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        signal?.throwIfAborted();
        onProgress?.(totalPages - remainingPages, totalPages);
        return PAGES_PER_TURN;
      },
    });
    syncFile(target);
  } catch (error) {
    remove();
    throw toStorageError(error, target);
  }
}

/**
 * The same of a database that no process has open. `isLocked`: the caller keeps others from its folder, so that what
 * SQLite leaves beside a file that it may only read can go away again. Rejects with StorageError.
 */
export async function copyClosed(
  path: string,
  target: string,
  { isLocked, ...options }: CopyOptions & { readonly isLocked: boolean },
): Promise<void> {
  const { connection, close } = openClosed(path, isLocked);
  try {
    await copyConnection(connection, target, options);
  } catch (error) {
    throw lockedInstead(error, path);
  } finally {
    close();
  }
}

function openClosed(path: string, isLocked: boolean): { connection: Connection; close: () => void } {
  const isOurs = isLocked && !existsSync(`${path}-wal`);
  checkReadable(path, versionsOf(MIGRATIONS));
  const connection = withStorageErrors(path, () => openForReading(path));
  const close = (): void => {
    connection.close();
    if (isOurs) for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  };
  return { connection, close };
}

/** What a database says of itself. */
export interface StoredFacts {
  readonly genesisBytes: Uint8Array;
  readonly publicKey: PublicKey;
  readonly height: Height;
  readonly hash: Hash;
}

/** Looks at a database that no process has open; `isLocked` as in copyClosed. @throws StorageError */
export function factsOf(path: string, isLocked: boolean): StoredFacts {
  const { connection, close } = openClosed(path, isLocked);
  try {
    return withStorageErrors(path, () => readFacts(connection, path));
  } catch (error) {
    throw lockedInstead(error, path);
  } finally {
    close();
  }
}

function readFacts(connection: Connection, path: string): StoredFacts {
  const tip = connection
    .prepare<[], { height: number; hash: Uint8Array }>('SELECT height, hash FROM tip')
    .get();
  const newest = connection.prepare<[], number | null>('SELECT max(height) FROM blocks').pluck().get();
  const meta = connection.prepare<[string], Uint8Array>('SELECT value FROM meta WHERE key = ?').pluck();
  const [genesis, publicKey] = [meta.get('genesis'), meta.get('publicKey')];
  if (tip === undefined || newest !== tip.height || genesis === undefined || publicKey === undefined)
    throw new StorageError('corrupt', path, 'the chain and its tip do not fit');
  return {
    genesisBytes: plain(genesis),
    publicKey: plain(publicKey),
    height: tip.height,
    hash: plain(tip.hash),
  };
}

/** Every page and index of a copy that nobody uses; others get their turn between two tables. Throws StorageError. */
export async function checkIntegrity(path: string, onTurn?: () => void): Promise<void> {
  const connection = withStorageErrors(path, () => openForReading(path));
  try {
    const tables = withStorageErrors(path, () =>
      connection.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all(),
    );
    for (const table of tables) {
      await nextTurn();
      onTurn?.();
      const result = withStorageErrors(path, () =>
        String(connection.pragma(`integrity_check("${table}")`, { simple: true })),
      );
      if (result !== 'ok') throw new StorageError('corrupt', path, `the database is damaged: ${result}`);
    }
  } finally {
    connection.close();
  }
}

/**
 * Makes a copy the database of a node of a network that comes back as a whole: all of its members begin at this block,
 * and none of them, nor anybody else, knows of anything later. So there is nothing that the node may have forgotten.
 * What the owner of the copy had accepted stays with that owner.
 * @throws StorageError
 */
export function handOver(path: string, publicKey: PublicKey): void {
  withStorageErrors(path, () => {
    const connection = openConnection(path);
    try {
      connection.transaction(() => {
        const owner = connection
          .prepare<[], Uint8Array>("SELECT value FROM meta WHERE key = 'publicKey'")
          .pluck()
          .get();
        const isOwner = owner !== undefined && Buffer.compare(owner, publicKey) === 0;
        connection.prepare("UPDATE meta SET value = ? WHERE key = 'publicKey'").run(publicKey);
        connection.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('safetyLog', x'')").run();
        connection.exec('DELETE FROM safety; DELETE FROM node_records;');
        if (!isOwner) connection.exec('DELETE FROM lane; DELETE FROM queue;');
      })();
    } finally {
      connection.close();
    }
  });
}
