import type { Migration } from './migration.ts';

/**
 * One file per node. What is written per transaction is kept small: keys of members are numbers (`origins`),
 * a bundle's bytes are written once, when the node first needs them (own lane, safety log or block), and only
 * referred to afterwards.
 *
 * Format 1, of versions that were never released, has another ledger state in `tip.snapshot`; it is refused.
 */
export const initial: Migration = {
  version: 2,
  sql: `
    -- genesis, publicKey, safetyLog (present once the safety log was written)
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE tip (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      height INTEGER NOT NULL,
      hash BLOB NOT NULL,
      snapshot BLOB NOT NULL
    ) STRICT;

    CREATE TABLE committees (
      id INTEGER PRIMARY KEY,
      hash BLOB NOT NULL UNIQUE,
      members BLOB NOT NULL
    ) STRICT;

    CREATE TABLE blocks (
      height INTEGER PRIMARY KEY,
      hash BLOB NOT NULL UNIQUE,
      committee INTEGER NOT NULL REFERENCES committees (id),
      header BLOB NOT NULL,
      certificate BLOB NOT NULL,
      results BLOB NOT NULL
    ) STRICT;

    CREATE TABLE origins (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE bundles (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;

    -- Which bundle stands where in which block. bundles(id) is not declared as a foreign key: it would cost an index.
    CREATE TABLE committed (
      height INTEGER NOT NULL REFERENCES blocks (height),
      position INTEGER NOT NULL,
      origin INTEGER NOT NULL REFERENCES origins (id),
      seq INTEGER NOT NULL,
      bundle INTEGER NOT NULL,
      PRIMARY KEY (height, position)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX committed_by_lane ON committed (origin, seq);

    CREATE TABLE transactions (
      origin INTEGER NOT NULL,
      ident TEXT NOT NULL,
      height INTEGER NOT NULL,
      bundle_position INTEGER NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (origin, ident)
    ) STRICT, WITHOUT ROWID;

    -- The newest value of each key; what it replaced is in state_history. NULL: the key ended here.
    CREATE TABLE state (
      key TEXT PRIMARY KEY,
      height INTEGER NOT NULL,
      origin INTEGER NOT NULL,
      ident TEXT NOT NULL,
      value TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE state_history (
      key TEXT NOT NULL,
      height INTEGER NOT NULL,
      origin INTEGER NOT NULL,
      ident TEXT NOT NULL,
      value TEXT,
      PRIMARY KEY (key, height)
    ) STRICT, WITHOUT ROWID;

    -- Own bundles that no block cites yet.
    CREATE TABLE lane (seq INTEGER PRIMARY KEY, bundle INTEGER NOT NULL REFERENCES bundles (id)) STRICT;

    CREATE TABLE queue (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

    -- bytes, or for kind 'bundle' a reference.
    CREATE TABLE safety (
      height INTEGER NOT NULL,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      bytes BLOB,
      bundle INTEGER REFERENCES bundles (id),
      PRIMARY KEY (height, kind, key),
      CHECK ((bytes IS NULL) <> (bundle IS NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE node_records (key TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `,
};
