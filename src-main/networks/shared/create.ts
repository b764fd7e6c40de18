/** Makes the folder of a network over several machines, whose founder is its only member so far. */
import fs from 'node:fs';
import path from 'node:path';
import type { HashText } from '../../core/types.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { checkNetworkName, makeNetworkFolder, withDraft } from '../create.ts';
import type { OwnIdentity } from '../create.ts';
import { networkFiles, networksFolder } from '../folders.ts';
import { FIRST_PORT, pickPorts } from '../free-ports.ts';
import { consentFile } from '../reach-consent.ts';
import type { Consent } from '../reach-consent.ts';
import { newSharedGenesis } from '../genesis.ts';
import { nodeConfigFile } from '../node-config.ts';
import type { NodeConfig } from '../node-config.ts';
import { systemRandom } from '../system.ts';
import type { NodePorts, WorkOptions } from '../types.ts';
import { Work } from '../work.ts';
import { sharedManifestFile } from './manifest.ts';
import type { SharedManifest } from './manifest.ts';

export interface NewSharedNetwork {
  readonly networkName: string;
  readonly admission: SharedManifest['admission'];
  /** Whether members raise newcomers by themselves. */
  readonly raises: boolean;
  readonly profile: SharedManifest['profile'];
  /** The owner agrees that other machines reach the node over these. */
  readonly interfaces?: readonly string[];
  readonly firstPort?: number;
}

/** Resolves with the id. Nothing runs yet, and after a failure nothing is left behind. */
export async function createSharedNetwork(
  options: NewSharedNetwork,
  own: OwnIdentity,
  work: WorkOptions,
): Promise<HashText> {
  const { networkName, admission, raises, profile, interfaces = [] } = options;
  checkNetworkName(networkName);
  const stages = new Work(work);
  const networks = networksFolder(own.dataDir);
  const draft = path.join(networks, '.creating');
  return withDraft(draft, async () => {
    stages.stage('genesis');
    const dependencies = { crypto: sodiumCrypto, random: systemRandom };
    const { id, bytes } = newSharedGenesis(networkName, own.publicKey, dependencies);
    makeNetworkFolder(draft, bytes, own.publicKey);
    const { ports } = await pickPorts(options.firstPort ?? FIRST_PORT, new Set());
    writeNodeConfig(draft, own.name, ports);
    const files = networkFiles(own.dataDir, id);
    const consent: Consent = { version: 1, interfaces: [...interfaces], announce: false };
    consentFile.write(path.join(draft, path.basename(files.reach)), consent);
    sharedManifestFile.write(path.join(draft, path.basename(files.shared)), {
      ...{ version: 1, kind: 'shared', id, name: networkName, createdAtMs: Date.now() },
      ...{ displayName: own.name, profile, admission, paused: false, raises, joining: null },
    });
    stages.check();
    fs.renameSync(draft, files.folder);
    return id;
  });
}

/** Ports and name of the own node; where the others are, a shared network learns by itself. */
export function writeNodeConfig(folder: string, name: string, ports: NodePorts): void {
  const faults = { lossPermille: 0, delayMs: 0 };
  const config: NodeConfig = { version: 1, name, ports: { ...ports }, peers: [], faults, joins: false };
  nodeConfigFile.write(path.join(folder, 'node.json'), config);
}
