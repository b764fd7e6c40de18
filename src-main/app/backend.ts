/**
 * What the app needs from below: the networks on disk, the one that is running, the own identity, proofs. `networks/`
 * provides it; the hosts put both together.
 */
import type { NodeFacade } from '../node/facade.ts';
import type { Identity } from './contract/shell.ts';
import type { TaskReporter } from './tasks.ts';

/** A network's folder on disk. */
export interface StoredNetwork {
  readonly id: string;
  readonly name: string;
  readonly chainId: string;
  readonly localNodeCount: number;
  readonly createdAtMs: number | null;
}

export interface LocalNode {
  readonly publicKey: string;
  readonly name: string;
  readonly isSelf: boolean;
  /** Null for the own node: it lives in this process. */
  readonly process: {
    readonly state: 'running' | 'stopped' | 'starting' | 'stopping' | 'killed' | 'failed';
    readonly pid: number | null;
  } | null;
}

/** A network whose own node runs in this process, with the processes of its other local nodes. */
export interface RunningNetwork {
  readonly stored: StoredNetwork;
  readonly node: NodeFacade;
  localNodes(): readonly LocalNode[];
  /** Called whenever a process changes its state. */
  subscribe(listener: () => void): () => void;
  startNode(publicKey: string): Promise<void>;
  stopNode(publicKey: string): Promise<void>;
  killNode(publicKey: string): Promise<void>;
  addNode(report: TaskReporter): Promise<void>;
  /** Resolves with the backup's path. */
  removeNode(publicKey: string, report: TaskReporter): Promise<string>;
  /** Ends every process and the own node. */
  close(): Promise<void>;
}

export interface LocalNetworkOptions {
  readonly displayName: string;
  readonly networkName: string;
  readonly nodeCount: number;
}

export interface AppBackend {
  identity(): Promise<Identity | null>;
  listNetworks(): Promise<readonly StoredNetwork[]>;
  /** Leaves nothing behind when it fails or is cancelled. */
  createLocalNetwork(options: LocalNetworkOptions, report: TaskReporter): Promise<RunningNetwork>;
  openNetwork(networkId: string, report: TaskReporter): Promise<RunningNetwork>;
  /** Moves the folder of a closed network into a dated backup and resolves with its path. */
  removeNetwork(networkId: string): Promise<string>;
}
