/** The backend of both hosts: networks and identity of one data folder. */
import { IdentityError } from '../identity/errors.ts';
import { createIdentity, inspectIdentity, loadIdentity, type Identity } from '../identity/identity-file.ts';
import type { KeyProtector, ProtectionKind } from '../identity/key-protector.ts';
import { createOwnNetwork } from '../networks/create.ts';
import { identityFolder, networkFiles } from '../networks/folders.ts';
import { listNetworks, removeNetwork } from '../networks/list.ts';
import { loadLocalNetwork } from '../networks/local-network.ts';
import type { LocalNetworkDependencies, OwnNodeOptions } from '../networks/node-list.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { LocalNetwork } from '../networks/types.ts';
import type { AppBackend, OwnKey } from './backend.ts';

const PROTECTIONS: Readonly<Record<ProtectionKind, OwnKey['protection']>> = {
  none: 'unprotected',
  passphrase: 'passphrase',
  keyring: 'keyring',
};

export type LocalBackendOptions = Omit<OwnNodeOptions, 'identity'>;

export interface LocalBackendDependencies extends LocalNetworkDependencies {
  /** The system's keyring; null where there is none, then the key file's permissions have to do. */
  readonly protector: KeyProtector | null;
}

/** The caller holds the lock of the data folder. */
export function localBackend(
  options: LocalBackendOptions,
  dependencies: LocalBackendDependencies,
): AppBackend {
  const { dataDir } = options;
  const { protector, ...networkDependencies } = dependencies;
  const folder = identityFolder(dataDir);
  let opening: Promise<Identity> | null = null;

  /** Opened once per process; the first network makes the key. */
  const ownKey = (): Promise<Identity> => {
    opening ??= openOrCreate(folder, protector).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  const load = async (networkId: string): Promise<LocalNetwork> => {
    const own = { ...options, identity: await ownKey() };
    const home = networkFiles(dataDir, networkId).folder;
    return withNetworkErrors(() => loadLocalNetwork({ home, backupDir: dataDir, own }, networkDependencies));
  };
  return {
    identity: () => inspect(folder),
    listNetworks: () => Promise.resolve(listNetworks(dataDir)),
    createLocalNetwork: async ({ displayName, networkName, nodeCount }, work) => {
      const { publicKey } = await ownKey();
      const own = { dataDir, name: displayName, publicKey };
      return load(await withNetworkErrors(() => createOwnNetwork({ networkName, nodeCount }, own, work)));
    },
    loadNetwork: load,
    removeNetwork: (networkId) => withNetworkErrors(() => removeNetwork(dataDir, networkId)),
  };
}

async function openOrCreate(folder: string, protector: KeyProtector | null): Promise<Identity> {
  try {
    return await loadIdentity(folder, protector === null ? {} : { protector });
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code !== 'missing') throw error;
    return createIdentity(folder, protector === null ? { kind: 'none' } : { kind: 'keyring', protector });
  }
}

async function inspect(folder: string): Promise<OwnKey | null> {
  try {
    const { publicKey, protection } = await inspectIdentity(folder);
    return { publicKey, protection: PROTECTIONS[protection] };
  } catch (error) {
    if (error instanceof IdentityError && error.code === 'missing') return null;
    throw error;
  }
}
