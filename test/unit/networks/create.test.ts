import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { createIdentity, loadIdentity } from '../../../src-main/identity/identity-file.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { createNetworkFolder, createOwnNetwork } from '../../../src-main/networks/create.ts';
import { identityFolder, networkFiles } from '../../../src-main/networks/folders.ts';
import { newGenesis, readGenesis } from '../../../src-main/networks/genesis.ts';
import { listNetworks, removeNetwork } from '../../../src-main/networks/list.ts';
import { nodeFolder, readManifest } from '../../../src-main/networks/manifest.ts';
import { nodeConfigFile } from '../../../src-main/networks/node-config.ts';
import { createSharedNetwork } from '../../../src-main/networks/shared/create.ts';
import { openStore } from '../../../src-main/storage/open-store.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-create-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe('a genesis', () => {
  test('has equal stakes, and an id that never looks like an option', () => {
    let drawn = 0;
    const random = { bytes: (length: number) => new Uint8Array(length).fill(drawn++) };
    const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const ids = Array.from({ length: 100 }, () => newGenesis('Name', keys, { crypto: sodiumCrypto, random }));
    expect(drawn).toBeGreaterThan(100);
    for (const { id, genesis, bytes } of ids) {
      expect(id).toBe(toText(sodiumCrypto.hash(bytes)));
      expect(id.startsWith('-')).toBe(false);
      expect(genesis.members.map(({ stake }) => stake)).toEqual([1, 1]);
    }
  });

  test('is refused when it is not the one that the folder is named after', () => {
    const file = path.join(folder, 'genesis.ssz');
    const read = () => readGenesis(file, 'A'.repeat(43), sodiumCrypto);
    expect(read).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
    fs.writeFileSync(file, 'something');
    expect(read).toThrow(expect.objectContaining({ code: 'folder-corrupt' }) as Error);
  });
});

describe('a network folder', () => {
  test('gives every node a key, a database and the addresses of the others', async () => {
    const id = await createNetworkFolder(folder, { networkName: 'Four', nodeCount: 4 }, {});
    const manifest = readManifest(folder)!;
    expect(manifest).toMatchObject({ id, name: 'Four', nextNumber: 5 });
    const ports = manifest.nodes.flatMap((node) => Object.values(node.ports));
    expect(new Set(ports).size).toBe(12);
    for (const { number, publicKey, name } of manifest.nodes) {
      const dataDir = nodeFolder(folder, number);
      const identity = await loadIdentity(identityFolder(dataDir));
      expect(toText(identity.publicKey)).toBe(publicKey);
      const files = networkFiles(dataDir, id);
      const { genesis, bytes } = readGenesis(files.genesis, id, sodiumCrypto);
      expect(genesis.members.map((member) => toText(member.publicKey))).toContain(publicKey);
      const options = { path: files.database, publicKey: identity.publicKey, genesisBytes: bytes };
      const store = openStore(options, { crypto: sodiumCrypto });
      expect(store.tip().height).toBe(1);
      store.close();
      const config = nodeConfigFile.read(files.config)!;
      expect(config).toMatchObject({ name, joins: false });
      expect(config.peers).toHaveLength(3);
    }
    expect(fs.readdirSync(folder).sort()).toEqual(['local-network.json', 'nodes']);
  });

  test('is not made where nodes are already', async () => {
    await createNetworkFolder(folder, { networkName: 'One', nodeCount: 1 }, {});
    const again = createNetworkFolder(folder, { networkName: 'One', nodeCount: 1 }, {});
    await expect(again).rejects.toMatchObject({ code: 'not-empty' });
  });

  test('leaves nothing behind when it is cancelled or refused', async () => {
    for (const stage of ['keys', 'genesis']) {
      const abort = new AbortController();
      const onStage = (progress: { stage: string; done: number }): void => {
        if (progress.stage === stage && progress.done === 2) abort.abort();
      };
      const work = { signal: abort.signal, onStage };
      const created = createNetworkFolder(folder, { networkName: 'Never', nodeCount: 4 }, work);
      await expect(created).rejects.toMatchObject({ code: 'cancelled' });
      expect(fs.readdirSync(folder)).toEqual([]);
    }
    for (const bad of [
      { networkName: 'x', nodeCount: 0 },
      { networkName: 'x', nodeCount: 17 },
      { networkName: 'x', nodeCount: 1.5 },
      { networkName: '', nodeCount: 1 },
      { networkName: 'two\nlines', nodeCount: 1 },
    ]) {
      await expect(createNetworkFolder(folder, bad, {})).rejects.toMatchObject({ code: 'invalid-options' });
    }
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

test('a network of the own node is listed, and removed into a backup', async () => {
  const { publicKey } = await createIdentity(identityFolder(folder));
  const own = { dataDir: folder, name: 'Me', publicKey };
  expect(listNetworks(folder)).toEqual([]);
  const id = await createOwnNetwork({ networkName: 'Mine', nodeCount: 3 }, own, {});
  expect(listNetworks(folder)).toMatchObject([{ id, name: 'Mine', kind: 'local', localNodeCount: 3 }]);
  const { folder: home } = networkFiles(folder, id);
  const { nodes } = readManifest(home)!;
  expect(nodes.map(({ name, isOwn }) => [name, isOwn])).toEqual([
    ['Me', true],
    ['Ada', false],
    ['Ben', false],
  ]);
  expect(nodes[0]!.publicKey).toBe(toText(publicKey));
  const backup = removeNetwork(folder, id);
  expect(fs.existsSync(path.join(backup, 'node.sqlite'))).toBe(true);
  expect(listNetworks(folder)).toEqual([]);
  expect(() => removeNetwork(folder, id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
});

test('a network with damaged files does not vanish: it is listed, and can be put aside', async () => {
  const own = { dataDir: folder, name: 'Me', publicKey: new Uint8Array(32).fill(7) };
  const id = await createOwnNetwork({ networkName: 'Mine', nodeCount: 2 }, own, {});
  const { folder: home, genesis } = networkFiles(folder, id);
  fs.writeFileSync(path.join(home, 'local-network.json'), '{"half of');
  expect(listNetworks(folder)).toMatchObject([{ id, name: 'Mine', localNodeCount: 2, createdAtMs: null }]);
  fs.writeFileSync(genesis, 'no genesis');
  expect(listNetworks(folder)).toMatchObject([{ id, name: id.slice(0, 8), localNodeCount: 0 }]);
  expect(fs.existsSync(removeNetwork(folder, id))).toBe(true);
  expect(listNetworks(folder)).toEqual([]);
});

test('a name fits into a genesis, in every script, or is refused', async () => {
  const own = { dataDir: folder, name: 'Me', publicKey: new Uint8Array(32).fill(7) };
  const rest = { admission: 'ask', raises: true, profile: 'lan' } as const;
  const makers = [
    (networkName: string) => createOwnNetwork({ networkName, nodeCount: 1 }, own, {}),
    (networkName: string) => createSharedNetwork({ networkName, ...rest }, own, {}),
  ];
  for (const make of makers) {
    for (const name of ['', 'two\nlines', 'x'.repeat(65), '網'.repeat(43)])
      await expect(make(name), name).rejects.toMatchObject({ code: 'invalid-options' });
    expect(await make('網'.repeat(42))).toHaveLength(43);
  }
  expect(listNetworks(folder)).toHaveLength(2);
});
