/** Folders that the system does not let us make or use, in sentences: not a fault of the program. */
import fs from 'node:fs';
import path from 'node:path';
import { NetworkError } from './errors.ts';
import { toNetworkError } from './translate-errors.ts';

export interface FolderFault {
  readonly code: string;
  readonly message: string;
  readonly path: string;
}

const FAULTS: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  ENOTDIR: ['not-a-folder', 'there is a file where a folder must be'],
  EEXIST: ['not-a-folder', 'there is a file where a folder must be'],
  EISDIR: ['not-a-file', 'there is a folder where a file must be'],
  ENOENT: ['folder-missing', 'it is not there and cannot be made'],
  ENAMETOOLONG: ['folder-missing', 'the name is too long'],
  ELOOP: ['folder-missing', 'its links lead in a circle'],
  EIO: ['disk-failed', 'the disk could not be read or written'],
};

/** What the system says of a file or a folder; undefined for every other error. */
export function folderFault(error: unknown): FolderFault | undefined {
  const known = toNetworkError(error);
  if (known instanceof NetworkError) {
    const { code, message, params } = known;
    return typeof params['path'] === 'string' ? { code, message, path: params['path'] } : undefined;
  }
  const { code, path: place } = error as NodeJS.ErrnoException;
  const found = FAULTS[code ?? ''];
  if (found === undefined || place === undefined) return undefined;
  return { code: found[0], message: `${place}: ${found[1]}`, path: place };
}

/**
 * Makes a folder, and those above it, for this user alone. Not `recursive` of node:fs: where the system denies a
 * folder with ENOENT although the one above is there (/proc), that tries for ever.
 */
export function makeFolder(folder: string): void {
  const found = fs.statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  const parent = path.dirname(folder);
  if (found === undefined && parent !== folder) makeFolder(parent);
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in this moment.
    if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
