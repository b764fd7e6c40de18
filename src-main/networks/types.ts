/**
 * What a person calls a network, as the hosts and the command line see it. A network is a folder: below the data
 * folder of its node (`networks/<id>/`), where the id is the chain id as text. A *local* network is one whose
 * nodes all run on this machine, each with its own data folder, key, ports and database.
 */
import type { Genesis, HashText, PeerText } from '../core/types.ts';
import type { NodeFacade, SigningState } from '../node/facade.ts';
import type { TransportFaults } from '../node/ports.ts';
import type { NetworkError } from './errors.ts';
import type { MembershipDesk } from './shared/desk-types.ts';
import type { NodeReach } from './reach-types.ts';

export const MAX_LOCAL_NODES = 16;

/**
 * The named stages of long work, in the order of the work that has them: create = keys, genesis, then start =
 * starting, connecting, agreement; add = keys, starting, sponsor, stake; remove = agreement, stopping, backup;
 * stop = stopping; make a backup = collecting, writing, proving; restore one = proving, restoring; join = reach (a peer
 * of the invitation answers), session, request (its owner decides), addPeer, catchUp (blocks), ready, stake, member.
 */
export type StageName =
  | 'keys'
  | 'genesis'
  | 'starting'
  | 'connecting'
  | 'agreement'
  | 'sponsor'
  | 'stake'
  | 'stopping'
  | 'backup'
  | 'collecting'
  | 'writing'
  | 'proving'
  | 'restoring'
  | 'reach'
  | 'session'
  | 'request'
  | 'addPeer'
  | 'catchUp'
  | 'ready'
  | 'member'
  | 'leaving';

export interface StageProgress {
  readonly stage: StageName;
  /**
   * "2 of 4"; 0 of 0 where there is nothing to count. The stage is over when another one begins or the work
   * ends.
   */
  readonly done: number;
  readonly total: number;
  /** Since the work began. */
  readonly elapsedMs: number;
}

/** For all long work: how it goes, and a way out. An aborted signal rejects with NetworkError `cancelled`. */
export interface WorkOptions {
  readonly onStage?: (progress: StageProgress) => void;
  /** Which stages there are turned out to be others than `AnyNetwork.stages` said. */
  readonly onStages?: (stages: readonly StageName[]) => void;
  readonly signal?: AbortSignal;
}

/** killed: by kill(). failed: it ended by itself or never became ready (see `failure`). */
export type NodeProcessState = 'stopped' | 'starting' | 'running' | 'stopping' | 'killed' | 'failed';

export interface NodePorts {
  readonly udp: number;
  readonly api: number;
  readonly feed: number;
}

/** One node of a local network at this moment. */
export interface LocalNode {
  readonly publicKey: PeerText;
  readonly name: string;
  /** Runs in this very process (hosts); such a node starts and stops with its network only. */
  readonly isOwn: boolean;
  readonly state: NodeProcessState;
  /** While it runs. */
  readonly pid: number | null;
  readonly ports: NodePorts;
  /** Its data folder: what `--data-dir` takes. */
  readonly dataDir: string;
  readonly tokenFile: string;
  readonly logFile: string;
  /** Why it is `failed`. */
  readonly failure: NetworkError | null;
  /** What it says of its signing; null before it spoke. */
  readonly signing: SigningState | null;
}

export type LocalNetworkEvent =
  /** A node was added or its state changed. */
  | { readonly type: 'node'; readonly node: LocalNode }
  | { readonly type: 'nodeRemoved'; readonly publicKey: PeerText; readonly backupPath: string }
  /** A port that the node should have was taken; it uses the next free one. */
  | {
      readonly type: 'portTaken';
      readonly name: string;
      readonly purpose: keyof NodePorts;
      readonly wanted: number;
      readonly used: number;
    }
  /** What was taken the fast way did not lead to the block that the invitation names: it goes on by the full way. */
  | { readonly type: 'fastWayDropped' };

/** Another node of this machine. */
export interface KnownPeer {
  readonly publicKey: PeerText;
  readonly name: string;
  readonly ports: NodePorts;
}

/** A node that runs in this process: node, API and feed as one. */
export interface NodeInstance {
  readonly facade: NodeFacade;
  /** Its friendly name. */
  readonly name: string;
  readonly networkId: string;
  readonly ports: NodePorts;
  readonly tokenFile: string;
  /** How other machines reach it; null in a network of this machine alone. */
  readonly reach: NodeReach | null;
  /** The other nodes of this machine are these from now on, at these ports. */
  setPeers(peers: readonly KnownPeer[]): void;
  /** Of a network over several machines; null for a local one. */
  readonly desk: MembershipDesk | null;
  /** Graceful: everything accepted is durable, the ports are free and the folder is unlocked when it resolves. */
  close(): Promise<void>;
}

export interface RemovedNode {
  /** Null for a member without a node here: its adding was cancelled when the others had agreed already. */
  readonly backupPath: string | null;
}

/** What can be done with every network of a host. */
export interface AnyNetwork {
  /** The chain id as text, and the name of the folder below `networks/`. */
  readonly id: HashText;
  readonly name: string;
  /** Those of this machine; the own node first, where there is one. */
  nodes(): readonly LocalNode[];
  /** The node of this process; null while stopped, and always on the command line. */
  own(): NodeInstance | null;
  subscribe(listener: (event: LocalNetworkEvent) => void): () => void;
  /** Those that `start` goes through now. */
  stages(): readonly StageName[];
  /** Starts every stopped node; resolves when all take part. A network that is being joined goes on with that. */
  start(options?: WorkOptions): Promise<void>;
  /** Stops every node, gracefully. */
  stop(options?: WorkOptions): Promise<void>;
}

/** A network whose members run on several machines: the own node is the only one here. */
export interface SharedNetwork extends AnyNetwork {
  readonly kind: 'shared';
  /** The own node joins, and its fast way was dropped: it goes the full one. */
  readonly hasDroppedFastWay: boolean;
  /**
   * The own key leaves the chain; the node takes part until the others can decide without it. Resolves then, at once
   * for a key that is no member. Rejects with NetworkError `last-member`.
   */
  leave(options?: WorkOptions): Promise<void>;
}

export type Network = LocalNetwork | SharedNetwork;

/**
 * A local network: its supervisor. Nodes start and stop one piece of work after the other; adding and removing one
 * leave room for that while the members agree.
 */
export interface LocalNetwork extends AnyNetwork {
  readonly kind: 'local';
  readonly genesis: Genesis;
  startNode(publicKey: PeerText, options?: WorkOptions): Promise<void>;
  stopNode(publicKey: PeerText, options?: WorkOptions): Promise<void>;
  /** kill -9. Resolves when the process has ended; works at any time, also during other work. */
  killNode(publicKey: PeerText): Promise<void>;
  /** A new key joins the running network and is given stake by the votes of the others. */
  addNode(options?: WorkOptions & { readonly name?: string }): Promise<LocalNode>;
  /** The member leaves the chain; the folder of its node, where it has one here, moves to a dated backup. */
  removeNode(publicKey: PeerText, options?: WorkOptions): Promise<RemovedNode>;
  /** Loss and delay of every datagram of every node, also of those started later. */
  setFaults(faults: TransportFaults): Promise<void>;
}

/** What is in a data folder, without opening anything. */
export interface NetworkSummary {
  readonly id: HashText;
  readonly name: string;
  readonly kind: 'local' | 'shared';
  /** The own node included. */
  readonly localNodeCount: number;
  /** The own node has not arrived yet: opening it goes on with joining. */
  readonly isJoining: boolean;
  /** When its folder was made, by this machine's clock. */
  readonly createdAtMs: number | null;
}

/**
 * Starts node processes; `child_process.fork` here, Electron's utilityProcess in the Electron host. The child
 * runs node-process.ts, and must end when this process ends, whatever ended it.
 */
export interface ProcessHost {
  start(options: { readonly name: string; readonly logFile: string }): NodeChild;
}

export interface NodeChild {
  /** Undefined before it runs (utilityProcess tells it late). */
  readonly pid: number | undefined;
  /** Plain JSON. Ignored when the process has ended. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once; also when it could not be started at all (code null, signal null). */
  onExit(listener: (exit: { readonly code: number | null; readonly signal: string | null }) => void): void;
}
