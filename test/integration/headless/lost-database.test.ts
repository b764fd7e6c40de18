import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { beginAnew } from '../../../src-main/networks/database.ts';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import { fromText } from '../../../src-main/core/bytes.ts';
import { accept, expectOneChain, settled, startNetwork, statusOf } from '../networks/harness.ts';
import { Foreground, runCli } from './run-cli.ts';

async function networkWithoutOneDatabase() {
  const network = await startNetwork(4);
  const node = network.nodes()[3]!;
  const accepted = [];
  for (let count = 0; count < 10; count++) accepted.push(await accept(node, `before-${count}`));
  await settled(network.nodes());
  await network.killNode(node.publicKey);
  const files = networkFiles(node.dataDir, network.id);
  for (const name of fs.readdirSync(files.folder).filter((name) => name.startsWith('node.sqlite')))
    fs.rmSync(path.join(files.folder, name));
  return { network, node, files, accepted };
}

test('a lost database never comes back empty by itself; its owner begins anew', async () => {
  const { network, node, accepted } = await networkWithoutOneDatabase();
  await expect(network.startNode(node.publicKey)).rejects.toMatchObject({ code: 'database-missing' });

  const command = ['node', '--data-dir', node.dataDir, '--new-database'];
  const alone = new Foreground(...command);
  await alone.ready();
  await expect.poll(async () => (await statusOf(node)).height, { timeout: 120_000 }).toBeGreaterThan(1);
  accepted.push(await accept(node, 'after'), await accept(network.nodes()[0]!, 'of-another'));
  await expectOneChain([...network.nodes().slice(0, 3), node], accepted);
  expect(await alone.end('SIGTERM')).toBe(0);

  // There is a database now: it is not replaced.
  const again = await runCli(...command, '--json');
  expect([again.code, again.json()]).toMatchObject([6, { error: { code: 'not-empty' } }]);
  await network.startNode(node.publicKey);
  await expectOneChain(network.nodes(), accepted);
});

test('a database that was begun anew signs nothing, even alone', async () => {
  const { network, node, files } = await networkWithoutOneDatabase();
  beginAnew(files.database, fs.readFileSync(files.genesis), fromText(node.publicKey)!);
  await network.stop();
  await network.startNode(node.publicKey);
  const running = network.nodes()[3]!;
  expect(await statusOf(running)).toMatchObject({ phase: 'silent', silence: 'amnesia', height: 1 });
});
