/** The networks of a host's data folder, without opening any. */
import type { HashText } from '../core/types.ts';
import { NetworkError } from './errors.ts';
import { moveToBackup, networkFiles, networkIds } from './folders.ts';
import { readManifest } from './manifest.ts';
import type { NetworkSummary } from './types.ts';

/** By name. A folder whose list of nodes is damaged is left out here, and opening it says what is wrong. */
export function listNetworks(dataDir: string): NetworkSummary[] {
  const networks = networkIds(dataDir).flatMap((id) => summaryOf(dataDir, id) ?? []);
  return networks.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function summaryOf(dataDir: string, id: HashText): NetworkSummary | null {
  try {
    const manifest = readManifest(networkFiles(dataDir, id).folder);
    if (manifest === undefined) return null;
    const { name, nodes, createdAtMs } = manifest;
    return { id, name, kind: 'local', localNodeCount: nodes.length, createdAtMs };
  } catch (error) {
    if (error instanceof NetworkError) return null;
    throw error;
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
