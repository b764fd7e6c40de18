/** Data folders with a key and networks in which nothing runs, and backups of them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { toText } from '../../../../src-main/core/bytes.ts';
import { createIdentity } from '../../../../src-main/identity/identity-file.ts';
import type { Identity } from '../../../../src-main/identity/identity-file.ts';
import { makeBackup } from '../../../../src-main/networks/backup/make.ts';
import type { BackupOptions } from '../../../../src-main/networks/backup/make.ts';
import { restoreBackup } from '../../../../src-main/networks/backup/restore.ts';
import type { RestoreOptions } from '../../../../src-main/networks/backup/restore.ts';
import { createOwnNetwork } from '../../../../src-main/networks/create.ts';
import { identityFolder } from '../../../../src-main/networks/folders.ts';
import type { WorkOptions } from '../../../../src-main/networks/types.ts';

export const PASSPHRASE = 'four words to remember';

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-backup-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface AppFolder {
  readonly dataDir: string;
  readonly identity: Identity;
  readonly publicKey: string;
  readonly networkId: string;
}

/** An app's data folder with a key that is not encrypted, settings, and a local network. */
export async function appFolder(nodeCount = 2): Promise<AppFolder> {
  const dataDir = temporaryFolder();
  const identity = await createIdentity(identityFolder(dataDir));
  const { publicKey } = identity;
  fs.writeFileSync(path.join(dataDir, 'settings.json'), '{"theme":"dark"}\n', { mode: 0o600 });
  const networkId = await createOwnNetwork(
    { networkName: 'Home', nodeCount },
    { dataDir, name: 'Ada', publicKey },
    {},
  );
  return { dataDir, identity, publicKey: toText(publicKey), networkId };
}

export function backUp(
  { dataDir, identity }: AppFolder,
  file: string,
  options: Partial<BackupOptions> = {},
  work: WorkOptions = {},
) {
  const key = { identity, protection: 'none' } as const;
  const common = { dataDir, file, passphrase: PASSPHRASE, chains: false, name: null, key, isLocked: true };
  return makeBackup({ ...common, ...options }, work);
}

export function restoreInto(dataDir: string, file: string, options: Partial<RestoreOptions> = {}) {
  const protect = () => ({ kind: 'none' }) as const;
  const common = { dataDir, file, passphrase: PASSPHRASE, protect, mayReplace: false };
  return restoreBackup({ ...common, ...options }, {});
}

/** More bytes than the disk of the tests has room for. A file of holes may be as long. */
export function tooMuch(): number {
  const { bavail, bsize } = fs.statfsSync(os.tmpdir());
  return bavail * bsize + 4 * 2 ** 30;
}

/** Every file below a folder, with `/`. */
export function filesOf(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}
