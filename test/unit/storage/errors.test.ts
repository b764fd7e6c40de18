import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { StorageError } from '../../../src-main/storage/errors.ts';
import { type StorageErrorCode, toStorageError } from '../../../src-main/storage/errors.ts';

const codeOf = (error: unknown) => (toStorageError(error, '/data/node.sqlite') as StorageError).code;

it('knows what SQLite says, also in its extended codes', () => {
  const expected: Record<string, StorageErrorCode> = {
    SQLITE_FULL: 'disk-full',
    SQLITE_IOERR: 'io',
    SQLITE_IOERR_FSYNC: 'io',
    SQLITE_CANTOPEN_ISDIR: 'io',
    SQLITE_NOMEM: 'io',
    SQLITE_CORRUPT: 'corrupt',
    SQLITE_CORRUPT_INDEX: 'corrupt',
    SQLITE_NOTADB: 'not-a-database',
    SQLITE_READONLY_DIRECTORY: 'read-only',
    SQLITE_PERM: 'read-only',
    SQLITE_BUSY_SNAPSHOT: 'busy',
    SQLITE_LOCKED: 'busy',
    SQLITE_CONSTRAINT_UNIQUE: 'invalid-turn',
  };
  for (const [code, storageCode] of Object.entries(expected)) {
    expect(codeOf(new Database.SqliteError('message', code)), code).toBe(storageCode);
  }
});

it('knows what the file system says', () => {
  const expected: Record<string, StorageErrorCode> = {
    ENOENT: 'missing',
    EEXIST: 'exists',
    ENOSPC: 'disk-full',
    EDQUOT: 'disk-full',
    EACCES: 'read-only',
    EROFS: 'read-only',
    EISDIR: 'not-a-database',
    EIO: 'io',
  };
  for (const [code, storageCode] of Object.entries(expected)) {
    expect(codeOf(Object.assign(new Error(code), { code, syscall: 'open' })), code).toBe(storageCode);
  }
});

it('names the file and keeps the cause', () => {
  const cause = new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
  const error = toStorageError(cause, '/data/node.sqlite') as StorageError;
  expect(error).toMatchObject({
    name: 'StorageError',
    path: '/data/node.sqlite',
    cause,
    pid: null,
    found: null,
  });
  expect(error.message).toContain('/data/node.sqlite');
  expect(toStorageError(error, '/elsewhere')).toBe(error);
});

it('leaves mistakes of ours as they are', () => {
  const mistakes = [
    new TypeError('x'),
    new Database.SqliteError('syntax', 'SQLITE_ERROR'),
    'text',
    undefined,
  ];
  for (const mistake of mistakes) expect(toStorageError(mistake, '/data')).toBe(mistake);
});
