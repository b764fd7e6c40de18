import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createNetworkFolder } from '../../../src-main/networks/create.ts';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import { load, settled, submit, temporaryFolder } from '../networks/harness.ts';
import { runCli } from './run-cli.ts';

/** A network of four that ran and was stopped; returns the database of its second node. */
async function stoppedNetwork() {
  const home = temporaryFolder();
  const id = await createNetworkFolder(home, { networkName: 'Damaged', nodeCount: 4 }, {});
  const network = load(home);
  await network.start();
  for (let count = 0; count < 20; count++) await submit(network.nodes()[1]!, `before-${count}`);
  await settled(network.nodes());
  await network.stop();
  const { dataDir } = network.nodes()[1]!;
  return { home, dataDir, files: networkFiles(dataDir, id) };
}

const USER_VERSION_OFFSET = 60;

function writeAt(file: string, offset: number, bytes: Buffer): void {
  const handle = fs.openSync(file, 'r+');
  fs.writeSync(handle, bytes, 0, bytes.length, offset);
  fs.closeSync(handle);
}

test('a node with a database that cannot be used says why and leaves the file as it is', async () => {
  const { home, dataDir, files } = await stoppedNetwork();
  const { database } = files;
  const good = fs.readFileSync(database);
  const damages: Record<string, [code: string, damage: () => void]> = {
    corrupted: ['database-corrupt', () => writeAt(database, 4096, Buffer.alloc(8192, 0x5a))],
    truncated: ['database-corrupt', () => fs.truncateSync(database, good.length >> 1)],
    emptied: ['database-corrupt', () => fs.truncateSync(database, 0)],
    missing: ['database-missing', () => fs.rmSync(database)],
    newer: ['database-newer', () => writeAt(database, USER_VERSION_OFFSET, Buffer.from([0, 0, 0x7f, 0xff]))],
    'read-only': ['database-read-only', () => fs.chmodSync(database, 0o444)],
  };
  for (const [name, [code, damage]] of Object.entries(damages)) {
    damage();
    const before = fs.existsSync(database) ? fs.readFileSync(database) : null;
    const alone = await runCli('node', '--data-dir', dataDir, '--json');
    expect([alone.code, alone.json()], name).toMatchObject([6, { error: { code } }]);
    const network = load(home);
    await network.start();
    const shown = network.nodes().map((node) => [node.state, node.failure?.code]);
    const running = ['running', undefined];
    expect(shown, name).toEqual([running, ['failed', code], running, running]);
    // Three of four agree.
    await submit(network.nodes()[0]!, `while-${name}`);
    const status = (await runCli('status', '--data-dir', home, '--json')).json();
    const { name: damaged, publicKey } = network.nodes()[1]!;
    expect(status['stopped'], name).toMatchObject([{ name: damaged, publicKey, reason: {} }]);
    await network.stop();
    expect(fs.existsSync(database) ? fs.readFileSync(database) : null, name).toEqual(before);
    fs.rmSync(database, { force: true });
    fs.writeFileSync(database, good, { mode: 0o600 });
  }
  // Put back as it was, it works again: nothing beside it was touched either.
  const checked = await runCli('verify-chain', '--data-dir', dataDir, '--json');
  expect([checked.code, checked.json()]).toMatchObject([0, { valid: true }]);
});

test('a rewritten record is found, and a changed genesis, an open or a broken key file is refused', async () => {
  const { dataDir, files } = await stoppedNetwork();
  const database = fs.readFileSync(files.database);
  for (let at = database.indexOf('before-7'); at >= 0; at = database.indexOf('before-7', at)) {
    database.write('before_7', at);
  }
  fs.writeFileSync(files.database, database);
  const rewritten = await runCli('verify-chain', '--data-dir', dataDir, '--json');
  expect([rewritten.code, rewritten.json()]).toMatchObject([1, { valid: false, reason: 'wrong-body' }]);
  const genesis = fs.readFileSync(files.genesis);
  fs.writeFileSync(
    files.genesis,
    Buffer.concat([genesis.subarray(0, 20), Buffer.from([1]), genesis.subarray(21)]),
  );
  const other = await runCli('node', '--data-dir', dataDir, '--json');
  expect([other.code, other.json()]).toMatchObject([6, { error: { code: 'folder-corrupt' } }]);
  fs.writeFileSync(files.genesis, genesis);
  const key = path.join(dataDir, 'identity', 'key.json');
  fs.chmodSync(key, 0o644);
  const open = await runCli('node', '--data-dir', dataDir, '--json');
  expect([open.code, open.json()]).toMatchObject([6, { error: { code: 'identity-permissions' } }]);
  fs.writeFileSync(key, '{}', { mode: 0o600 });
  fs.chmodSync(key, 0o600);
  const broken = await runCli('node', '--data-dir', dataDir, '--json');
  expect([broken.code, broken.json()]).toMatchObject([6, { error: { code: 'identity-corrupt' } }]);
});
