import Database from 'better-sqlite3';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initial } from '../../../src-main/storage/migrations/001-initial.ts';
import { MIGRATIONS, newestVersion } from '../../../src-main/storage/migrations/migrate.ts';
import type { Migration } from '../../../src-main/storage/migrations/migration.ts';
import { openReader, openStore } from '../../../src-main/storage/open-store.ts';
import { dependencies, failureOf, newStore } from './folder.ts';

/** What the next version of the app could bring. */
const ADDED: Migration = {
  version: newestVersion(MIGRATIONS) + 1,
  sql: 'CREATE TABLE added (a INTEGER) STRICT;',
};
const BROKEN: Migration = { version: ADDED.version + 1, sql: 'CREATE TABLE half (a); CREATE TABLE tip (a);' };

function tablesOf(path: string): string[] {
  const connection = new Database(path);
  try {
    const tables = connection
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    return tables as string[];
  } finally {
    connection.close();
  }
}

describe('the list', () => {
  it('is numbered from 2 without gaps: format 1 was never released', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 2));
  });
});

describe('001 initial', () => {
  it('makes the tables of a new database', () => {
    const { store, path } = newStore();
    store.close();
    expect(initial.version).toBe(2);
    expect(tablesOf(path)).toEqual([
      ...['blocks', 'bundles', 'committed', 'committees', 'lane', 'meta', 'node_records', 'origins', 'queue'],
      ...['safety', 'state', 'state_history', 'tip', 'transactions'],
    ]);
  });
});

describe('an older database', () => {
  it('is copied first, then migrated, with everything in it', () => {
    const { store, path, chain } = newStore();
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    store.close();
    const before = readFileSync(path);
    const copies: string[] = [];
    const migrated = openStore(
      {
        path,
        publicKey: chain.ownKey,
        migrations: [...MIGRATIONS, ADDED],
        onBackup: (copy) => copies.push(copy),
      },
      dependencies,
    );
    expect(migrated.tip().height).toBe(2);
    migrated.close();
    expect(tablesOf(path)).toContain('added');
    expect(copies).toHaveLength(1);
    expect(basename(copies[0]!)).toMatch(/^node\.sqlite\.v2-\d{4}-\d\d-\d\dT[\d-]+Z\.backup$/);
    expect(readFileSync(path)).not.toEqual(before);
    const copy = openStore({ path: copies[0]!, publicKey: chain.ownKey }, dependencies);
    expect(copy.tip().height).toBe(2);
    copy.close();
  });

  it('is copied even when nobody listens, and only once', () => {
    const { store, path, chain } = newStore();
    store.close();
    const options = { path, publicKey: chain.ownKey, migrations: [...MIGRATIONS, ADDED] };
    openStore(options, dependencies).close();
    openStore(options, dependencies).close();
    const copies = readdirSync(dirname(path)).filter((name) => name.endsWith('.backup'));
    expect(copies).toHaveLength(1);
  });

  it('stays as it was when a migration fails in the middle', () => {
    const { store, path, chain } = newStore();
    store.close();
    const before = readFileSync(path);
    const migrations = [...MIGRATIONS, ADDED, BROKEN];
    expect(() => openStore({ path, publicKey: chain.ownKey, migrations }, dependencies)).toThrow(
      /tip already exists/,
    );
    expect(tablesOf(path)).not.toContain('added');
    expect(readFileSync(path)).toEqual(before);
    openStore({ path, publicKey: chain.ownKey }, dependencies).close();
  });
});

describe('a database from the future', () => {
  it('is refused and left alone', () => {
    const { store, path, chain } = newStore();
    store.close();
    const options = { path, publicKey: chain.ownKey };
    openStore({ ...options, migrations: [...MIGRATIONS, ADDED] }, dependencies).close();
    const before = readFileSync(path);
    const failure = failureOf(() => openStore(options, dependencies));
    expect(failure).toMatchObject({ code: 'newer-version', path, found: 3, supported: 2 });
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});

describe('a database from before the first release', () => {
  it('is refused and left alone, to write and to read', () => {
    const { store, path, chain } = newStore();
    store.close();
    const connection = new Database(path);
    connection.pragma('user_version = 1');
    connection.close();
    const before = readFileSync(path);
    const refused = { code: 'older-version', path, found: 1, supported: 2 };
    const options = { path, publicKey: chain.ownKey };
    expect(failureOf(() => openStore(options, dependencies))).toMatchObject(refused);
    expect(failureOf(() => openReader(path, dependencies))).toMatchObject(refused);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dirname(path))).toEqual([basename(path)]);
  });
});
