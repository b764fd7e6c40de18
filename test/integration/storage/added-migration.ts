import { MIGRATIONS, newestVersion } from '../../../src-main/storage/migrations/migrate.ts';
import type { Migration } from '../../../src-main/storage/migrations/migration.ts';

/** What a next version of the app could bring: a new table, filled from what is there, and a changed one. */
const added: Migration = {
  version: newestVersion(MIGRATIONS) + 1,
  sql: `
    CREATE TABLE sizes (height INTEGER PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
    INSERT INTO sizes SELECT height, length(header) FROM blocks;
    ALTER TABLE queue ADD COLUMN note TEXT;
    UPDATE queue SET note = 'from before';
    CREATE INDEX queue_by_note ON queue (note);
  `,
};

export const NEXT_MIGRATIONS: readonly Migration[] = [...MIGRATIONS, added];
