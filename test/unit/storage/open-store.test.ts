import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../../src-main/identity/sodium-crypto.ts';
import { createStore, openReader, openStore } from '../../../src-main/storage/open-store.ts';
import { ChainFixture } from './chain-fixture.ts';
import { dependencies, failureOf, newStore, temporaryFolder } from './folder.ts';

describe('createStore', () => {
  it('never touches a file that is there already', () => {
    const chain = new ChainFixture();
    const path = join(temporaryFolder(), 'node.sqlite');
    writeFileSync(path, 'precious');
    const failure = failureOf(() =>
      createStore({ path, publicKey: chain.ownKey }, chain.genesis, dependencies),
    );
    expect(failure).toMatchObject({ code: 'exists', path });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('goes on where an earlier attempt ended in the middle', () => {
    const chain = new ChainFixture();
    const path = join(temporaryFolder(), 'node.sqlite');
    writeFileSync(`${path}.new`, 'half');
    writeFileSync(`${path}.new-wal`, 'half');
    createStore({ path, publicKey: chain.ownKey }, chain.genesis, dependencies).close();
    expect(readdirSync(dirname(path))).toEqual(['node.sqlite']);
  });

  it('names a folder that is missing', () => {
    const chain = new ChainFixture();
    const path = join(temporaryFolder(), 'nowhere', 'node.sqlite');
    const failure = failureOf(() =>
      createStore({ path, publicKey: chain.ownKey }, chain.genesis, dependencies),
    );
    expect(failure).toMatchObject({ code: 'missing', path });
  });
});

describe('openStore', () => {
  it('accepts the own genesis and refuses another one', () => {
    const { store, path, chain } = newStore();
    store.close();
    const { genesisBytes } = chain.genesis;
    openStore({ path, publicKey: chain.ownKey, genesisBytes }, dependencies).close();
    const other = { path, publicKey: chain.ownKey, genesisBytes: randomBytes(32) };
    expect(failureOf(() => openStore(other, dependencies)).code).toBe('other-network');
  });

  it('refuses the database of another key', () => {
    const { store, path, chain } = newStore();
    store.close();
    const failure = failureOf(() => openStore({ path, publicKey: chain.keys[1]! }, dependencies));
    expect(failure.code).toBe('other-identity');
  });

  it('leaves one file behind when it is closed', () => {
    const { store, path, chain } = newStore();
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    store.close();
    expect(readdirSync(dirname(path))).toEqual(['node.sqlite']);
    expect(existsSync(path)).toBe(true);
  });
});

describe('openReader', () => {
  it('reads a database and its log, and changes neither', () => {
    const { store, path, chain } = newStore();
    store.write([{ type: 'commitBlock', block: chain.block([]) }]);
    const copy = join(temporaryFolder(), 'node.sqlite');
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const before = [readFileSync(copy), readFileSync(`${copy}-wal`)];
    const reader = openReader(copy, dependencies);
    expect(reader.tip().height).toBe(2);
    expect(reader.block(2)?.committee).toEqual(chain.committee.members);
    reader.close();
    expect([readFileSync(copy), readFileSync(`${copy}-wal`)]).toEqual(before);
    const next = openStore({ path: copy, publicKey: chain.ownKey }, dependencies);
    expect(next.tip().height).toBe(2);
    next.close();
    expect(readdirSync(dirname(copy))).toEqual(['node.sqlite']);
  });

  it('refuses what cannot be read, and a database in use', () => {
    const { store, path } = newStore();
    expect(failureOf(() => openReader(path, dependencies)).code).toBe('locked');
    store.close();
    expect(failureOf(() => openReader(`${path}.none`, dependencies)).code).toBe('missing');
    writeFileSync(path, readFileSync(path).subarray(0, 8_192));
    expect(failureOf(() => openReader(path, dependencies)).code).toBe('corrupt');
  });
});
