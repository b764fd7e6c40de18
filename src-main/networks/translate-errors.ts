/** What the parts of a node throw, as NetworkError; what is none of it stays as it is. */
import { BackupError } from '../identity/backup-errors.ts';
import type { BackupErrorCode } from '../identity/backup-errors.ts';
import { IdentityError } from '../identity/errors.ts';
import type { IdentityErrorCode } from '../identity/errors.ts';
import { TransportError } from '../network/errors.ts';
import { NodeStartError } from '../node/diva-node.ts';
import { StorageError } from '../storage/errors.ts';
import type { StorageErrorCode } from '../storage/errors.ts';
import { NetworkError } from './errors.ts';
import type { NetworkErrorCode } from './errors.ts';

const OF_STORAGE: Readonly<Record<StorageErrorCode, NetworkErrorCode>> = {
  missing: 'database-missing',
  exists: 'not-empty',
  'not-a-database': 'database-corrupt',
  'newer-version': 'database-newer',
  'older-version': 'database-older',
  corrupt: 'database-corrupt',
  'read-only': 'database-read-only',
  locked: 'folder-locked',
  busy: 'folder-locked',
  'disk-full': 'disk-full',
  io: 'database-corrupt',
  'other-network': 'folder-corrupt',
  'other-identity': 'folder-corrupt',
  'invalid-turn': 'internal',
};

const OF_IDENTITY: Readonly<Record<IdentityErrorCode, NetworkErrorCode>> = {
  missing: 'identity-missing',
  exists: 'not-empty',
  'passphrase-required': 'identity-locked',
  'wrong-passphrase': 'wrong-passphrase',
  'keyring-unavailable': 'keyring-unavailable',
  corrupt: 'identity-corrupt',
  permissions: 'identity-permissions',
  'unsupported-version': 'identity-corrupt',
  'disk-full': 'disk-full',
  io: 'identity-corrupt',
};

const OF_BACKUP: Readonly<Record<BackupErrorCode, NetworkErrorCode>> = {
  'not-a-backup': 'backup-unknown',
  'newer-version': 'backup-newer',
  'wrong-passphrase': 'backup-passphrase',
  truncated: 'backup-truncated',
  damaged: 'backup-damaged',
  exists: 'backup-exists',
  missing: 'backup-missing',
  permissions: 'permission-denied',
  'disk-full': 'disk-full',
  io: 'backup-unreadable',
};

/** What node:fs says of a path that it names. */
const OF_ERRNO: Readonly<Record<string, readonly [code: NetworkErrorCode, reason: string]>> = {
  EACCES: ['permission-denied', 'access is denied to this user'],
  EPERM: ['permission-denied', 'access is denied to this user'],
  EROFS: ['permission-denied', 'the disk cannot be written'],
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
};

export function toNetworkError(error: unknown): unknown {
  if (error instanceof StorageError) {
    const { path, pid, found, supported } = error;
    const known = Object.entries({ pid, found, supported }).filter(([, value]) => value !== null);
    const params = { path, ...(Object.fromEntries(known) as Record<string, number>) };
    return new NetworkError(OF_STORAGE[error.code], error.message, params, error);
  }
  if (error instanceof IdentityError) {
    return new NetworkError(OF_IDENTITY[error.code], error.message, { path: error.path }, error);
  }
  if (error instanceof BackupError) {
    return new NetworkError(OF_BACKUP[error.code], error.message, { path: error.path }, error);
  }
  if (error instanceof TransportError) {
    const params = error.port === null ? {} : { port: error.port };
    if (error.code === 'address-in-use') return new NetworkError('port-in-use', error.message, params, error);
    if (error.code === 'permission-denied')
      return new NetworkError('permission-denied', error.message, params, error);
    return new NetworkError('internal', error.message, params, error);
  }
  if (error instanceof NodeStartError) return new NetworkError('database-corrupt', error.message, {}, error);
  const { code, path } = error as NodeJS.ErrnoException;
  const [denied, reason] = OF_ERRNO[code ?? ''] ?? [];
  if (denied === undefined || path === undefined) return error;
  return new NetworkError(denied, `${path}: ${reason}`, { path }, error);
}

export async function withNetworkErrors<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toNetworkError(error);
  }
}
