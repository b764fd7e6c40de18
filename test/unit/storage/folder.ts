import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { StorageError } from '../../../src-main/storage/errors.ts';
import { createStore, openStore } from '../../../src-main/storage/open-store.ts';
import type { SqliteStore } from '../../../src-main/storage/sqlite-store.ts';
import { ChainFixture } from './chain-fixture.ts';

export const dependencies = { crypto: sodiumCrypto };

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'diva-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenedStore {
  readonly chain: ChainFixture;
  readonly path: string;
  readonly store: SqliteStore;
  /** Closes it and opens it again from the disk. */
  reopen(): SqliteStore;
}

export function newStore(): OpenedStore {
  const chain = new ChainFixture();
  const path = join(temporaryFolder(), 'node.sqlite');
  let store = createStore({ path, publicKey: chain.ownKey }, chain.genesis, dependencies);
  onTestFinished(() => store.close());
  const reopen = () => {
    store.close();
    store = openStore({ path, publicKey: chain.ownKey }, dependencies);
    return store;
  };
  return { chain, path, store, reopen };
}

/** The StorageError that the work throws. */
export function failureOf(work: () => unknown): StorageError {
  try {
    work();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
