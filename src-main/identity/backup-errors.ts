export type BackupErrorCode =
  /** The file does not begin as a backup does. */
  | 'not-a-backup'
  /** Written by a newer version of the app. */
  | 'newer-version'
  /** The passphrase does not open it; a damaged beginning looks the same. */
  | 'wrong-passphrase'
  /** The file ends before the backup does. */
  | 'truncated'
  /** Something in it was changed, or is not what it must be. */
  | 'damaged'
  /** There is such a file already, and it is kept. */
  | 'exists'
  | 'missing'
  | 'permissions'
  | 'disk-full'
  | 'io';

/** Why a backup could not be made or used; `path` names the file. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  readonly path: string;

  constructor(code: BackupErrorCode, path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'BackupError';
    this.code = code;
    this.path = path;
  }
}

const OF_ERRNO: Readonly<Record<string, readonly [code: BackupErrorCode, message: string]>> = {
  ENOENT: ['missing', 'there is no such file or folder'],
  ENOTDIR: ['missing', 'there is no such file or folder'],
  EISDIR: ['not-a-backup', 'it is a folder'],
  EEXIST: ['exists', 'there is a file already; it was kept'],
  EACCES: ['permissions', 'access is denied to this user'],
  EPERM: ['permissions', 'access is denied to this user'],
  EROFS: ['permissions', 'the disk cannot be written'],
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
};

/** Runs file work; throws BackupError for what the file system refuses. */
export async function withBackupErrors<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
    const [code, message] = OF_ERRNO[String(error.code)] ?? (['io', 'the file could not be used'] as const);
    throw new BackupError(code, path, `${message} (${String(error.code)})`, error);
  }
}
