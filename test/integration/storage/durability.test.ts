import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeHeader } from '../../../src-main/core/encoding.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { openStore } from '../../../src-main/storage/open-store.ts';
import type { SqliteStore } from '../../../src-main/storage/sqlite-store.ts';
import { ChainFixture } from '../../unit/storage/chain-fixture.ts';
import { temporaryFolder } from '../../unit/storage/folder.ts';
import { type Child, exitOf, startScript } from './child.ts';
import { SEED } from './marks.ts';
import { expectWhole } from './whole.ts';

const KILLS = 20;

/** Kills the writer after so many acknowledgements; returns the last line that it got out. */
async function killAfter(
  child: Child,
  acknowledgements: number,
): Promise<{ number: number; height: number }> {
  let output = '';
  let count = 0;
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += chunk;
    count += String(chunk).split('\n').length - 1;
    if (count >= acknowledgements) child.kill('SIGKILL');
  }
  await exitOf(child);
  const [number, height] = output.split('\n').at(-2)!.split(' ').map(Number);
  return { number: number!, height: height! };
}

function expectLinked(store: SqliteStore): void {
  for (let height = store.tip().height; height > 1; height--) {
    const block = store.block(height)!;
    const { header, hash } = decodeHeader(block.headerBytes, sodiumCrypto);
    expect(hash).toEqual(block.hash);
    expect(header.prev).toEqual(store.block(height - 1)!.hash);
    expect(block.transactions).toHaveLength(1);
  }
}

it(`loses nothing that it acknowledged, and halves no turn, in ${KILLS} kills at random moments`, async () => {
  const path = join(temporaryFolder(), 'node.sqlite');
  const chain = new ChainFixture(4, SEED);
  for (let kill = 0; kill < KILLS; kill++) {
    const last = await killAfter(startScript('writer.ts', path), 1 + Math.floor(Math.random() * 200));
    const store = openStore({ path, publicKey: chain.ownKey }, { crypto: sodiumCrypto });
    try {
      expect(expectWhole(store, chain)).toBeGreaterThanOrEqual(last.number);
      expect(store.tip().height).toBeGreaterThanOrEqual(last.height);
      if (kill === KILLS - 1) expectLinked(store);
    } finally {
      store.close();
    }
  }
});

it('keeps a second process out while the first one writes', async () => {
  const path = join(temporaryFolder(), 'node.sqlite');
  const chain = new ChainFixture(4, SEED);
  const child = startScript('writer.ts', path);
  const lines = child.stdout[Symbol.asyncIterator]();
  await lines.next();
  let failure: unknown;
  try {
    openStore({ path, publicKey: chain.ownKey }, { crypto: sodiumCrypto }).close();
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ code: 'locked', path });
  const before = (await lines.next()).done;
  expect(before, 'the writer goes on').toBe(false);
});
