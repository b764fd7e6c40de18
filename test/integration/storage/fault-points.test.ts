/** kill -9 before every single step of what is done with a database: it is what it was before, or all of it is done. */
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { MIGRATIONS, newestVersion } from '../../../src-main/storage/migrations/migrate.ts';
import { createStore, openStore } from '../../../src-main/storage/open-store.ts';
import type { SqliteStore } from '../../../src-main/storage/sqlite-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { failureOf, temporaryFolder } from '../../unit/storage/folder.ts';
import { NEXT_MIGRATIONS } from './added-migration.ts';
import { outputOf, exitOf, startScript } from './child.ts';
import { SEED, turn } from './marks.ts';
import { expectWhole } from './whole.ts';

const AT_ONCE = 2;
/** Turns in the sample; the next one commits a block. */
const TURNS = 8;

const chain = new ChainFixture(4, SEED);
const dependencies = { crypto: sodiumCrypto };
const versionBefore = newestVersion(MIGRATIONS);

/** A closed database after some turns. */
function sample(): string {
  const path = join(temporaryFolder(), 'node.sqlite');
  const own = new ChainFixture(4, SEED);
  const store = createStore({ path, publicKey: own.ownKey }, own.genesis, dependencies);
  for (let number = 1; number <= TURNS; number++)
    store.write(turn(own, number, (length) => new Uint8Array(length).fill(number)));
  store.close();
  return path;
}

interface Killed {
  readonly path: string;
  readonly isDone: boolean;
}

/** Kills the task before its first step, its second, and so on, until it is done before it is killed. */
async function killEverywhere(
  task: string,
  from: string | null,
  check: (killed: Killed) => void,
): Promise<number> {
  const attempt = async (point: number): Promise<Killed> => {
    const path = join(temporaryFolder(), 'node.sqlite');
    if (from !== null) copyFileSync(from, path);
    const child = startScript('faulty.ts', task, path, String(point));
    const output = await outputOf(child);
    await exitOf(child);
    const isDone = output === 'done\n';
    expect([child.exitCode, child.signalCode], `${task}, ${point}: ${output}`).toEqual(
      isDone ? [0, null] : [null, 'SIGKILL'],
    );
    return { path, isDone };
  };
  for (let first = 1; ; first += AT_ONCE) {
    const attempts = Array.from({ length: AT_ONCE }, (_, index) => attempt(first + index));
    for (const [index, killed] of (await Promise.all(attempts)).entries()) {
      check(killed);
      if (killed.isDone) return first + index - 1;
    }
  }
}

function expectIntact(path: string): void {
  const connection = new Database(path, { fileMustExist: true });
  expect(connection.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(connection.pragma('foreign_key_check')).toEqual([]);
  connection.close();
}

function withStore(path: string, migrations: typeof MIGRATIONS, look: (store: SqliteStore) => void): void {
  const store = openStore({ path, publicKey: chain.ownKey, migrations }, dependencies);
  try {
    look(store);
  } finally {
    store.close();
  }
}

it('making a database', async () => {
  const points = await killEverywhere('create', null, ({ path, isDone }) => {
    if (!existsSync(path)) {
      expect(isDone).toBe(false);
      createStore({ path, publicKey: chain.ownKey }, chain.genesis, dependencies).close();
    }
    expectIntact(path);
    withStore(path, MIGRATIONS, (store) => expect(store.tip().height).toBe(1));
    expect(readdirSync(dirname(path))).toEqual(['node.sqlite']);
  });
  expect(points).toBeGreaterThan(30);
});

it('migrating a database', async () => {
  const seen = new Set<string>();
  const points = await killEverywhere('migrate', sample(), ({ path, isDone }) => {
    expectIntact(path);
    const connection = new Database(path, { readonly: true });
    const version = Number(connection.pragma('user_version', { simple: true }));
    connection.close();
    const isMigrated = version !== versionBefore;
    seen.add(isMigrated ? 'migrated' : 'as before');
    if (isDone) expect(isMigrated).toBe(true);
    if (isMigrated) {
      // A copy was made first, and it is whole.
      const [copy] = readdirSync(dirname(path)).filter((name) => name.endsWith('.backup'));
      expectIntact(join(dirname(path), copy!));
      const open = () => openStore({ path, publicKey: chain.ownKey }, dependencies);
      expect(failureOf(open)).toMatchObject({ code: 'newer-version' });
    } else {
      withStore(path, MIGRATIONS, (store) => expect(expectWhole(store, chain)).toBe(TURNS));
    }
    withStore(path, NEXT_MIGRATIONS, (store) => expect(expectWhole(store, chain)).toBe(TURNS));
    const after = new Database(path, { readonly: true });
    const notes = after.prepare('SELECT DISTINCT note FROM queue').pluck().all();
    const sizes = after.prepare('SELECT count(*) FROM sizes').pluck().get();
    expect([notes, sizes]).toEqual([['from before'], 1 + Math.floor(TURNS / 3)]);
    after.close();
  });
  expect(points).toBeGreaterThan(15);
  expect([...seen].sort()).toEqual(['as before', 'migrated']);
});

it.each(['write', 'close'])('a turn: %s', async (task) => {
  const seen = new Set<number>();
  await killEverywhere(task, sample(), ({ path, isDone }) => {
    expectIntact(path);
    withStore(path, MIGRATIONS, (store) => {
      const number = expectWhole(store, chain);
      seen.add(number);
      if (isDone) expect(number).toBe(TURNS + 1);
    });
  });
  // What write() has returned from is there, whatever is killed later.
  expect([...seen].sort()).toEqual(task === 'write' ? [TURNS, TURNS + 1] : [TURNS + 1]);
});
