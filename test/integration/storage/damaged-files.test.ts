import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createStore, openStore } from '../../../src-main/storage/open-store.ts';
import type { SqliteStore } from '../../../src-main/storage/sqlite-store.ts';
import { ChainFixture, data } from '../../unit/storage/chain-fixture.ts';
import { dependencies, failureOf, temporaryFolder } from '../../unit/storage/folder.ts';

const PAGE_BYTES = 4_096;
const BLOCKS = 40;
const USER_VERSION_OFFSET = 60;
const chain = new ChainFixture();

/** A database as a closed node leaves it, and one as a killed node does, its newest turn only in the log. */
const samples = mkdtempSync(join(tmpdir(), 'diva-samples-'));
let closed: Buffer;
let killed: { readonly file: Buffer; readonly log: Buffer };

beforeAll(() => {
  const path = join(samples, 'node.sqlite');
  const options = { path, publicKey: chain.ownKey };
  const store = createStore(options, chain.genesis, dependencies);
  for (let i = 0; i < BLOCKS; i++) commit(store, i);
  store.close();
  closed = readFileSync(path);
  const running = openStore(options, dependencies);
  commit(running, BLOCKS);
  killed = { file: readFileSync(path), log: readFileSync(`${path}-wal`) };
  running.close();
});

afterAll(() => rmSync(samples, { recursive: true }));

function commit(store: SqliteStore, index: number): void {
  const commands = [data('test:damage:x', 'v'.repeat(500 + index))];
  const bundle = chain.bundle(index % 4, [{ ident: `i${index}`, commands }]);
  store.write([{ type: 'commitBlock', block: chain.block([bundle]) }]);
}

/** Puts files into a folder of their own and returns the path of the database. */
function place(file: Uint8Array | string, log?: Uint8Array): string {
  const path = join(temporaryFolder(), 'node.sqlite');
  writeFileSync(path, file);
  if (log !== undefined) writeFileSync(`${path}-wal`, log);
  return path;
}

const open = (path: string) => openStore({ path, publicKey: chain.ownKey }, dependencies);

/** The code it is refused with; every file of the folder is what and where it was. */
function refusal(path: string): string {
  const folder = join(path, '..');
  const look = () =>
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);
  const before = look();
  const { code, path: named } = failureOf(() => open(path).close());
  expect(named).toBe(path);
  expect(look(), `the files of a database that is ${code}`).toEqual(before);
  return code;
}

/** The file with other bytes from page `first` on. */
function overwritten(file: Buffer, first: number, pages: number): Buffer {
  const changed = Buffer.from(file);
  changed.fill(0xa5, first * PAGE_BYTES, (first + pages) * PAGE_BYTES);
  return changed;
}

it('opens the samples themselves', () => {
  const fromClosed = open(place(closed));
  expect(fromClosed.tip().height).toBe(1 + BLOCKS);
  fromClosed.close();
  const fromKilled = open(place(killed.file, killed.log));
  expect(fromKilled.tip().height).toBe(2 + BLOCKS);
  fromKilled.close();
});

describe('what is no database of ours', () => {
  it('is refused: nothing, text, half a header, a folder, the database of another program', () => {
    expect(refusal(join(temporaryFolder(), 'node.sqlite'))).toBe('missing');
    expect(refusal(place(''))).toBe('not-a-database');
    expect(refusal(place('It was a dark and stormy night.\n'.repeat(1_000)))).toBe('not-a-database');
    expect(refusal(place(closed.subarray(0, 50)))).toBe('not-a-database');
    const folder = join(temporaryFolder(), 'node.sqlite');
    mkdirSync(folder);
    expect(failureOf(() => open(folder)).code).toBe('not-a-database');
    const path = join(temporaryFolder(), 'node.sqlite');
    const other = new Database(path);
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    expect(refusal(path)).toBe('not-a-database');
  });
});

describe('a database from the future', () => {
  it('is refused, also when only its log says so', () => {
    const newer = Buffer.from(closed);
    newer.writeUInt32BE(7, USER_VERSION_OFFSET);
    const path = place(newer);
    expect(failureOf(() => open(path))).toMatchObject({ code: 'newer-version', found: 7, supported: 2 });
    expect(refusal(path)).toBe('newer-version');
    const raised = place(closed);
    const connection = new Database(raised);
    connection.pragma('user_version = 7');
    const [file, log] = [readFileSync(raised), readFileSync(`${raised}-wal`)];
    connection.close();
    expect(file.readUInt32BE(USER_VERSION_OFFSET)).toBe(2);
    expect(refusal(place(file, log))).toBe('newer-version');
  });
});

describe('a damaged database', () => {
  it('is refused when its end is missing', () => {
    const pages = closed.length / PAGE_BYTES;
    for (const kept of [1, 2, Math.floor(pages / 2), pages - 1]) {
      expect(refusal(place(closed.subarray(0, kept * PAGE_BYTES))), `${kept} of ${pages} pages`).toBe(
        'corrupt',
      );
    }
    expect(refusal(place(closed.subarray(0, closed.length - 1)))).toBe('corrupt');
  });

  it('is refused when pages hold something else', () => {
    const pages = closed.length / PAGE_BYTES;
    for (const [first, count] of [
      [1, 4],
      [2, pages - 2],
      [Math.floor(pages / 2), pages - Math.floor(pages / 2)],
    ] as const) {
      expect(refusal(place(overwritten(closed, first, count))), `from page ${first}`).toBe('corrupt');
    }
    const withoutSchema = Buffer.from(closed);
    withoutSchema.fill(0, 100, PAGE_BYTES);
    expect(refusal(place(withoutSchema))).toBe('corrupt');
  });

  it('is refused with its log, and both stay', () => {
    const pages = killed.file.length / PAGE_BYTES;
    expect(refusal(place(overwritten(killed.file, 2, pages - 2), killed.log))).toBe('corrupt');
  });

  it('is refused when a vital row is gone', () => {
    for (const sql of [
      "DELETE FROM meta WHERE key = 'genesis'",
      'DELETE FROM tip',
      'UPDATE tip SET height = 7',
    ]) {
      const path = place(closed);
      const connection = new Database(path);
      connection.exec(sql);
      connection.close();
      expect(refusal(path), sql).toBe('corrupt');
    }
  });

  it('says so when damage shows only on reading', () => {
    const path = place(closed);
    const connection = new Database(path);
    connection.exec("UPDATE blocks SET results = x'07' WHERE height = 5");
    connection.exec("UPDATE committees SET members = x'0102'");
    connection.close();
    const store = open(path);
    onTestFinished(() => store.close());
    expect(failureOf(() => store.block(6)).code).toBe('corrupt');
  });
});

describe('a log that ends in the middle', () => {
  it('loses the turn that was not complete, and nothing before', () => {
    for (const cut of [1, 100, PAGE_BYTES, killed.log.length - 10, killed.log.length]) {
      const store = open(place(killed.file, killed.log.subarray(0, killed.log.length - cut)));
      expect(store.tip().height).toBe(1 + BLOCKS);
      expect(store.block(1 + BLOCKS)?.transactions).toHaveLength(1);
      store.close();
    }
  });
});

describe('a file that cannot be written', () => {
  it('is refused and named', (context) => {
    const path = place(closed);
    if (!protect(path)) return context.skip('this account may write everything here');
    expect(refusal(path)).toBe('read-only');
  });
});

/** Takes the right to write away, from the administrator too; false where that cannot be had. */
function protect(path: string): boolean {
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o400);
    return true;
  }
  try {
    execFileSync('chattr', ['+i', path], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('chattr', ['-i', path]));
  return true;
}
