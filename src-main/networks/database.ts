/** The database of a node: made with its network, or anew by an owner who has lost it. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Hash, PublicKey } from '../core/types.ts';
import { FORGOTTEN } from '../core/guard.ts';
import { decodeGenesis } from '../core/genesis.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { genesisBlock } from '../node/diva-node.ts';
import { StorageError } from '../storage/errors.ts';
import { createStore, openStore } from '../storage/open-store.ts';
import type { SqliteStore } from '../storage/sqlite-store.ts';
import { syncFolder } from '../storage/sync.ts';

const SIDE_FILES = ['-wal', '-shm'] as const;

/** With what SQLite keeps beside it; nothing happens where there is none. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', ...SIDE_FILES]) fs.rmSync(path + suffix, { force: true });
}

/** For a key that has never signed anything in this network. Throws StorageError. */
export function makeDatabase(path: string, genesisBytes: Uint8Array, publicKey: PublicKey): void {
  create(path, genesisBytes, publicKey).close();
}

/**
 * For a key whose database is gone. It may have signed before, so the node signs nothing until it has caught up with
 * the others (PROTOCOL section 4.7, amnesia). Throws StorageError, `exists` where there is a database.
 */
export function beginAnew(path: string, genesisBytes: Uint8Array, publicKey: PublicKey): void {
  if (fs.existsSync(path)) throw new StorageError('exists', path, 'there is a database already');
  // It comes to its place only when the record is in it: a crash must not leave one that knows no better.
  const draft = `${path}.anew`;
  removeDatabase(draft);
  const store = create(draft, genesisBytes, publicKey);
  try {
    store.write([{ type: 'persistNode', record: FORGOTTEN }]);
  } finally {
    store.close();
  }
  // What a lost database left beside it belongs to that one.
  for (const suffix of SIDE_FILES) fs.rmSync(path + suffix, { force: true });
  fs.renameSync(draft, path);
  syncFolder(dirname(path));
}

/**
 * For a database that comes from a backup: what its key signed since then is not in it, so the node signs nothing until
 * it has caught up (PROTOCOL section 4.7). The others would tell it as well, but not those that have ended meanwhile.
 * Throws StorageError, also for a database of another network or key.
 */
export function markForgotten(path: string, genesisBytes: Uint8Array, publicKey: PublicKey): void {
  const store = openStore({ path, publicKey, genesisBytes }, { crypto: sodiumCrypto });
  try {
    store.write([{ type: 'persistNode', record: FORGOTTEN }]);
  } finally {
    store.close();
  }
}

function create(path: string, genesisBytes: Uint8Array, publicKey: PublicKey): SqliteStore {
  const { chainId, ...block } = genesisBlock(decodeGenesis(genesisBytes), sodiumCrypto);
  const hash: Hash = chainId;
  const stored = { ...block, hash, headerBytes: genesisBytes };
  return createStore({ path, publicKey }, stored, { crypto: sodiumCrypto });
}
