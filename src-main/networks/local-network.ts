/** The supervisor of a local network: starts, watches and stops its nodes, and changes its members. */
import { toText } from '../core/bytes.ts';
import type { Genesis, HashText, PeerText } from '../core/types.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import type { TransportFaults } from '../node/ports.ts';
import { makeKey, makeNetworkFolder } from './create.ts';
import { NetworkError } from './errors.ts';
import { networkFiles } from './folders.ts';
import { pickPorts } from './free-ports.ts';
import { readGenesis } from './genesis.ts';
import { freeName, nodeFolder, readManifest } from './manifest.ts';
import type { ManifestNode } from './manifest.ts';
import { NodeList } from './node-list.ts';
import type { LocalNetworkDependencies, LocalNetworkOptions } from './node-list.ts';
import type { NodeStatus } from './node-status.ts';
import { MAX_LOCAL_NODES } from './types.ts';
import type {
  LocalNetwork,
  LocalNetworkEvent,
  LocalNode,
  NodeInstance,
  RemovedNode,
  StageName,
  WorkOptions,
} from './types.ts';
import { Turnstile, Work } from './work.ts';

/** Stages that wait for the network and not for the machine: generous, because the person can cancel. */
const LONGEST_STAGE_MS = 300_000;
/** So many processes load at once: more only take turns on the processors. */
const STARTS_AT_ONCE = 4;

/** Reads the folder of a local network; nothing runs yet. Throws NetworkError `not-found` or `folder-corrupt`. */
export function loadLocalNetwork(
  options: LocalNetworkOptions,
  dependencies: LocalNetworkDependencies,
): LocalNetwork {
  const { home } = options;
  const manifest = readManifest(home);
  if (manifest === undefined) {
    throw new NetworkError('not-found', `there is no local network in ${home}`, { path: home });
  }
  return new Supervisor(options, new NodeList(options, manifest, dependencies));
}

class Supervisor implements LocalNetwork {
  readonly kind = 'local';
  readonly id: HashText;
  readonly name: string;
  readonly genesis: Genesis;
  readonly #genesisBytes: Uint8Array;
  readonly #home: string;
  readonly #list: NodeList;
  readonly #turnstile = new Turnstile();

  constructor({ home }: LocalNetworkOptions, list: NodeList) {
    this.#home = home;
    this.#list = list;
    const { id, name } = list.manifest;
    this.id = id;
    this.name = name;
    const { genesis, bytes } = anyGenesis(list);
    this.genesis = genesis;
    this.#genesisBytes = bytes;
  }

  nodes(): readonly LocalNode[] {
    return this.#entries.map((entry) => this.#list.describe(entry));
  }

  own(): NodeInstance | null {
    return this.#list.own;
  }

  subscribe(listener: (event: LocalNetworkEvent) => void): () => void {
    return this.#list.subscribe(listener);
  }

  stages(): readonly StageName[] {
    return ['starting', 'connecting', 'agreement'];
  }

  start(options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      const work = new Work(options);
      const up = await this.#startAll(work);
      await this.#untilAll(work, 'connecting', up, (status) => this.#isConnected(status, up));
      const tallest = () => Math.max(...this.#list.all().map(({ status }) => status?.height ?? 0));
      // Under load nobody stands still: one block apart is level. One that waits for its owner has started as well.
      const isLevel = ({ phase, height }: NodeStatus) =>
        phase === 'silent' || (phase === 'running' && height >= tallest() - 1);
      await this.#untilAll(work, 'agreement', up, isLevel);
    });
  }

  stop(options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      const work = new Work(options);
      const running = this.#list.all().filter(({ pid }) => pid !== null);
      let done = 0;
      work.stage('stopping', done, running.length);
      const stopOne = async (node: (typeof running)[number]): Promise<void> => {
        await node.stop();
        work.stage('stopping', ++done, running.length);
      };
      await Promise.all(running.map(stopOne));
    });
  }

  startNode(publicKey: PeerText, options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      const node = this.#list.node(this.#list.entry(publicKey));
      new Work(options).stage('starting', 0, 1);
      if (node.pid === null) await node.start();
    });
  }

  stopNode(publicKey: PeerText, options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      const entry = this.#otherNode(publicKey);
      new Work(options).stage('stopping', 0, 1);
      await this.#list.node(entry).stop();
    });
  }

  async killNode(publicKey: PeerText): Promise<void> {
    await this.#list.node(this.#list.entry(publicKey)).kill();
  }

  setFaults({ lossPermille, delayMs }: TransportFaults): Promise<void> {
    return this.#turnstile.run(async () => {
      const faults = { lossPermille, delayMs };
      this.#list.save({ ...this.#list.manifest, faults });
      const running = this.#list.all().filter(({ state }) => state === 'running');
      await Promise.all(running.map((node) => node.order({ type: 'faults', faults })));
    });
  }

  // The members agree outside of its turn: who is missing for that may be started meanwhile.
  async addNode(options: WorkOptions & { readonly name?: string } = {}): Promise<LocalNode> {
    const work = new Work(options);
    const entry = await this.#turnstile.run(() => this.#makeNode(options.name, work));
    const { publicKey } = entry;
    try {
      work.stage('starting', 0, 1);
      await this.#turnstile.run(() => this.#list.node(entry).start());
      await this.#untilStake(work, 'sponsor', entry, (stake) => stake !== undefined);
      await this.#untilStake(work, 'stake', entry, (stake) => stake !== undefined && stake > 0);
    } catch (error) {
      await this.#turnstile.run(() => this.#giveUp(entry));
      throw error;
    }
    this.#list.save(this.#list.manifest);
    return this.#list.describe(this.#list.entry(publicKey));
  }

  async removeNode(publicKey: PeerText, options: WorkOptions = {}): Promise<RemovedNode> {
    const work = new Work(options);
    const isRunning = (node: ManifestNode): boolean => this.#list.node(node).state === 'running';
    const entry = this.#list.has(publicKey) ? this.#otherNode(publicKey) : undefined;
    const others = this.#entries.filter((node) => node !== entry && isRunning(node));
    if (others.length === 0) {
      throw new NetworkError('not-running', 'the other nodes do not run', { name: this.name });
    }
    work.stage('agreement');
    // A node that runs leaves by itself; for one that does not, the others vote.
    const voters = entry !== undefined && isRunning(entry) ? [entry] : others;
    await Promise.all(voters.map((node) => this.#list.node(node).order({ type: 'removePeer', publicKey })));
    await this.#list.changes.until(work, LONGEST_STAGE_MS, () => this.#isStranger(publicKey));
    if (entry === undefined) return { backupPath: null };
    return this.#turnstile.run(async () => {
      work.stage('stopping');
      await this.#list.node(entry).stop();
      work.stage('backup');
      return { backupPath: this.#list.remove(entry) };
    });
  }

  get #entries(): readonly ManifestNode[] {
    return this.#list.manifest.nodes;
  }

  #otherNode(publicKey: PeerText): ManifestNode {
    const entry = this.#list.entry(publicKey);
    if (entry.isOwn) throw new NetworkError('own-node', 'the own node stops with its network');
    return entry;
  }

  /**
   * Returns the nodes that are up. One that cannot start does not keep the others from it: it stays as it is, with its
   * reason. Rejects when the own node fails, or all of them.
   */
  async #startAll(work: Work): Promise<readonly ManifestNode[]> {
    const queue = this.#list.all().filter(({ pid }) => pid === null);
    const total = queue.length;
    let done = 0;
    work.stage('starting', done, total);
    const startNext = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        work.check();
        await next.start().catch(() => undefined);
        work.stage('starting', ++done, total);
      }
    };
    const starters = Array.from({ length: Math.min(STARTS_AT_ONCE, total) }, startNext);
    const cancelled = (await Promise.allSettled(starters)).find(({ status }) => status === 'rejected');
    if (cancelled?.status === 'rejected') throw cancelled.reason;
    const isUp = (entry: ManifestNode) => this.#list.node(entry).pid !== null;
    const down = this.#entries.filter((entry) => !isUp(entry));
    const needed =
      down.find(({ isOwn }) => isOwn) ?? (down.length === this.#entries.length ? down[0] : undefined);
    if (needed !== undefined) throw this.#endedError(needed);
    return this.#entries.filter(isUp);
  }

  /** Until this is true of what each of these nodes says of itself; one that ends meanwhile ends the waiting. */
  #untilAll(
    work: Work,
    stage: 'connecting' | 'agreement',
    entries: readonly ManifestNode[],
    fits: (status: NodeStatus) => boolean,
  ): Promise<void> {
    return this.#list.changes.until(work, LONGEST_STAGE_MS, () => {
      const ended = entries.find((entry) => this.#list.node(entry).pid === null);
      if (ended !== undefined) throw this.#endedError(ended);
      const done = entries.filter((entry) => {
        const { status } = this.#list.node(entry);
        return status !== null && fits(status);
      }).length;
      work.stage(stage, done, entries.length);
      return done === entries.length;
    });
  }

  #endedError(entry: ManifestNode): NetworkError {
    const { name } = entry;
    return (
      this.#list.node(entry).failure ?? new NetworkError('not-running', `${name} does not run`, { name })
    );
  }

  /** Whether a node is connected to all of these that its chain knows as members. */
  #isConnected({ members }: NodeStatus, up: readonly ManifestNode[]): boolean {
    const expected = new Set(up.map(({ publicKey }) => publicKey));
    return members.every(({ publicKey, connected }) => connected || !expected.has(publicKey));
  }

  /** Key, folder and place on the list of a node that is no member yet. */
  async #makeNode(wantedName: string | undefined, work: Work): Promise<ManifestNode> {
    const { nodes, nextNumber: number } = this.#list.manifest;
    if (nodes.length >= MAX_LOCAL_NODES) {
      const maximum = MAX_LOCAL_NODES;
      throw new NetworkError('too-many-nodes', `a local network has at most ${maximum} nodes`, { maximum });
    }
    work.stage('keys', 0, 1);
    const dataDir = nodeFolder(this.#home, number);
    const publicKey = await makeKey(dataDir);
    const reserved = new Set(nodes.flatMap(({ ports }) => Object.values(ports)));
    const { ports } = await pickPorts(Math.max(...reserved) + 1, reserved);
    makeNetworkFolder(networkFiles(dataDir, this.id).folder, this.#genesisBytes, publicKey);
    const name = wantedName ?? freeName(nodes.map((node) => node.name));
    const entry: ManifestNode = { number, name, publicKey: toText(publicKey), isOwn: false, ports };
    this.#list.add(entry);
    return entry;
  }

  /** Until all running nodes see this stake of a member; undefined: it is none. */
  #untilStake(
    work: Work,
    stage: 'sponsor' | 'stake',
    entry: ManifestNode,
    fits: (stake: number | undefined) => boolean,
  ): Promise<void> {
    return this.#list.changes.until(work, LONGEST_STAGE_MS, () => {
      if (this.#list.node(entry).pid === null) throw this.#endedError(entry);
      const running = this.#list.all().flatMap(({ status }) => status ?? []);
      const done = running.filter((status) => fits(stakeOf(status, entry.publicKey))).length;
      work.stage(stage, done, running.length);
      return running.length > 1 && done === running.length;
    });
  }

  /** Once the others know it, it is a member, and stays one until it is removed. */
  async #giveUp(entry: ManifestNode): Promise<void> {
    if (!this.#isStranger(entry.publicKey)) return;
    await this.#list.node(entry).stop();
    this.#list.remove(entry);
  }

  /** Whether there are others to ask, and none of them has this key as a member. */
  #isStranger(publicKey: PeerText): boolean {
    const others = this.#entries.filter((entry) => entry.publicKey !== publicKey);
    const said = others.flatMap((entry) => this.#list.node(entry).status ?? []);
    return said.length > 0 && said.every((status) => stakeOf(status, publicKey) === undefined);
  }
}

/** Each node has the same one: a damaged copy does not keep the others from running. */
function anyGenesis(list: NodeList): ReturnType<typeof readGenesis> {
  const { id, nodes } = list.manifest;
  let reason: unknown;
  for (const node of nodes) {
    try {
      return readGenesis(networkFiles(list.dataDirOf(node), id).genesis, id, sodiumCrypto);
    } catch (error) {
      reason ??= error;
    }
  }
  throw reason;
}

function stakeOf({ members }: NodeStatus, publicKey: PeerText): number | undefined {
  return members.find((member) => member.publicKey === publicKey)?.stake;
}
