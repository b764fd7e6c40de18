/** Where things are in a data folder (DESIGN, Data on disk). */
import fs from 'node:fs';
import path from 'node:path';
import type { HashText } from '../core/types.ts';

/** A data folder holds one identity and a folder per network. */
export function identityFolder(dataDir: string): string {
  return path.join(dataDir, 'identity');
}

export function networksFolder(dataDir: string): string {
  return path.join(dataDir, 'networks');
}

export function logFile(dataDir: string): string {
  return path.join(dataDir, 'logs', 'node.log');
}

export const INVITATIONS = 'invitations.json';

/** The files of one network in one node's data folder. */
export interface NetworkFiles {
  readonly folder: string;
  readonly genesis: string;
  readonly database: string;
  /** A copy of it, for a moment: whoever asked for it takes it away. */
  readonly databaseCopy: string;
  /** What is taken the fast way, until it has reached the block that the invitation names. */
  readonly databaseTaking: string;
  readonly token: string;
  /** Ports, name and what is known of the peers. */
  readonly config: string;
  /** Which process runs the node, while it does. */
  readonly running: string;
  /** What a network over several machines is besides its genesis; no other network has it. */
  readonly shared: string;
  /** What the owner gave out, and to whom. */
  readonly invitations: string;
  /** On which interfaces the node may be reached; only a network over several machines has it. */
  readonly reach: string;
  /** What is known of the members' addresses there. */
  readonly addresses: string;
}

export function networkFiles(dataDir: string, networkId: HashText): NetworkFiles {
  const folder = path.join(networksFolder(dataDir), networkId);
  const file = (name: string): string => path.join(folder, name);
  return {
    folder,
    genesis: file('genesis.ssz'),
    database: file('node.sqlite'),
    databaseCopy: file('node.sqlite.copy'),
    databaseTaking: file('node.sqlite.taking'),
    token: file('api.token'),
    config: file('node.json'),
    running: file('running.json'),
    shared: file('shared-network.json'),
    invitations: file(INVITATIONS),
    reach: file('reach.json'),
    addresses: file('addresses.json'),
  };
}

/** The networks that this data folder has a node of, or is about to have one of. */
export function networkIds(dataDir: string): HashText[] {
  const folder = networksFolder(dataDir);
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder).filter((name) => /^[A-Za-z0-9_-]{43}$/.test(name));
  const isNetwork = ({ genesis, shared }: NetworkFiles) => fs.existsSync(genesis) || fs.existsSync(shared);
  return names.filter((name) => isNetwork(networkFiles(dataDir, name))).sort();
}

/** Nothing is ever deleted: it moves here, under a name that says when and what. Returns where it is now. */
export function moveToBackup(folder: string, dataDir: string, name: string): string {
  const target = freeBackupName(dataDir, name);
  fs.renameSync(folder, target);
  return target;
}

/**
 * What makes a data folder somebody's: the key goes last, because without it nothing would ask for the rest to be
 * moved. `nodes` and the list of them are those of a local network that has a folder of its own.
 */
export const OWN_NAMES = ['networks', 'nodes', 'settings.json', 'local-network.json', 'identity'] as const;

/**
 * Moves the own key together with its networks, which are of no use to another key, into one dated backup. What a
 * crash interrupts is continued by doing it again. Returns the backup's folder.
 */
export function setAside(
  dataDir: string,
  name: string,
  names: readonly string[] = ['networks', 'identity'],
): string {
  const target = freeBackupName(dataDir, name);
  fs.mkdirSync(target, { mode: 0o700 });
  for (const each of names) {
    const from = path.join(dataDir, each);
    if (fs.existsSync(from)) fs.renameSync(from, path.join(target, each));
  }
  return target;
}

function freeBackupName(dataDir: string, name: string): string {
  const stamp = new Date()
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z');
  const backups = path.join(dataDir, 'backups');
  fs.mkdirSync(backups, { recursive: true, mode: 0o700 });
  const label = name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 48);
  for (let attempt = 1; ; attempt++) {
    const target = path.join(backups, `${stamp}-${label}${attempt === 1 ? '' : `-${attempt}`}`);
    if (!fs.existsSync(target)) return target;
  }
}
