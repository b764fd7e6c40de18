/** The nodes of a local network that do not run, looked at from outside: what is wrong with their files. */
import { networkFiles } from '../networks/folders.ts';
import { nodeFolder, readManifest } from '../networks/manifest.ts';
import { readRunning } from '../networks/running-file.ts';
import { checkStore } from '../storage/open-store.ts';
import { toCliError } from './cli-errors.ts';

export interface StoppedNode {
  readonly name: string;
  readonly publicKey: string;
  /** null: its files are in order, it was stopped or ended. */
  readonly reason: { readonly code: string; readonly message: string } | null;
}

/** Nothing is changed. Empty where `home` is no local network, and for nodes that run in the app's own process. */
export function stoppedNodes(home: string): StoppedNode[] {
  const manifest = readManifest(home);
  if (manifest === undefined) return [];
  return manifest.nodes
    .filter(({ isOwn }) => !isOwn)
    .flatMap(({ name, publicKey, number }) => {
      const files = networkFiles(nodeFolder(home, number), manifest.id);
      const reason = reasonOf(() => {
        if (readRunning(files.running) !== undefined) return true;
        checkStore(files.database);
        return false;
      });
      return reason === 'runs' ? [] : [{ name, publicKey, reason }];
    });
}

/** `look` says whether it runs; what it throws is the reason. */
function reasonOf(look: () => boolean): 'runs' | StoppedNode['reason'] {
  try {
    return look() ? 'runs' : null;
  } catch (error) {
    const { code, message } = toCliError(error);
    return { code, message };
  }
}
