/**
 * What the app needs from below besides the open network itself: the networks on disk and the own identity.
 * `networks/` provides it; the hosts put both together.
 */
import type { LocalNetwork, NetworkSummary, WorkOptions } from '../networks/types.ts';
import type { Identity } from './contract/shell.ts';

export interface OwnKey {
  readonly publicKey: Uint8Array;
  readonly protection: Identity['protection'];
}

export interface LocalNetworkOptions {
  readonly displayName: string;
  readonly networkName: string;
  readonly nodeCount: number;
}

export interface AppBackend {
  /** Null until the first network has made one. */
  identity(): Promise<OwnKey | null>;
  listNetworks(): Promise<readonly NetworkSummary[]>;
  /** Makes keys, genesis and folders, and leaves nothing behind when it fails or is cancelled. Nothing runs yet. */
  createLocalNetwork(options: LocalNetworkOptions, work: WorkOptions): Promise<LocalNetwork>;
  /** Reads the network's folder. Nothing runs yet. */
  loadNetwork(networkId: string): Promise<LocalNetwork>;
  /** Moves the folder of a network that does not run into a dated backup, and resolves with its path. */
  removeNetwork(networkId: string): Promise<string>;
}
