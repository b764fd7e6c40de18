/** The backend of both hosts: networks and identity of one data folder. */
import fs from 'node:fs';
import type { Identity } from '../identity/identity-file.ts';
import type { KeyProtector, Protection, ProtectionKind } from '../identity/key-protector.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { createOwnNetwork } from '../networks/create.ts';
import { identityFolder, networkFiles, setAside } from '../networks/folders.ts';
import { endLeftover, findLeftovers } from '../networks/leftovers.ts';
import { listNetworks, removeNetwork } from '../networks/list.ts';
import { loadLocalNetwork } from '../networks/local-network.ts';
import { createSharedNetwork } from '../networks/shared/create.ts';
import { decodeInvitation } from '../networks/shared/invitation.ts';
import { prepareJoining } from '../networks/shared/joining.ts';
import { loadSharedNetwork } from '../networks/shared/shared-network.ts';
import type { LocalNetworkDependencies, OwnNodeOptions } from '../networks/node-list.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { LocalNetwork, Network, SharedNetwork } from '../networks/types.ts';
import type { AppBackend } from './backend.ts';
import { keepingBackend } from './keeping-backend.ts';
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

  const ownOf = (networkId: string, identity: Identity, anew: boolean): OwnNodeOptions => {
    const { database } = networkFiles(dataDir, networkId);
    return { ...options, identity, newDatabase: anew && !fs.existsSync(database) };
  };
  const loadLocal = (networkId: string, identity: Identity, anew = false): Promise<LocalNetwork> => {
    const { folder: home } = networkFiles(dataDir, networkId);
    const own = ownOf(networkId, identity, anew);
    return withNetworkErrors(() => loadLocalNetwork({ home, backupDir: dataDir, own }, networkDependencies));
  };
  const loadShared = (networkId: string, identity: Identity, anew = false): Promise<SharedNetwork> => {
    const own = ownOf(networkId, identity, anew);
    return withNetworkErrors(() => loadSharedNetwork({ ...own, networkId }, networkDependencies.serve));
  };
  const protect = (was: ProtectionKind, chosen: string): Protection => {
    if (passphrase !== null) return { kind: 'passphrase', passphrase };
    if (protector !== null) return { kind: 'keyring', protector };
    return was === 'none' ? { kind: 'none' } : { kind: 'passphrase', passphrase: chosen };
  };
  return {
    key,
    backup: keepingBackend({ dataDir, protect }, key),
    listNetworks: () => Promise.resolve(listNetworks(dataDir)),
    createLocalNetwork: async ({ displayName, networkName, nodeCount, passphrase: chosen }, work) => {
      const identity = await key.openOrCreate(chosen);
      const own = { dataDir, name: displayName, publicKey: identity.publicKey };
      const create = (): Promise<string> => createOwnNetwork({ networkName, nodeCount }, own, work);
      return loadLocal(await withNetworkErrors(create), identity);
    },
    createSharedNetwork: async ({ displayName, passphrase: chosen, ...network }, work) => {
      const identity = await key.openOrCreate(chosen);
      const own = { dataDir, name: displayName, publicKey: identity.publicKey };
      const create = (): Promise<string> => createSharedNetwork(network, own, work);
      return loadShared(await withNetworkErrors(create), identity);
    },
    joinNetwork: async ({ displayName, passphrase: chosen, ...join }) => {
      // What is no invitation must not make a key.
      decodeInvitation(join.invitation, sodiumCrypto);
      const identity = await key.openOrCreate(chosen);
      const own = { dataDir, name: displayName, publicKey: identity.publicKey };
      return loadShared(await withNetworkErrors(() => prepareJoining(join, own)), identity);
    },
    loadNetwork: async (networkId, { newDatabase }): Promise<Network> => {
      const isShared = fs.existsSync(networkFiles(dataDir, networkId).shared);
      return (isShared ? loadShared : loadLocal)(networkId, await key.open(), newDatabase);
    },
    leftovers: () => withNetworkErrors(() => findLeftovers(dataDir)),
    endLeftover,
    removeNetwork: (networkId) => withNetworkErrors(() => removeNetwork(dataDir, networkId)),
    startOver: () => key.abandon(() => withNetworkErrors(() => setAside(dataDir, 'start-over'))),
  };
}
