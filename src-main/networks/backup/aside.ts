/** Folders in which backups are made, proved and taken apart: beside everything else, and gone afterwards. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from '../running-file.ts';

const NAME = /^\.(?:making|restoring)-(\d+)$/;

/** Of this process. What killed ones left is taken away: it holds nothing that is not elsewhere. */
export async function asideFolder(dataDir: string, purpose: 'making' | 'restoring'): Promise<string> {
  await clearAside(dataDir);
  return path.join(dataDir, `.${purpose}-${process.pid}`);
}

export async function clearAside(dataDir: string): Promise<void> {
  const names = await fs.readdir(dataDir).catch(() => []);
  for (const name of names) {
    const [, pid] = NAME.exec(name) ?? [];
    const isLeft = pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)));
    if (isLeft) await fs.rm(path.join(dataDir, name), { recursive: true, force: true });
  }
}
