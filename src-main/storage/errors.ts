import Database from 'better-sqlite3';

export type StorageErrorCode =
  | 'missing'
  /** createStore found a file where it should make one. */
  | 'exists'
  | 'not-a-database'
  /** Written by a newer version of the app: `found` and `supported` are set. */
  | 'newer-version'
  /** Written by a development version, in a format that cannot be migrated: `found` and `supported` are set. */
  | 'older-version'
  | 'corrupt'
  | 'read-only'
  /** Another process has it: `pid` is set where it is known. */
  | 'locked'
  | 'busy'
  | 'disk-full'
  | 'io'
  /** The database belongs to another genesis. */
  | 'other-network'
  /** The database belongs to another key: its safety log says nothing about this one. */
  | 'other-identity'
  /** The turn contradicts what is stored: an invariant of the caller is broken. */
  | 'invalid-turn';

export interface StorageErrorDetails {
  readonly cause?: unknown;
  /** The process that has it locked. */
  readonly pid?: number;
  /** Version of the database, and the newest one that this app knows (of an older one: the oldest). */
  readonly found?: number;
  readonly supported?: number;
}

/** What the disk refused, or what was found there; `path` names the file. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly path: string;
  readonly pid: number | null;
  readonly found: number | null;
  readonly supported: number | null;

  constructor(code: StorageErrorCode, path: string, message: string, details: StorageErrorDetails = {}) {
    super(`${path}: ${message}`, { cause: details.cause });
    this.name = 'StorageError';
    this.code = code;
    this.path = path;
    this.pid = details.pid ?? null;
    this.found = details.found ?? null;
    this.supported = details.supported ?? null;
  }
}

/**
 * By primary result code; an extended one (SQLITE_IOERR_FSYNC) begins with it.
 * https://sqlite.org/rescode.html
 */
const CODE_OF_RESULT: readonly (readonly [prefix: string, code: StorageErrorCode, message: string])[] = [
  ['SQLITE_FULL', 'disk-full', 'the disk is full'],
  ['SQLITE_IOERR', 'io', 'the disk could not be read or written'],
  ['SQLITE_CANTOPEN', 'io', 'the file could not be opened'],
  ['SQLITE_NOMEM', 'io', 'there is not enough memory'],
  ['SQLITE_CORRUPT', 'corrupt', 'the database is damaged'],
  ['SQLITE_NOTADB', 'not-a-database', 'the file is not a database'],
  ['SQLITE_READONLY', 'read-only', 'the file cannot be written'],
  ['SQLITE_PERM', 'read-only', 'the file cannot be accessed'],
  ['SQLITE_BUSY', 'busy', 'another process is using the database'],
  ['SQLITE_LOCKED', 'busy', 'the database is in use'],
  ['SQLITE_CONSTRAINT', 'invalid-turn', 'the write contradicts what is stored'],
];

/** POSIX codes of node:fs. */
const CODE_OF_ERRNO: Readonly<Record<string, readonly [code: StorageErrorCode, message: string]>> = {
  ENOENT: ['missing', 'there is no such file'],
  EEXIST: ['exists', 'the file exists already'],
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
  EACCES: ['read-only', 'access is denied'],
  EPERM: ['read-only', 'access is denied'],
  EROFS: ['read-only', 'the disk cannot be written'],
  EISDIR: ['not-a-database', 'it is a folder'],
};

/**
 * What SQLite or the file system threw, as a StorageError; anything else is a mistake of ours and stays as it
 * is.
 */
export function toStorageError(error: unknown, path: string): unknown {
  if (error instanceof StorageError) return error;
  if (error instanceof Database.SqliteError) {
    const known = CODE_OF_RESULT.find(([prefix]) => error.code.startsWith(prefix));
    if (known === undefined) return error;
    return new StorageError(known[1], path, `${known[2]} (${error.code}: ${error.message})`, {
      cause: error,
    });
  }
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    const known = CODE_OF_ERRNO[String(error.code)];
    const [code, message] = known ?? ['io' as const, 'the file could not be used'];
    return new StorageError(code, path, `${message} (${String(error.code)})`, { cause: error });
  }
  return error;
}

/** Runs one piece of work on the file at `path`; throws StorageError for what the disk refuses. */
export function withStorageErrors<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toStorageError(error, path);
  }
}
