/** Backups of the hosts' data folder. */
import { isInUse, restoreBackup, tryRestore } from '../networks/backup/restore.ts';
import { inspectBackup } from '../networks/backup/catalogue.ts';
import { makeBackup } from '../networks/backup/make.ts';
import { rollBackup, rollingState } from '../networks/backup/rolling.ts';
import type { Protection, ProtectionKind } from '../identity/key-protector.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { BackupAccess } from './backend.ts';
import type { OwnKey } from './own-key.ts';

export interface KeepingOptions {
  readonly dataDir: string;
  /** How a key is closed that comes from a backup. */
  readonly protect: (was: ProtectionKind, passphrase: string) => Protection;
}

/** The caller holds the lock of the data folder. */
export function keepingBackend({ dataDir, protect }: KeepingOptions, key: OwnKey): BackupAccess {
  return {
    make: async ({ file, passphrase, chains, name }, work) => {
      const own = await key.openIfThere();
      const made = await makeBackup(
        { dataDir, file, passphrase, chains, name, key: own, isLocked: true },
        work,
      );
      return { sizeBytes: made.sizeBytes, madeAtMs: made.catalogue.madeAtMs };
    },
    inspect: async (file, passphrase) => {
      const catalogue = await withNetworkErrors(() => inspectBackup(file, passphrase));
      return { catalogue, inUse: await isInUse(dataDir) };
    },
    prove: async (file, passphrase, work) => {
      await tryRestore({ dataDir, file, passphrase }, work);
    },
    restore: async ({ file, passphrase, mayReplace }, work) => {
      const options = {
        dataDir,
        file,
        passphrase,
        mayReplace,
        protect: (was: ProtectionKind) => protect(was, passphrase),
      };
      return key.replace(passphrase, () => restoreBackup(options, work));
    },
    roll: (options) => rollBackup(dataDir, options),
    rolling: () => rollingState(dataDir),
  };
}
