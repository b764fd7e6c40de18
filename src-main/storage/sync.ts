import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Returns when the content of the file is on the disk. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/**
 * Returns when a new, renamed or removed entry of the folder is on the disk. Windows has no such call and
 * needs none.
 */
export function syncFolder(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
