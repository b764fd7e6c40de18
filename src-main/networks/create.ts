/** Makes the folders of a new local network. Nothing runs yet, and after a failure nothing is left behind. */
import fs from 'node:fs';
import path from 'node:path';
import { toText, utf8 } from '../core/bytes.ts';
import type { HashText, PeerText } from '../core/types.ts';
import { createIdentity } from '../identity/identity-file.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { makeDatabase } from './database.ts';
import { NetworkError } from './errors.ts';
import { identityFolder, networkFiles, networksFolder } from './folders.ts';
import { FIRST_PORT, pickPorts } from './free-ports.ts';
import type { TakenPort } from './free-ports.ts';
import { newGenesis } from './genesis.ts';
import { freeName, hasManifest, nodeFolder, writeManifest } from './manifest.ts';
import type { Manifest, ManifestNode } from './manifest.ts';
import { nodeConfigFile } from './node-config.ts';
import { systemRandom } from './system.ts';
import { MAX_LOCAL_NODES } from './types.ts';
import type { KnownPeer, WorkOptions } from './types.ts';
import { Work } from './work.ts';

/** So much of a genesis and of an invitation is the name (core/schemas.ts, shared/invitation.ts). */
const MOST_NAME_BYTES = 128;
const NO_FAULTS = { lossPermille: 0, delayMs: 0 };

export interface NewNetwork {
  readonly networkName: string;
  /** 1 to 16, the own node included. */
  readonly nodeCount: number;
  /** The first port to try; DIVA's own unless told. */
  readonly firstPort?: number;
  readonly onPortTaken?: (name: string, taken: TakenPort) => void;
}

/** The host's own node: its data folder, the name of its owner, its key. */
export interface OwnIdentity {
  readonly dataDir: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/**
 * Creates the network below the own data folder (`networks/<id>`), its first node being the own one; the
 * others get data folders inside. Resolves with the id. Rejects with NetworkError `invalid-options` or
 * `cancelled`, or a StorageError.
 */
export async function createOwnNetwork(
  options: NewNetwork,
  own: OwnIdentity,
  work: WorkOptions,
): Promise<HashText> {
  const networks = networksFolder(own.dataDir);
  const draft = path.join(networks, '.creating');
  return withDraft(draft, async () => {
    const manifest = await build(draft, options, own, new Work(work));
    fs.renameSync(draft, path.join(networks, manifest.id));
    return manifest.id;
  });
}

/**
 * Creates a network in a folder of its own, every node with a data folder inside. Rejects also with `not-
 * empty`.
 */
export async function createNetworkFolder(
  home: string,
  options: NewNetwork,
  work: WorkOptions,
): Promise<HashText> {
  if (hasManifest(home) || fs.existsSync(path.join(home, 'nodes'))) {
    throw new NetworkError('not-empty', `${home} holds nodes already`, { path: home });
  }
  const draft = path.join(home, '.creating');
  return withDraft(draft, async () => {
    const manifest = await build(draft, options, null, new Work(work));
    fs.renameSync(path.join(draft, 'nodes'), path.join(home, 'nodes'));
    writeManifest(home, manifest);
    return manifest.id;
  });
}

/** Takes away what an unfinished creation left: no key in there was ever used. */
export async function withDraft<Result>(draft: string, work: () => Promise<Result>): Promise<Result> {
  fs.rmSync(draft, { recursive: true, force: true });
  fs.mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    return await work();
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

async function build(
  draft: string,
  options: NewNetwork,
  own: OwnIdentity | null,
  work: Work,
): Promise<Manifest> {
  const { networkName, nodeCount } = options;
  checkOptions(options);
  const keys = await makeKeys(draft, nodeCount, own, work);
  work.stage('genesis');
  const { id, bytes } = newGenesis(networkName, keys, { crypto: sodiumCrypto, random: systemRandom });
  const nodes = await makeNodes(options, own, keys);
  const faults = NO_FAULTS;
  const createdAtMs = Date.now();
  const manifest: Manifest = {
    version: 1,
    id,
    name: networkName,
    createdAtMs,
    nextNumber: nodeCount + 1,
    faults,
    nodes,
  };
  nodes.forEach((node, index) => {
    work.stage('genesis', index, nodeCount);
    const folder = node.isOwn ? draft : networkFiles(nodeFolder(draft, node.number), id).folder;
    makeNetworkFolder(folder, bytes, keys[index]!);
  });
  writeManifest(draft, manifest);
  writeConfigs(manifest, (node) =>
    node.isOwn ? draft : networkFiles(nodeFolder(draft, node.number), id).folder,
  );
  work.check();
  return manifest;
}

function checkOptions({ networkName, nodeCount }: NewNetwork): void {
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > MAX_LOCAL_NODES) {
    const message = `a local network has 1 to ${MAX_LOCAL_NODES} nodes`;
    throw new NetworkError('invalid-options', message, { what: 'nodeCount', maximum: MAX_LOCAL_NODES });
  }
  checkNetworkName(networkName);
}

/** Throws NetworkError `invalid-options`. */
export function checkNetworkName(networkName: string): void {
  const isLine = /^[^\u0000-\u001f\u007f]{1,64}$/u.test(networkName);
  if (isLine && utf8(networkName).length <= MOST_NAME_BYTES) return;
  const message = `a name is one line of at most 64 characters and ${MOST_NAME_BYTES} bytes`;
  throw new NetworkError('invalid-options', message, { what: 'networkName' });
}

async function makeKeys(
  draft: string,
  count: number,
  own: OwnIdentity | null,
  work: Work,
): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = own === null ? [] : [own.publicKey];
  for (let number = keys.length + 1; number <= count; number++) {
    work.stage('keys', number - 1, count);
    keys.push(await makeKey(nodeFolder(draft, number)));
  }
  work.stage('keys', count, count);
  return keys;
}

/** A key for a node of this machine: protected by the permissions of its file. */
export async function makeKey(dataDir: string): Promise<Uint8Array> {
  const identity = await createIdentity(identityFolder(dataDir));
  identity.dispose();
  return identity.publicKey;
}

async function makeNodes(options: NewNetwork, own: OwnIdentity | null, keys: readonly Uint8Array[]) {
  const nodes: ManifestNode[] = [];
  const reserved = new Set<number>();
  for (const [index, publicKey] of keys.entries()) {
    const isOwn = own !== null && index === 0;
    const name = isOwn ? own.name : freeName(nodes.map((node) => node.name));
    const last = Math.max(0, ...reserved) + 1;
    const { ports, taken } = await pickPorts(Math.max(options.firstPort ?? FIRST_PORT, last), reserved);
    for (const one of taken) options.onPortTaken?.(name, one);
    nodes.push({ number: index + 1, name, publicKey: toText(publicKey), isOwn, ports });
  }
  return nodes;
}

/**
 * Genesis and database of one node. A database is made with its network only: a lost one must not come back
 * empty.
 */
export function makeNetworkFolder(folder: string, genesisBytes: Uint8Array, publicKey: Uint8Array): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(folder, 'genesis.ssz'), genesisBytes, { mode: 0o600, flush: true });
  makeDatabase(path.join(folder, 'node.sqlite'), genesisBytes, publicKey);
}

/** Tells every node its own ports and where the others are. `joining` is the one that is no member yet. */
export function writeConfigs(
  { nodes, faults }: Manifest,
  folderOf: (node: ManifestNode) => string,
  joining: PeerText | null = null,
): void {
  for (const node of nodes) {
    nodeConfigFile.write(path.join(folderOf(node), 'node.json'), {
      version: 1,
      name: node.name,
      ports: node.ports,
      peers: peersOf(node, nodes),
      faults,
      joins: node.publicKey === joining,
    });
  }
}

export function peersOf(node: ManifestNode, nodes: readonly ManifestNode[]): KnownPeer[] {
  const others = nodes.filter(({ publicKey }) => publicKey !== node.publicKey);
  return others.map(({ publicKey, name, ports }) => ({ publicKey, name, ports }));
}
