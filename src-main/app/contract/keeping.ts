/** Keeping what one has: backups, restoring one, and locking the key. */
import { Type, type Static } from 'typebox';
import { NewPassphrase, Passphrase } from './identity.ts';
import { Count, DisplayName, LocalTimeMs, NetworkId, Nullable, Record, Text32, Word } from './primitives.ts';

/** A file of the machine that the host runs on. */
export const FilePath = Type.String({ minLength: 1, maxLength: 4096, pattern: '^[^\\u0000]+$' });

export const LastBackup = Record({ path: FilePath, madeAtMs: LocalTimeMs, sizeBytes: Count });
export type LastBackup = Static<typeof LastBackup>;

export const BackupState = Record({
  /** A file that is not there yet, to begin with. */
  suggestedPath: FilePath,
  /** The last one that was made and proven here. */
  last: Nullable(LastBackup),
  /** Whether the host can show the system's dialog for choosing a file. */
  canChoose: Type.Boolean(),
  /** Where small automatic backups are, without chains; null while there is none. */
  rolling: Nullable(Record({ folder: FilePath, newestAtMs: LocalTimeMs, count: Count })),
});
export type BackupState = Static<typeof BackupState>;

/** `chains`: also those of networks that have members elsewhere. A file that exists is kept (`backup-exists`). */
export const MakeBackupRequest = Record({
  path: FilePath,
  passphrase: NewPassphrase,
  chains: Type.Boolean(),
});
export type MakeBackupRequest = Static<typeof MakeBackupRequest>;

export const OpenBackupRequest = Record({ path: FilePath, passphrase: Passphrase });
export type OpenBackupRequest = Static<typeof OpenBackupRequest>;

export const BackupContents = Record({
  /** By the clock of the machine that made it. */
  madeAtMs: LocalTimeMs,
  appVersion: Type.String({ maxLength: 64 }),
  name: Nullable(DisplayName),
  publicKey: Nullable(Text32),
  networks: Type.Array(
    Record({
      id: NetworkId,
      name: DisplayName,
      /** All of its nodes are in it: a network of one machine alone. */
      isWhole: Type.Boolean(),
      nodeCount: Count,
      height: Nullable(Count),
      hasChain: Type.Boolean(),
    }),
    { maxItems: 256 },
  ),
  /** There is a key here, or networks: they have to move first. */
  inUse: Type.Boolean(),
});
export type BackupContents = Static<typeof BackupContents>;

/** `mayReplace`: a key and networks that are here move into a dated backup first; without it, `folder-in-use`. */
export const RestoreBackupRequest = Record({
  path: FilePath,
  passphrase: Passphrase,
  mayReplace: Type.Boolean(),
});
export type RestoreBackupRequest = Static<typeof RestoreBackupRequest>;

export const ChooseFileRequest = Record({
  purpose: Word('save-backup', 'open-backup'),
  suggestedPath: FilePath,
});
export type ChooseFileRequest = Static<typeof ChooseFileRequest>;
/** Null: the person chose none. */
export const ChooseFileResponse = Record({ path: Nullable(FilePath) });
