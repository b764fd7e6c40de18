import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FORGOTTEN } from '../../../src-main/core/guard.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { beginAnew, makeDatabase } from '../../../src-main/networks/database.ts';
import { newGenesis } from '../../../src-main/networks/genesis.ts';
import { systemRandom } from '../../../src-main/networks/system.ts';
import { openStore } from '../../../src-main/storage/open-store.ts';

const publicKey = new Uint8Array(32).fill(1);
const genesis = newGenesis('Name', [publicKey], { crypto: sodiumCrypto, random: systemRandom }).bytes;
let database: string;
beforeEach(() => {
  database = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'diva-database-')), 'node.sqlite');
});
afterEach(() => fs.rmSync(path.dirname(database), { recursive: true }));

function recordsIn(file: string) {
  const store = openStore({ path: file, publicKey }, { crypto: sodiumCrypto });
  const { records, tip } = store.load();
  store.close();
  return { records, height: tip.height };
}

describe('the database of a node', () => {
  test('made with its network, has nothing to remember', () => {
    makeDatabase(database, genesis, publicKey);
    expect(recordsIn(database)).toEqual({ records: [], height: 1 });
  });

  test('begun anew, knows that it has forgotten', () => {
    fs.writeFileSync(`${database}-wal`, 'of the lost one');
    beginAnew(database, genesis, publicKey);
    expect(recordsIn(database)).toEqual({ records: [FORGOTTEN], height: 1 });
    expect(fs.readdirSync(path.dirname(database))).toEqual(['node.sqlite']);
  });

  test('is not replaced, and a draft that a crash left is no obstacle', () => {
    makeDatabase(database, genesis, publicKey);
    expect(() => beginAnew(database, genesis, publicKey)).toThrow(
      expect.objectContaining({ code: 'exists' }),
    );
    fs.renameSync(database, `${database}.anew`);
    beginAnew(database, genesis, publicKey);
    expect(recordsIn(database).records).toEqual([FORGOTTEN]);
  });
});
