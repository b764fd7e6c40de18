/**
 * Whether a disk has space for what is about to be written. Work that needs much asks before it begins: a disk that is
 * full also ends the voting of every node on it.
 */
import fs from 'node:fs/promises';
import { NetworkError } from './errors.ts';

/** The nodes on this disk write on meanwhile. */
const SPARE_BYTES = 32 * 1024 * 1024;
const MEGABYTE = 1_000_000;

export interface Need {
  /** A folder that is there. */
  readonly folder: string;
  readonly bytes: number;
}

/** Folders of one disk share its space. Rejects with NetworkError `no-space`. */
export async function requireSpace(...needs: readonly Need[]): Promise<void> {
  const disks = new Map<number, Need>();
  for (const { folder, bytes } of needs) {
    const { dev } = await fs.stat(folder);
    disks.set(dev, { folder, bytes: bytes + (disks.get(dev)?.bytes ?? SPARE_BYTES) });
  }
  for (const { folder, bytes } of disks.values()) {
    const { bavail, bsize } = await fs.statfs(folder);
    const missing = bytes - bavail * bsize;
    if (missing <= 0) continue;
    const message = `${folder}: ${Math.ceil(missing / MEGABYTE)} MB more are needed on this disk`;
    throw new NetworkError('no-space', message, { path: folder, missingBytes: missing });
  }
}
