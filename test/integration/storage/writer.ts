/**
 * Writes turns into the database given as argument until it is killed, and acknowledges each one after
 * write() has returned: one line `number height`. Every turn with number n leaves marks that the test can
 * look for.
 */
import { existsSync, writeSync } from 'node:fs';
import { randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { createStore, openStore } from '../../../src-main/storage/open-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { numberOf, SEED, turn } from './marks.ts';

const path = process.argv[2]!;
const chain = new ChainFixture(4, SEED);
const options = { path, publicKey: chain.ownKey };
const dependencies = { crypto: sodiumCrypto };
if (!existsSync(path)) createStore(options, chain.genesis, dependencies).close();
const store = openStore(options, dependencies);
chain.continueFrom(store);

let number = numberOf(store.load());
const limit = Number(process.argv[3] ?? Infinity);
for (;;) {
  number++;
  try {
    store.write(turn(chain, number, randomBytes));
  } catch (error) {
    writeSync(1, `failed ${(error as { code?: string }).code ?? String(error)}\n`);
    break;
  }
  writeSync(1, `${number} ${store.tip().height}\n`);
  if (number >= limit) break;
}
