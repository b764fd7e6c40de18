import { constants, copyFile, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a private file so that after a crash there is the old content or the new one, never a part: beside
 * its place, synchronised, then moved. With `mayReplace: false` an existing file stays and the promise
 * rejects with EEXIST.
 */
export async function writeDurably(path: string, text: string, mayReplace: boolean): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await (mayReplace ? rename(draft, path) : moveToNew(draft, path));
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

async function moveToNew(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error;
    // FAT and some network disks have no links.
    await copyFile(draft, path, constants.COPYFILE_EXCL);
  }
}

/** Windows has no such call and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
