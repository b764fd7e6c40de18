/**
 * The fast way of joining: between the genesis and the node, the chain up to the block that the invitation names is
 * taken into a database of its own (node/fast-way.ts). It comes to its place only when that block was reached; what a
 * crash interrupts goes on from there.
 */
import fs from 'node:fs';
import { decodeGenesis } from '../../core/genesis.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { lan } from '../../network/profiles.ts';
import { UdpTransport } from '../../network/udp/udp-transport.ts';
import { FastWay } from '../../node/fast-way.ts';
import { TIMINGS } from '../../node/timing.ts';
import { openStore } from '../../storage/open-store.ts';
import { syncFolder } from '../../storage/sync.ts';
import { makeDatabase, removeDatabase } from '../database.ts';
import type { NetworkFiles } from '../folders.ts';
import { LOOPBACK_HOST } from '../node-config.ts';
import { systemClock, systemRandom } from '../system.ts';
import type { Work } from '../work.ts';
import { invitedPeers, joinMessage, type AllowedAddresses, type ApplicantDependencies } from './applicant.ts';
import { decodeInvitation } from './invitation.ts';
import { completeFolder } from './joining.ts';
import type { SharedManifest } from './manifest.ts';

/** Nothing of it is taken yet. */
export function beginFastWay(files: NetworkFiles, genesisBytes: Uint8Array, publicKey: Uint8Array): void {
  makeDatabase(files.databaseTaking, genesisBytes, publicKey);
}

/** Whether it was begun, and is neither done nor dropped. */
export function isOnFastWay(files: NetworkFiles): boolean {
  return fs.existsSync(files.databaseTaking);
}

/**
 * False: what the others gave does not lead to the block that the invitation names, or they gave nothing. It is dropped
 * then, and the folder is that of somebody who goes the full way. Rejects with NetworkError `cancelled`, and with what
 * keeps it from going on now.
 */
export async function goFastWay(
  files: NetworkFiles,
  manifest: SharedManifest,
  allowed: AllowedAddresses,
  { identity, logger, faults }: ApplicantDependencies,
  work: Work,
): Promise<boolean> {
  const invitation = decodeInvitation(manifest.joining ?? '', sodiumCrypto);
  const { publicKey } = identity;
  const { checkpoint, chainId } = invitation;
  const store = openStore({ path: files.databaseTaking, publicKey }, { crypto: sodiumCrypto });
  const genesisBytes = store.genesisBytes();
  let outcome: string;
  try {
    const bind = { host: LOOPBACK_HOST, port: 0 };
    const system = { clock: systemClock, random: systemRandom, logger };
    const options = { chainId, keyPair: identity, profile: lan, bind, also: allowed() };
    const transport = new UdpTransport(options, system);
    if (faults !== undefined) transport.setFaults(faults);
    const progress = (height: number): void => work.stage('catchUp', height, checkpoint.height);
    const way = new FastWay(
      {
        ...{ genesis: decodeGenesis(genesisBytes), chainId, checkpoint, timing: TIMINGS.lan },
        peers: invitedPeers(invitation, allowed()),
        join: () => joinMessage({ manifest, invitation, identity, height: checkpoint.height }),
        onProgress: progress,
      },
      { clock: systemClock, transport, store, crypto: sodiumCrypto },
    );
    progress(way.height);
    outcome = await way.run(work.signal).catch((error: unknown) => {
      work.check();
      throw error;
    });
  } finally {
    store.close();
  }
  if (outcome === 'taken') {
    removeDatabase(files.database);
    fs.renameSync(files.databaseTaking, files.database);
    // Before the genesis, which says that it is there.
    syncFolder(files.folder);
    completeFolder(files, genesisBytes, publicKey, { hasDatabase: true });
    return true;
  }
  logger.log('warn', 'the fast way was dropped: every block is checked', {
    outcome,
    checkpoint: checkpoint.height,
  });
  // Before the folder is complete: nobody would look for it any more.
  removeDatabase(files.databaseTaking);
  completeFolder(files, genesisBytes, publicKey);
  return false;
}
