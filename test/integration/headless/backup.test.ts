/** Backups of nodes that run, and what comes of them on a new machine, as people do it: by commands. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import type { LocalNetwork } from '../../../src-main/networks/types.ts';
import { expectOneChain, load, settled, startNetwork, temporaryFolder } from '../networks/harness.ts';
import type { Accepted, Api } from '../networks/harness.ts';
import { signersOf, statusOf, untilCaughtUp, write } from '../networks/silent-node.ts';
import { Foreground, runCli } from './run-cli.ts';

function passphraseFile(): string {
  const file = path.join(temporaryFolder(), 'passphrase');
  fs.writeFileSync(file, 'four words to remember\n');
  return file;
}

const homeOf = (network: LocalNetwork): string => path.resolve(network.nodes()[0]!.dataDir, '../..');

async function backUp(dataDir: string, secret: string, ...options: string[]): Promise<string> {
  const file = path.join(temporaryFolder(), 'backup');
  const made = await runCli(
    'backup',
    file,
    '--data-dir',
    dataDir,
    '--passphrase-file',
    secret,
    '--json',
    ...options,
  );
  expect([made.code, made.stderr]).toEqual([0, expect.any(String)]);
  expect(made.json()).toMatchObject({ file, proven: true });
  return file;
}

/** The fourth node is lost with its machine, after it signed more than its backup knows; it comes back elsewhere. */
async function comeBack(network: LocalNetwork, secret: string, options: string[]) {
  const [first, second, , lost] = network.nodes();
  const accepted: Accepted[] = await write(lost!, 'before', 2);
  const file = await backUp(lost!.dataDir, secret, ...options);
  accepted.push(...(await write(lost!, 'forgotten', 2)));
  await network.killNode(lost!.publicKey);
  fs.rmSync(lost!.dataDir, { recursive: true });

  const dataDir = path.join(temporaryFolder(), 'new machine');
  const restored = await runCli('restore', file, '--data-dir', dataDir, '--passphrase-file', secret);
  expect([restored.code, restored.stdout]).toEqual([
    0,
    expect.stringContaining('signs nothing until it has caught up'),
  ]);
  const node = new Foreground('node', '--data-dir', dataDir);
  const [line] = (await node.ready()).nodes;
  const ports = { api: line!.apiPort, feed: line!.feedPort, udp: line!.udpPort };
  const back: Api = { publicKey: line!.publicKey, name: line!.name, tokenFile: line!.tokenFile, ports };
  expect(back.publicKey).toBe(lost!.publicKey);

  const { silentHeights } = await untilCaughtUp(back);
  accepted.push(...(await write(first!, 'meanwhile', 3)));
  expect(silentHeights.length).toBeGreaterThan(0);
  for (const silent of silentHeights) expect(await signersOf(first!, silent)).not.toContain(back.publicKey);
  // Three of four: without its signature there is no block any more.
  await network.stopNode(second!.publicKey);
  accepted.push(...(await write(back, 'after', 2)));
  expect(await signersOf(first!, (await statusOf(first!)).height)).toContain(back.publicKey);
  await network.startNode(second!.publicKey);
  await expectOneChain([...network.nodes().slice(0, 3), back], accepted);
  expect(await node.end('SIGTERM')).toBe(0);
}

test.each([
  ['without its chain', []],
  ['with its chain', ['--chains']],
])(
  'a member restored %s on a new machine signs nothing before it can contradict nothing',
  async (_, options) => {
    await comeBack(await startNetwork(4), passphraseFile(), options);
  },
);

test('a network of one machine comes back as a whole, under load as well', async () => {
  const network = await startNetwork(4);
  const secret = passphraseFile();
  const nodes = network.nodes();
  const accepted = (await Promise.all(nodes.map((node) => write(node, node.name, 2)))).flat();
  let isLoaded = true;
  const load4 = Promise.all(
    nodes.map(async (node) => {
      for (let count = 0; isLoaded; count++) await write(node, `load-${node.name}-${count}`, 1);
    }),
  );
  const file = await backUp(homeOf(network), secret);
  isLoaded = false;
  await load4;
  await network.stop();

  const home = path.join(temporaryFolder(), 'new');
  const command = ['restore', file, '--data-dir', home, '--passphrase-file', secret, '--json'];
  const dry = await runCli(...command, '--dry-run');
  expect([dry.code, dry.json()]).toMatchObject([0, { dryRun: true, inUse: false }]);
  expect(fs.existsSync(home)).toBe(false);
  const restored = await runCli(...command);
  expect([restored.code, restored.json()]).toMatchObject([
    0,
    { networks: [{ id: network.id, isWhole: true }] },
  ]);
  const again = load(home);
  await again.start();
  accepted.push(...(await write(again.nodes()[2]!, 'after', 2)));
  await settled(again.nodes());
  await expectOneChain(again.nodes(), accepted);

  // A second time it would replace what is there.
  await again.stop();
  const refused = await runCli(...command);
  expect([refused.code, refused.json()]).toMatchObject([6, { error: { code: 'folder-in-use' } }]);
  const replaced = await runCli(...command, '--replace');
  const { movedTo } = replaced.json() as { movedTo: string };
  const { database } = networkFiles(path.join(movedTo, 'nodes', '1'), network.id);
  expect([replaced.code, fs.existsSync(database)]).toEqual([0, true]);
});

test('what is wrong with a backup, or with how it is asked for, is a sentence', async () => {
  const dataDir = temporaryFolder();
  const secret = passphraseFile();
  const other = path.join(temporaryFolder(), 'other');
  fs.writeFileSync(other, 'another passphrase\n');
  const file = await backUp(dataDir, secret);
  const restore = (from: string, passphrase: string) =>
    runCli('restore', from, '--data-dir', dataDir, '--passphrase-file', passphrase, '--json');
  const wrong = await restore(file, other);
  expect([wrong.code, wrong.json()]).toMatchObject([6, { error: { code: 'backup-passphrase' } }]);
  const cut = path.join(temporaryFolder(), 'cut');
  fs.writeFileSync(cut, fs.readFileSync(file).subarray(0, -1));
  const truncated = await restore(cut, secret);
  expect([truncated.code, truncated.json()]).toMatchObject([1, { error: { code: 'backup-truncated' } }]);
  const none = await restore(secret, secret);
  expect([none.code, none.json()]).toMatchObject([1, { error: { code: 'backup-unknown' } }]);
  expect((await runCli('backup', file, '--data-dir', dataDir, '--passphrase-file', secret)).stderr).toContain(
    'kept',
  );
  // Nobody can be asked here.
  const unasked = await runCli('restore', file, '--data-dir', dataDir);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('give --passphrase-file')]);
  expect(fs.readdirSync(dataDir)).toEqual([]);
});
