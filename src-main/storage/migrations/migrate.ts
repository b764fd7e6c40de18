import { dirname } from 'node:path';
import { APPLICATION_ID, type Connection, userVersion } from '../connection.ts';
import type { Versions } from '../file-check.ts';
import { syncFile, syncFolder } from '../sync.ts';
import { initial } from './001-initial.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [initial];

/** What these migrations can bring up to date: nothing leads to the first one from before it. */
export function versionsOf(migrations: readonly Migration[]): Versions {
  return { oldest: migrations[0]!.version, newest: newestVersion(migrations) };
}

export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)!.version;
}

/** Applies what is missing, all of it or nothing. Inside the transaction of the caller if there is one. */
export function migrate(connection: Connection, migrations: readonly Migration[]): void {
  const apply = connection.transaction(() => {
    const found = userVersion(connection);
    for (const migration of migrations) {
      if (migration.version <= found) continue;
      connection.exec(migration.sql);
      connection.pragma(`user_version = ${migration.version}`);
    }
    connection.pragma(`application_id = ${APPLICATION_ID}`);
  });
  apply();
}

/**
 * A complete copy beside the database, made before it is changed. Returns its path, which names the version
 * and the day: `node.sqlite.v1-2026-01-31T12-00-00-000Z.backup`.
 */
export function backUp(connection: Connection, path: string): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const copy = `${path}.v${userVersion(connection)}-${stamp}.backup`;
  connection.prepare('VACUUM INTO ?').run(copy);
  syncFile(copy);
  syncFolder(dirname(copy));
  return copy;
}
