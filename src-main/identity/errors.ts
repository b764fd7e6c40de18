export type IdentityErrorCode =
  | 'missing'
  | 'exists'
  /** The key is encrypted and no passphrase was given. */
  | 'passphrase-required'
  | 'wrong-passphrase'
  /**
   * The system's keyring that holds the key is not there, or does not know it (another account, another
   * machine).
   */
  | 'keyring-unavailable'
  | 'corrupt'
  /** Others than the owner can read the key file, or the owner cannot. */
  | 'permissions'
  | 'unsupported-version'
  | 'disk-full'
  | 'io';

/** Why the key of a node cannot be had; `path` names the file. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  readonly path: string;

  constructor(code: IdentityErrorCode, path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, { cause });
    this.name = 'IdentityError';
    this.code = code;
    this.path = path;
  }
}

const CODE_OF_ERRNO: Readonly<Record<string, IdentityErrorCode>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EEXIST: 'exists',
  EACCES: 'permissions',
  EPERM: 'permissions',
  EROFS: 'permissions',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
};

/** Runs file work; throws IdentityError for what the file system refuses. */
export async function withIdentityErrors<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error;
    const code = CODE_OF_ERRNO[String(error.code)] ?? 'io';
    throw new IdentityError(code, path, `the file could not be used (${String(error.code)})`, error);
  }
}
