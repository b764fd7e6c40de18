/**
 * Becoming a member of a network on other machines. The folder of the network is made first, with the invitation in it,
 * so that joining goes on where it was, whatever ended the process: as long as there is no genesis, by asking for it;
 * then by a node that asks to be sponsored, catches up, and waits for its stake.
 */
import fs from 'node:fs';
import path from 'node:path';
import { toText } from '../../core/bytes.ts';
import type { Application, Admission } from '../../core/messages.ts';
import type { HashText } from '../../core/types.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { syncFolder } from '../../storage/sync.ts';
import type { OwnIdentity } from '../create.ts';
import { writeSeeds } from '../address-file.ts';
import { makeDatabase, removeDatabase } from '../database.ts';
import { NetworkError } from '../errors.ts';
import type { NetworkErrorCode } from '../errors.ts';
import { networkFiles } from '../folders.ts';
import type { NetworkFiles } from '../folders.ts';
import { FIRST_PORT, pickPorts } from '../free-ports.ts';
import type { StageName } from '../types.ts';
import { consentFile, NO_CONSENT } from '../reach-consent.ts';
import { writeNodeConfig } from './create.ts';
import { decodeInvitation, networkIdOf } from './invitation.ts';
import { sharedManifestFile, updateShared } from './manifest.ts';
import type { SharedManifest } from './manifest.ts';

export const JOIN_STAGES = [
  'reach',
  'session',
  'request',
  'addPeer',
  'catchUp',
  'ready',
  'stake',
  'member',
] as const satisfies readonly StageName[];
export type JoinStage = (typeof JOIN_STAGES)[number];
/** Where nobody raises newcomers by itself, an observer has arrived when it is ready. */
export const OBSERVER_STAGES: readonly JoinStage[] = JOIN_STAGES.slice(0, JOIN_STAGES.indexOf('stake'));

export interface JoinOptions {
  readonly invitation: string;
  /** The owner agrees that other machines reach the node over these; undefined: as agreed before, or over none. */
  readonly interfaces?: readonly string[] | undefined;
  /** Blocks up to the one that the invitation names are taken first, and their signatures checked afterwards. */
  readonly fast?: boolean;
  readonly firstPort?: number;
}

/**
 * Makes the folder, or begins anew in that of a network that the own key has left; nothing is sent yet. Resolves with
 * the id. Rejects with the errors of an invitation.
 */
export async function prepareJoining(options: JoinOptions, own: OwnIdentity): Promise<HashText> {
  const invitation = decodeInvitation(options.invitation, sodiumCrypto);
  const id = networkIdOf(invitation);
  const files = networkFiles(own.dataDir, id);
  const seeds = invitation.peers.map(({ publicKey, addressHints }) => {
    return { publicKey: toText(publicKey), addressHints };
  });
  const consent = consentFile.read(files.reach) ?? NO_CONSENT;
  const interfaces = [...(options.interfaces ?? consent.interfaces)];
  const joining = options.invitation.replaceAll(/\s+/g, '');
  const way = options.fast === true ? 'fast' : 'full';
  const before = sharedManifestFile.read(files.shared);
  if (before !== undefined) {
    // Another invitation names another block, and the full way needs nothing of what was taken on the fast one.
    if (before.joining !== joining || before.way !== way) removeDatabase(files.databaseTaking);
    writeSeeds(files.addresses, seeds);
    consentFile.write(files.reach, { ...consent, interfaces });
    updateShared(files.shared, { joining, displayName: own.name, way });
    return id;
  }
  if (fs.existsSync(files.genesis))
    throw new NetworkError('other-kind', 'a network of this machine has this id', { path: files.folder });
  fs.mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  const { ports } = await pickPorts(options.firstPort ?? FIRST_PORT, new Set());
  writeNodeConfig(files.folder, own.name, ports);
  writeSeeds(files.addresses, seeds);
  consentFile.write(files.reach, { ...consent, interfaces });
  sharedManifestFile.write(files.shared, {
    ...{ version: 1, kind: 'shared', id, name: invitation.networkName, createdAtMs: Date.now() },
    ...{ displayName: own.name, profile: 'lan', admission: 'ask', paused: false, raises: true },
    ...{ joining, way },
  });
  syncFolder(path.dirname(files.folder));
  return id;
}

/** What the own node says with its JOIN. */
export function applicationOf({ displayName, joining }: SharedManifest): Application {
  const invitation = joining === null ? null : decodeInvitation(joining, sodiumCrypto);
  return { displayName, ticket: invitation?.ticket ?? null, wantsGenesis: false };
}

/**
 * The folder is complete now. The genesis comes last: without it nothing was ever signed, and what a crash left of a
 * database is made anew.
 */
export function completeFolder(
  files: NetworkFiles,
  genesisBytes: Uint8Array,
  publicKey: Uint8Array,
  { hasDatabase = false } = {},
): void {
  if (!hasDatabase) {
    removeDatabase(files.database);
    makeDatabase(files.database, genesisBytes, publicKey);
  }
  const draft = `${files.genesis}.new`;
  fs.writeFileSync(draft, genesisBytes, { mode: 0o600, flush: true });
  fs.renameSync(draft, files.genesis);
  syncFolder(files.folder);
}

type Refusal = readonly [code: NetworkErrorCode, sentence: string];

const NO: Refusal = ['join-refused', 'the owner of the node that was asked does not let this one in'];
const OF_REASON: Readonly<Partial<Record<Admission['reason'], Refusal>>> = {
  'ticket-used': ['invitation-used', 'somebody has used this one-time invitation before'],
  'ticket-expired': ['invitation-expired', 'this invitation is over: ask for a new one'],
  'ticket-revoked': ['invitation-revoked', 'whoever gave out this invitation has taken it back'],
};

/** @throws NetworkError for a refusal */
export function throwRefusal({ decision, reason }: Admission): void {
  if (decision !== 'refused') return;
  const [code, sentence] = OF_REASON[reason] ?? NO;
  throw new NetworkError(code, sentence);
}
