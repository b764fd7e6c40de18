/** The nodes of a local network: what is written about them, how they are, and who is told when that changes. */
import type { HashText, PeerText } from '../core/types.ts';
import { peersOf, writeConfigs } from './create.ts';
import { NetworkError } from './errors.ts';
import { logFile, moveToBackup, networkFiles } from './folders.ts';
import type { TakenPort } from './free-ports.ts';
import { InnerNode, ProcessNode } from './managed-node.ts';
import type { ManagedNode } from './managed-node.ts';
import { nodeFolder, writeManifest } from './manifest.ts';
import type { Manifest, ManifestNode } from './manifest.ts';
import { openNodeInstance } from './node-instance.ts';
import type { NodeInstanceOptions } from './node-instance.ts';
import type { ServeNode } from './served-node.ts';
import type { LocalNetworkEvent, LocalNode, NodeInstance, NodePorts, ProcessHost } from './types.ts';
import { Changes } from './work.ts';

export interface LocalNetworkDependencies {
  readonly processes: ProcessHost;
  readonly serve: ServeNode;
}

/** The host's own node. */
export type OwnNodeOptions = Pick<
  NodeInstanceOptions,
  'dataDir' | 'identity' | 'fixedPorts' | 'openToken' | 'newDatabase'
> & { readonly logLevel?: NodeInstanceOptions['logLevel'] };

export interface LocalNetworkOptions {
  /** The folder with the list of nodes. */
  readonly home: string;
  /** Below it, removed nodes are kept: `backups/`. */
  readonly backupDir: string;
  /** For a network whose first node runs in this process. */
  readonly own: OwnNodeOptions | null;
}

export class NodeList {
  readonly id: HashText;
  /** Notified whenever a node is another one than before. */
  readonly changes = new Changes();
  readonly #options: LocalNetworkOptions;
  readonly #dependencies: LocalNetworkDependencies;
  readonly #nodes = new Map<PeerText, ManagedNode>();
  readonly #listeners = new Set<(event: LocalNetworkEvent) => void>();
  /** What was last told of each node, so that only changes are. */
  readonly #told = new Map<PeerText, string>();
  #manifest: Manifest;
  #inner: InnerNode | null = null;

  constructor(options: LocalNetworkOptions, manifest: Manifest, dependencies: LocalNetworkDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#manifest = manifest;
    this.id = manifest.id;
    for (const node of manifest.nodes) this.#nodes.set(node.publicKey, this.#makeNode(node));
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  get own(): NodeInstance | null {
    return this.#inner?.instance ?? null;
  }

  subscribe(listener: (event: LocalNetworkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Throws NetworkError `not-found`. */
  entry(publicKey: PeerText): ManifestNode {
    const entry = this.#find(publicKey);
    if (entry === undefined) throw new NetworkError('not-found', 'there is no such node', { publicKey });
    return entry;
  }

  node(entry: ManifestNode): ManagedNode {
    return this.#nodes.get(entry.publicKey)!;
  }

  all(): readonly ManagedNode[] {
    return [...this.#nodes.values()];
  }

  has(publicKey: PeerText): boolean {
    return this.#nodes.has(publicKey);
  }

  describe(entry: ManifestNode): LocalNode {
    const { publicKey, name, isOwn, ports } = entry;
    const dataDir = this.dataDirOf(entry);
    const { state, pid, failure, status: signing } = this.node(entry);
    const tokenFile = networkFiles(dataDir, this.id).token;
    return {
      publicKey,
      name,
      isOwn,
      state,
      pid,
      ports,
      dataDir,
      tokenFile,
      logFile: logFile(dataDir),
      failure,
      signing,
    };
  }

  dataDirOf(node: ManifestNode): string {
    if (!node.isOwn) return nodeFolder(this.#options.home, node.number);
    const { own, home } = this.#options;
    if (own === null) throw new NetworkError('invalid-options', `the network in ${home} belongs to an app`);
    return own.dataDir;
  }

  /** A node that is no member yet; its folder is there. */
  add(entry: ManifestNode): void {
    this.#nodes.set(entry.publicKey, this.#makeNode(entry));
    const nodes = [...this.#manifest.nodes, entry];
    this.save({ ...this.#manifest, nextNumber: entry.number + 1, nodes }, entry.publicKey);
    this.#tell(entry.publicKey);
  }

  /** Takes a node that does not run off the list and its folder out of the way; returns where that is now. */
  remove({ publicKey, name, number }: ManifestNode): string {
    this.#nodes.delete(publicKey);
    this.#told.delete(publicKey);
    this.save({
      ...this.#manifest,
      nodes: this.#manifest.nodes.filter((node) => node.publicKey !== publicKey),
    });
    const backupPath = moveToBackup(nodeFolder(this.#options.home, number), this.#options.backupDir, name);
    this.#emit({ type: 'nodeRemoved', publicKey, backupPath });
    return backupPath;
  }

  /** Writes the list, and tells every node that runs where the others are. */
  save(manifest: Manifest, joining: PeerText | null = null): void {
    this.#manifest = manifest;
    writeManifest(this.#options.home, manifest);
    writeConfigs(manifest, (node) => networkFiles(this.dataDirOf(node), this.id).folder, joining);
    for (const entry of manifest.nodes) this.#tellPeers(entry);
  }

  #tellPeers(entry: ManifestNode): void {
    const node = this.node(entry);
    if (node.state !== 'running') return;
    const order = { type: 'peers', peers: peersOf(entry, this.#manifest.nodes) } as const;
    node.order(order).catch(() => undefined);
  }

  #find(publicKey: PeerText): ManifestNode | undefined {
    return this.#manifest.nodes.find((node) => node.publicKey === publicKey);
  }

  #makeNode(entry: ManifestNode): ManagedNode {
    const dataDir = this.dataDirOf(entry);
    const { publicKey, name } = entry;
    const events = {
      changed: () => {
        this.#tell(publicKey);
        this.changes.notify();
      },
      ready: (ports: NodePorts) => this.#onReady(publicKey, ports),
      portTaken: (taken: TakenPort) => this.#emit({ type: 'portTaken', name, ...taken }),
    };
    const { own } = this.#options;
    const { processes, serve } = this.#dependencies;
    if (!entry.isOwn || own === null) {
      const options = { name, dataDir, networkId: this.id, logFile: logFile(dataDir) };
      return new ProcessNode(options, { processes, events });
    }
    this.#inner = new InnerNode(
      (onPortTaken) => openNodeInstance({ logLevel: 'info', ...own, networkId: this.id, onPortTaken }, serve),
      { events },
    );
    return this.#inner;
  }

  /** While it was starting, others may have moved: it is told as well. */
  #onReady(publicKey: PeerText, ports: NodePorts): void {
    const before = this.#find(publicKey);
    if (before === undefined) return;
    if (JSON.stringify(before.ports) === JSON.stringify(ports)) return this.#tellPeers(before);
    const entry = { ...before, ports: { ...ports } };
    const nodes = this.#manifest.nodes.map((node) => (node === before ? entry : node));
    this.save({ ...this.#manifest, nodes });
  }

  #tell(publicKey: PeerText): void {
    const entry = this.#find(publicKey);
    if (entry === undefined) return;
    const node = this.describe(entry);
    const text = JSON.stringify([node.state, node.pid, node.ports]);
    if (this.#told.get(publicKey) === text) return;
    this.#told.set(publicKey, text);
    this.#emit({ type: 'node', node });
  }

  #emit(event: LocalNetworkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
