/**
 * Node processes of a local network that outlived the one that started them. They end by themselves when that one ends,
 * unless they are frozen or hang. They are found by the locks of their folders, which know a process from a later one
 * with its number.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HashText, PeerText } from '../core/types.ts';
import { lockOwnerOf } from '../storage/folder-lock.ts';
import { networkFiles, networkIds } from './folders.ts';
import { nodeFolder, readManifest } from './manifest.ts';

/** A node writes everything it accepted before it says so: ending it by force loses nothing. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 50;

export interface Leftover {
  readonly networkId: HashText;
  readonly networkName: string;
  readonly publicKey: PeerText;
  readonly name: string;
  readonly pid: number;
  readonly dataDir: string;
}

/**
 * Of an app's data folder, or a local network's own, which the caller has locked: whoever runs a node below it is no
 * child of anybody. Throws NetworkError for a list of nodes that cannot be read.
 */
export function findLeftovers(dataDir: string): Leftover[] {
  const homes = [dataDir, ...networkIds(dataDir).map((id) => networkFiles(dataDir, id).folder)];
  return homes.flatMap((home) => {
    const manifest = readManifest(home);
    return (manifest?.nodes ?? []).flatMap(({ isOwn, number, name, publicKey }) => {
      const folder = nodeFolder(home, number);
      const pid = isOwn ? null : lockOwnerOf(folder);
      if (pid === null || pid === process.pid) return [];
      const { id: networkId, name: networkName } = manifest!;
      return { networkId, networkName, publicKey, name, pid, dataDir: folder };
    });
  });
}

/** First as a supervisor would, then by force. Resolves when it has ended. */
export async function endLeftover({ pid, dataDir }: Leftover): Promise<void> {
  signal(pid, 'SIGTERM');
  // A frozen one hears of that when it goes on.
  if (process.platform !== 'win32') signal(pid, 'SIGCONT');
  for (let waitedMs = 0; waitedMs < PATIENCE_MS && lockOwnerOf(dataDir) === pid; waitedMs += LOOK_EVERY_MS)
    await sleep(LOOK_EVERY_MS);
  if (lockOwnerOf(dataDir) === pid) signal(pid, 'SIGKILL');
  while (lockOwnerOf(dataDir) === pid) await sleep(LOOK_EVERY_MS);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended in this very moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
