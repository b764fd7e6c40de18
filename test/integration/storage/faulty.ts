/**
 * Does one thing with the database given as argument and kills itself, as kill -9 would, before its n-th step: each SQL
 * statement, each PRAGMA, each call that touches a file is one. Says `done` when it came to the end before that.
 * Parameters: task, path, n.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import Database from 'better-sqlite3';
import { randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { createStore, openStore } from '../../../src-main/storage/open-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { NEXT_MIGRATIONS } from './added-migration.ts';
import { numberOf, SEED, turn } from './marks.ts';

const [task, path, point] = process.argv.slice(2) as [string, string, string];
let left = Number(point);

function step(): void {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
}

type Methods = Record<string, (...parameters: unknown[]) => unknown>;

function stepBefore(owner: object, names: readonly string[]): void {
  const methods = owner as Methods;
  for (const name of names) {
    const original = methods[name]!;
    methods[name] = function (this: unknown, ...parameters: unknown[]) {
      step();
      return original.apply(this, parameters);
    };
  }
}

/** From here on every step counts. */
function arm(): void {
  const database = Database.prototype as unknown as Methods;
  const exec = database['exec']!;
  database['exec'] = function (this: unknown, sql: unknown) {
    const statements = String(sql)
      .replaceAll(/--[^\n]*/g, '')
      .split(';')
      .filter((statement) => statement.trim() !== '');
    for (const statement of statements) {
      step();
      exec.call(this, statement);
    }
    return this;
  };
  const sample = new Database(':memory:');
  const statement = Object.getPrototypeOf(sample.prepare('SELECT 1')) as object;
  sample.close();
  stepBefore(database, ['pragma', 'close']);
  stepBefore(statement, ['run', 'get', 'all']);
  stepBefore(fs, ['renameSync', 'rmSync', 'openSync', 'fsyncSync', 'closeSync']);
  syncBuiltinESMExports();
}

const chain = new ChainFixture(4, SEED);
const options = { path, publicKey: chain.ownKey };
const dependencies = { crypto: sodiumCrypto };

const TASKS: Readonly<Record<string, () => void>> = {
  create: () => {
    arm();
    createStore(options, chain.genesis, dependencies).close();
  },
  migrate: () => {
    arm();
    openStore({ ...options, migrations: NEXT_MIGRATIONS }, dependencies).close();
  },
  write: () => {
    const store = openStore(options, dependencies);
    chain.continueFrom(store);
    const next = turn(chain, numberOf(store.load()) + 1, randomBytes);
    arm();
    store.write(next);
  },
  close: () => {
    const store = openStore(options, dependencies);
    chain.continueFrom(store);
    store.write(turn(chain, numberOf(store.load()) + 1, randomBytes));
    arm();
    store.close();
  },
};

TASKS[task]!();
fs.writeSync(1, 'done\n');
