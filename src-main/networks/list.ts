/** The networks of a host's data folder, without opening any. */
import fs from 'node:fs';
import type { HashText } from '../core/types.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { NetworkError } from './errors.ts';
import { moveToBackup, networkFiles, networkIds } from './folders.ts';
import { readGenesis } from './genesis.ts';
import { readManifest } from './manifest.ts';
import { sharedManifestFile } from './shared/manifest.ts';
import type { NetworkSummary } from './types.ts';

/** By name. One whose files are damaged is among them: opening it says what is wrong, and it can be removed. */
export function listNetworks(dataDir: string): NetworkSummary[] {
  const networks = networkIds(dataDir).flatMap((id) => summaryOf(dataDir, id) ?? []);
  return networks.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function summaryOf(dataDir: string, id: HashText): NetworkSummary | null {
  const { folder, genesis, shared } = networkFiles(dataDir, id);
  const kind = fs.existsSync(shared) ? 'shared' : 'local';
  try {
    const sharedManifest = sharedManifestFile.read(shared);
    if (sharedManifest !== undefined) {
      const { name, createdAtMs, joining } = sharedManifest;
      return { id, name, kind, localNodeCount: 1, isJoining: joining !== null, createdAtMs };
    }
    const manifest = readManifest(folder);
    if (manifest === undefined) return null;
    const { name, nodes, createdAtMs } = manifest;
    return { id, name, kind, localNodeCount: nodes.length, isJoining: false, createdAtMs };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { id, ...foundedAs(genesis, id), kind, isJoining: false, createdAtMs: null };
  }
}

/** What the genesis says, as far as it can be read. */
function foundedAs(file: string, id: HashText): Pick<NetworkSummary, 'name' | 'localNodeCount'> {
  try {
    const { genesis } = readGenesis(file, id, sodiumCrypto);
    return { name: genesis.name, localNodeCount: genesis.members.length };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { name: id.slice(0, 8), localNodeCount: 0 };
  }
}

/** Moves the folder of a network that does not run into a dated backup; returns where it is now. */
export function removeNetwork(dataDir: string, id: HashText): string {
  const { folder } = networkFiles(dataDir, id);
  const summary = summaryOf(dataDir, id);
  if (summary === null)
    throw new NetworkError('not-found', `there is no network in ${folder}`, { path: folder });
  return moveToBackup(folder, dataDir, summary.name);
}
