import { accessSync, closeSync, constants, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { APPLICATION_ID, type Connection, openForReading, userVersion } from './connection.ts';
import { StorageError, withStorageErrors } from './errors.ts';

/** https://sqlite.org/fileformat2.html#the_database_header */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const PAGE_SIZE_OFFSET = 16;
const CHANGE_COUNTER_OFFSET = 24;
const PAGE_COUNT_OFFSET = 28;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
const VALID_FOR_OFFSET = 92;

/**
 * Up to this size the whole file is checked, in well under a second; above, the tables that the node signs
 * from.
 */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;
const VITAL_TABLES = ['meta', 'tip', 'safety', 'lane', 'queue', 'node_records', 'committees', 'origins'];

const ANYBODY_WRITES = 0o222;

/** What a log, a shared index and a rollback journal are called. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];

/** Formats that can be read; older ones of these are migrated. */
export interface Versions {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * Looks at a database that is to be written, without changing a byte of it.
 * @throws StorageError `missing`, `not-a-database`, `newer-version`, `older-version`, `corrupt`, `read-only`, `locked`
 */
export function checkFile(path: string, supported: Versions): void {
  withStorageErrors(path, () => {
    checkHeader(path, supported);
    checkWritable(path);
    checkContent(path, supported);
  });
}

/** The same for a database that is only read. @throws StorageError as checkFile, except `read-only` */
export function checkReadable(path: string, supported: Versions): void {
  withStorageErrors(path, () => {
    checkHeader(path, supported);
    checkContent(path, supported);
  });
}

function checkHeader(path: string, supported: Versions): void {
  const stat = statSync(path);
  if (!stat.isFile()) throw new StorageError('not-a-database', path, 'it is not a file');
  const header = readHeader(path);
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new StorageError('not-a-database', path, 'the file is not a database');
  }
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) {
    throw new StorageError('not-a-database', path, 'the database is of another program');
  }
  checkVersion(path, header.readUInt32BE(USER_VERSION_OFFSET), supported);
  // While there is a log, the end of the file may still be in it.
  const hasLog = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
  const storedSize = header.readUInt16BE(PAGE_SIZE_OFFSET);
  const sizeBytes = (storedSize === 1 ? 65_536 : storedSize) * header.readUInt32BE(PAGE_COUNT_OFFSET);
  const isCountValid = header.readUInt32BE(CHANGE_COUNTER_OFFSET) === header.readUInt32BE(VALID_FOR_OFFSET);
  if (!hasLog && isCountValid && stat.size < sizeBytes) {
    throw new StorageError('corrupt', path, `the file ends after ${stat.size} of ${sizeBytes} bytes`);
  }
}

function readHeader(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function checkVersion(path: string, found: number, { oldest, newest }: Versions): void {
  if (found > newest) {
    const message = `it was written by a newer version of the app (format ${found}, this one knows ${newest})`;
    throw new StorageError('newer-version', path, message, { found, supported: newest });
  }
  if (found < oldest) {
    const message = `it was written by an older version of the app (format ${found}, this one reads from ${oldest} on)`;
    throw new StorageError('older-version', path, message, { found, supported: oldest });
  }
}

function checkWritable(path: string): void {
  for (const place of [path, dirname(path)]) {
    try {
      accessSync(place, constants.R_OK | constants.W_OK);
    } catch (cause) {
      throw new StorageError('read-only', path, `${place} cannot be written`, { cause });
    }
    // The administrator may write everything, and still must not change what somebody has protected.
    if ((statSync(place).mode & ANYBODY_WRITES) === 0) {
      throw new StorageError('read-only', path, `${place} is protected against writing`);
    }
  }
}

/**
 * SQLite's own view, log included. Even a reader makes side files; where the file is refused, those that were
 * not there are taken away again. Where it is not, the connection that follows takes care of them.
 */
function checkContent(path: string, supported: Versions): void {
  const absent = SIDE_FILES.map((suffix) => path + suffix).filter((sideFile) => !existsSync(sideFile));
  try {
    readContent(path, supported);
  } catch (error) {
    const reason = lockedInstead(error, path);
    // In use: what has appeared meanwhile is the other process's.
    const isLocked = reason instanceof StorageError && reason.code === 'locked';
    if (!isLocked) for (const sideFile of absent) rmSync(sideFile, { force: true });
    throw reason;
  }
}

function readContent(path: string, supported: Versions): void {
  const connection = openForReading(path);
  try {
    checkVersion(path, userVersion(connection), supported);
    const problem = firstProblem(connection, statSync(path).size);
    if (problem !== null) throw new StorageError('corrupt', path, `the database is damaged: ${problem}`);
  } finally {
    connection.close();
  }
}

function firstProblem(connection: Connection, sizeBytes: number): string | null {
  const checks =
    sizeBytes <= FULL_CHECK_BYTES ? ['quick_check(1)'] : VITAL_TABLES.map((name) => `quick_check(${name})`);
  for (const check of checks) {
    const result = String(connection.pragma(check, { simple: true }));
    if (result !== 'ok') return result;
  }
  return null;
}

/**
 * A database is opened once per process and for as long as that lives: busy means that another one has it.
 */
export function lockedInstead(error: unknown, path: string): unknown {
  const isBusy = error instanceof Error && 'code' in error && /^SQLITE_BUSY/.test(String(error.code));
  return isBusy ? new StorageError('locked', path, 'another process has it open', { cause: error }) : error;
}
