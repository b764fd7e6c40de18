/** What of a data folder belongs into a backup. */
import fs from 'node:fs';
import path from 'node:path';
import type { HashText } from '../../core/types.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { NetworkError } from '../errors.ts';
import { networkFiles, networkIds } from '../folders.ts';
import type { NetworkFiles } from '../folders.ts';
import { readGenesis } from '../genesis.ts';
import { nodeFolder, readManifest } from '../manifest.ts';
import type { Manifest } from '../manifest.ts';
import { nodeConfigFile } from '../node-config.ts';
import { isStorable, MOST_FILE_BYTES, MOST_FILES } from './catalogue.ts';

/** Roots of the small files; the own key is not among them, because a backup holds it in another form. */
const ROOTS = ['settings.json', 'local-network.json', 'networks', 'nodes'];
/** What belongs to a running process, or is a copy already. */
const LEFT_OUT = /^(\.|node\.sqlite|api\.token|running\.json$|lock)|\.(new|backup)$/;
const FOLDERS_LEFT_OUT = new Set(['logs', 'backups']);

/** Paths below the data folder, with `/`, in the order of their names. */
export function smallFiles(dataDir: string): string[] {
  const found: string[] = [];
  const visit = (relative: string): void => {
    const stat = fs.lstatSync(path.join(dataDir, relative), { throwIfNoEntry: false });
    if (stat?.isFile() === true && stat.size <= MOST_FILE_BYTES && isStorable(relative)) found.push(relative);
    if (stat?.isDirectory() !== true) return;
    for (const name of fs.readdirSync(path.join(dataDir, relative)).sort()) {
      if (!LEFT_OUT.test(name) && !FOLDERS_LEFT_OUT.has(name)) visit(`${relative}/${name}`);
    }
  };
  for (const root of ROOTS) visit(root);
  if (found.length > MOST_FILES) {
    const message = `${dataDir} holds more files than a backup can`;
    throw new NetworkError('invalid-options', message, { what: 'files', maximum: MOST_FILES });
  }
  return found;
}

export interface FoundNetwork {
  readonly id: HashText;
  readonly name: string;
  /** All of its nodes are in this folder. */
  readonly isWhole: boolean;
  /** Of its nodes here; the own one first. */
  readonly nodes: readonly NetworkFiles[];
}

/** The networks of an app's or a node's data folder, or the one of a local network's own folder. */
export function foundNetworks(dataDir: string): FoundNetwork[] {
  const home = manifestOf(dataDir);
  if (home !== null)
    return [{ id: home.id, name: home.name, isWhole: true, nodes: nodesOf(home, dataDir, null) }];
  return networkIds(dataDir).flatMap((id) => {
    const own = networkFiles(dataDir, id);
    // Of a network that is only being joined there is an invitation, which is a small file, and nothing to prove.
    if (!fs.existsSync(own.genesis)) return [];
    const manifest = manifestOf(own.folder);
    const nodes = manifest === null ? [own] : nodesOf(manifest, own.folder, own);
    return { id, name: manifest?.name ?? foundedAs(own, id), isWhole: manifest !== null, nodes };
  });
}

/** What the own node is called in one of its networks. */
export function ownName(dataDir: string): string | null {
  for (const id of networkIds(dataDir)) {
    try {
      const config = nodeConfigFile.read(networkFiles(dataDir, id).config);
      if (config !== undefined) return config.name;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
    }
  }
  return null;
}

function nodesOf(manifest: Manifest, home: string, own: NetworkFiles | null): NetworkFiles[] {
  return manifest.nodes.flatMap(({ isOwn, number }) => {
    if (isOwn) return own ?? [];
    return networkFiles(nodeFolder(home, number), manifest.id);
  });
}

/** A list that cannot be read is kept as the file that it is; the network counts as one with members elsewhere. */
function manifestOf(home: string): Manifest | null {
  try {
    return readManifest(home) ?? null;
  } catch (error) {
    if (error instanceof NetworkError) return null;
    throw error;
  }
}

function foundedAs({ genesis }: NetworkFiles, id: HashText): string {
  try {
    return readGenesis(genesis, id, sodiumCrypto).genesis.name;
  } catch (error) {
    if (error instanceof NetworkError) return id.slice(0, 8);
    throw error;
  }
}
