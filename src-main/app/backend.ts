/**
 * What the app needs from below besides the open network itself: the networks on disk and the own key.
 * `networks/` and `identity/` provide it; the hosts put both together.
 */
import type { LocalNetwork, Network, NetworkSummary, SharedNetwork, WorkOptions } from '../networks/types.ts';
import type { Leftover } from '../networks/leftovers.ts';
import type { Catalogue } from '../networks/backup/catalogue.ts';
import type { RollingState } from '../networks/backup/rolling.ts';
import type { Identity, IdentityState } from './contract/identity.ts';
import type { CreateSharedNetworkRequest, JoinNetworkRequest } from './contract/joining.ts';

/** What can be said of the own key without opening it. */
export interface OwnKeyState {
  readonly publicKey: Uint8Array;
  readonly protection: Identity['protection'];
  readonly access: Identity['access'];
  readonly keyring: string | null;
}

/** The own key as a person sees it. Everything rejects with IdentityError. */
export interface OwnKeyAccess {
  readonly newKey: IdentityState['newKey'];
  /** Null until the first network has made one. */
  state(): Promise<OwnKeyState | null>;
  /** With what the host has: its keyring, or the passphrase that it was started with. */
  open(): Promise<unknown>;
  unlock(passphrase: string): Promise<void>;
  /** The key file is replaced only when the new one was proven to open. */
  setPassphrase(current: string | null, next: string): Promise<void>;
  /**
   * Wipes the open key from memory; only the person opens it again. Rejects with AppError `not-lockable` for a key that
   * anybody who sits here can open.
   */
  lock(): Promise<void>;
}

/** Backups of the data folder. Everything rejects with NetworkError or IdentityError. */
export interface BackupAccess {
  make(
    options: {
      readonly file: string;
      readonly passphrase: string;
      readonly chains: boolean;
      readonly name: string | null;
    },
    work: WorkOptions,
  ): Promise<{ readonly sizeBytes: number; readonly madeAtMs: number }>;
  inspect(
    file: string,
    passphrase: string,
  ): Promise<{ readonly catalogue: Catalogue; readonly inUse: boolean }>;
  /** Restores it into a folder that goes away again. */
  prove(file: string, passphrase: string, work: WorkOptions): Promise<void>;
  /** No network is open. The restored key is open afterwards. */
  restore(
    options: { readonly file: string; readonly passphrase: string; readonly mayReplace: boolean },
    work: WorkOptions,
  ): Promise<{ readonly movedTo: string | null }>;
  /** A small automatic backup, if something has changed; false when nothing has. */
  roll(options: { readonly onlyThis: boolean }): Promise<boolean>;
  rolling(): RollingState | null;
}

export interface LocalNetworkOptions {
  readonly displayName: string;
  readonly networkName: string;
  readonly nodeCount: number;
  /** Closes the own key if it is made now. */
  readonly passphrase: string | null;
}

export interface AppBackend {
  readonly key: OwnKeyAccess;
  readonly backup: BackupAccess;
  listNetworks(): Promise<readonly NetworkSummary[]>;
  /** Makes keys, genesis and folders, and leaves nothing behind when it fails or is cancelled. Nothing runs yet. */
  createLocalNetwork(options: LocalNetworkOptions, work: WorkOptions): Promise<LocalNetwork>;
  /** The same for a network over several machines. */
  createSharedNetwork(options: CreateSharedNetworkRequest, work: WorkOptions): Promise<SharedNetwork>;
  /** Makes the folder, with the invitation in it. Nothing is sent yet. */
  joinNetwork(options: JoinNetworkRequest): Promise<SharedNetwork>;
  /** Reads the network's folder. Nothing runs yet. `newDatabase`: the own node begins anew if its database is gone. */
  loadNetwork(networkId: string, options: { readonly newDatabase: boolean }): Promise<Network>;
  /** Node processes below the data folder that this process or an earlier one started. Rejects with NetworkError. */
  leftovers(): Promise<readonly Leftover[]>;
  /** Resolves when it has ended. */
  endLeftover(leftover: Leftover): Promise<void>;
  /** Moves the folder of a network that does not run into a dated backup, and resolves with its path. */
  removeNetwork(networkId: string): Promise<string>;
  /**
   * Moves the own key, which is in the way, and all networks into one dated backup, and resolves with its path. No
   * network is open. Rejects with AppError for a key that is not in the way.
   */
  startOver(): Promise<string>;
}
