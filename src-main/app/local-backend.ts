/** The backend of both hosts: networks and identity of one data folder. */
import fs from 'node:fs';
import type { Identity } from '../identity/identity-file.ts';
import type { KeyProtector } from '../identity/key-protector.ts';
import { createOwnNetwork } from '../networks/create.ts';
import { identityFolder, networkFiles, setAside } from '../networks/folders.ts';
import { listNetworks, removeNetwork } from '../networks/list.ts';
import { loadLocalNetwork } from '../networks/local-network.ts';
import type { LocalNetworkDependencies, OwnNodeOptions } from '../networks/node-list.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { LocalNetwork } from '../networks/types.ts';
import type { AppBackend } from './backend.ts';
import { OwnKey } from './own-key.ts';

export interface LocalBackendOptions extends Omit<OwnNodeOptions, 'identity'> {
  /** What the host was started with. */
  readonly passphrase: string | null;
}

export interface LocalBackendDependencies extends LocalNetworkDependencies {
  /** The system's keyring; null where there is none, then the key file's permissions have to do. */
  readonly protector: KeyProtector | null;
}

/** The caller holds the lock of the data folder. */
export function localBackend(
  { passphrase, ...options }: LocalBackendOptions,
  dependencies: LocalBackendDependencies,
): AppBackend {
  const { dataDir } = options;
  const { protector, ...networkDependencies } = dependencies;
  const key = new OwnKey({ folder: identityFolder(dataDir), protector, passphrase });

  const load = async (networkId: string, identity: Identity, anew = false): Promise<LocalNetwork> => {
    const { folder: home, database } = networkFiles(dataDir, networkId);
    const own = { ...options, identity, newDatabase: anew && !fs.existsSync(database) };
    return withNetworkErrors(() => loadLocalNetwork({ home, backupDir: dataDir, own }, networkDependencies));
  };
  return {
    key,
    listNetworks: () => Promise.resolve(listNetworks(dataDir)),
    createLocalNetwork: async ({ displayName, networkName, nodeCount, passphrase: chosen }, work) => {
      const identity = await key.openOrCreate(chosen);
      const own = { dataDir, name: displayName, publicKey: identity.publicKey };
      const create = (): Promise<string> => createOwnNetwork({ networkName, nodeCount }, own, work);
      return load(await withNetworkErrors(create), identity);
    },
    loadNetwork: async (networkId, { newDatabase }) => load(networkId, await key.open(), newDatabase),
    removeNetwork: (networkId) => withNetworkErrors(() => removeNetwork(dataDir, networkId)),
    startOver: () => key.abandon(() => withNetworkErrors(() => setAside(dataDir, 'start-over'))),
  };
}
