/** One node whose data folder belongs to this process alone: the node processes and the command line use it. */
import { loadIdentity } from '../identity/identity-file.ts';
import type { Unlocking } from '../identity/key-protector.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import { identityFolder } from './folders.ts';
import { openNodeInstance } from './node-instance.ts';
import type { NodeInstanceOptions } from './node-instance.ts';
import type { ServeNode } from './served-node.ts';
import { withNetworkErrors } from './translate-errors.ts';
import type { NodeInstance } from './types.ts';

/** Locks the folder, reads its key, opens its node; close() undoes it all. Rejects with NetworkError. */
export function openOwnNode(
  options: Omit<NodeInstanceOptions, 'identity'>,
  serve: ServeNode,
  unlocking: Unlocking = {},
): Promise<NodeInstance> {
  return withNetworkErrors(async () => {
    const lock = lockFolder(options.dataDir);
    try {
      const identity = await loadIdentity(identityFolder(options.dataDir), unlocking);
      const instance = await openNodeInstance({ ...options, identity }, serve);
      const close = async (): Promise<void> => {
        await instance.close();
        identity.dispose();
        lock.release();
      };
      return { ...instance, close };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}
