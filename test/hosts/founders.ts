/** A network whose members were founded together and live on different hosts. */
import fs from 'node:fs';
import path from 'node:path';
import { writeSeeds } from '../../src-main/networks/address-file.ts';
import { createNetworkFolder } from '../../src-main/networks/create.ts';
import { networkFiles } from '../../src-main/networks/folders.ts';
import { nodeFolder, readManifest } from '../../src-main/networks/manifest.ts';
import { nodeConfigFile } from '../../src-main/networks/node-config.ts';
import { consentFile } from '../../src-main/networks/reach-consent.ts';
import { sharedManifestFile } from '../../src-main/networks/shared/manifest.ts';
import { agree } from './agreement.ts';
import type { Host, Lan } from './lan.ts';
import { NodeOnHost } from './node-on-host.ts';

/** Each host has ports of its own, so they may all be DIVA's. */
const PORTS = { api: 17468, feed: 17469, udp: 17470 };

/**
 * One node per host. Each knows only where the first one is: `hints`, `host:port` without the port. `raises`: its
 * members vote by themselves for newcomers.
 */
export async function found(
  folder: string,
  hosts: readonly Host[],
  hints: readonly string[],
  { raises = false } = {},
): Promise<NodeOnHost[]> {
  const id = await createNetworkFolder(folder, { networkName: 'hosts', nodeCount: hosts.length }, {});
  const { nodes } = readManifest(folder)!;
  const addressHints = hints.map((host) => `${host}:${PORTS.udp}`);
  return nodes.map(({ number, name }, index) => {
    const dataDir = nodeFolder(folder, number);
    const files = networkFiles(dataDir, id);
    nodeConfigFile.write(files.config, { ...nodeConfigFile.read(files.config)!, ports: PORTS, peers: [] });
    sharedManifestFile.write(files.shared, {
      ...{ version: 1, kind: 'shared', id, name: 'hosts', createdAtMs: 0, displayName: name, profile: 'lan' },
      ...{ admission: 'ask', paused: false, raises, joining: null },
    });
    consentFile.write(files.reach, { version: 1, interfaces: ['eth0'], announce: false });
    if (index > 0) writeSeeds(files.addresses, [{ publicKey: nodes[0]!.publicKey, addressHints }]);
    return new NodeOnHost(hosts[index]!, dataDir);
  });
}

/** Four members on hosts of one network, which run and have agreed on a block. */
export async function fourMembers(
  lan: Lan,
  folder: string,
  network: string,
): Promise<[NodeOnHost, NodeOnHost, NodeOnHost, NodeOnHost]> {
  const hosts = [1, 2, 3, 4].map((number) => lan.addHost([`${network}.${number}/24`]));
  const nodes = await found(folder, hosts, [`${network}.1`], { raises: true });
  await Promise.all(nodes.map((node) => node.start()));
  await agree(nodes, 'all-here');
  return nodes as [NodeOnHost, NodeOnHost, NodeOnHost, NodeOnHost];
}

export function newFolder(label: string): string {
  const folder = path.resolve(import.meta.dirname, '../../.cache/hosts', label);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}
