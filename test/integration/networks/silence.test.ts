/** What a node is silent after, as real processes: its database lost or restored, its key running twice. */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import type { LocalNetwork, LocalNode } from '../../../src-main/networks/types.ts';
import { Foreground, runCli } from '../headless/run-cli.ts';
import { accept, expectOneChain, settled, startNetwork, temporaryFolder } from './harness.ts';
import { signersOf, statusOf, untilCaughtUp, untilSilence, write } from './silent-node.ts';

function databaseOf(network: LocalNetwork, { dataDir }: LocalNode): string {
  return networkFiles(dataDir, network.id).database;
}

/** A node that was stopped left one file: its log is in it. A lost one: test/integration/headless/lost-database. */
const LOSSES: readonly (readonly [string, (database: string, older: Buffer) => void])[] = [
  ['an older copy of its database', (database, older) => fs.writeFileSync(database, older)],
  [
    'a lost safety log',
    (database) => {
      const connection = new Database(database);
      connection.exec("DELETE FROM safety; DELETE FROM meta WHERE key = 'safetyLog'");
      connection.close();
    },
  ],
];

test.each(LOSSES)('%s: silent for three blocks, then a full member again', async (_, lose) => {
  const network = await startNetwork(4);
  const [key1, key2, , key4] = network.nodes().map(({ publicKey }) => publicKey);
  // A node that starts again may have to take other ports.
  const at = (key: string | undefined) => network.nodes().find(({ publicKey }) => publicKey === key)!;
  const accepted = await write(at(key4), 'before', 3);
  await network.stopNode(key4!);
  const database = databaseOf(network, at(key4));
  const older = fs.readFileSync(database);
  await network.startNode(key4!);
  accepted.push(...(await write(at(key4), 'forgotten', 3)));
  await network.stopNode(key4!);
  lose(database, older);
  await network.startNode(key4!);

  const { resumeHeight, silentHeights } = await untilCaughtUp(at(key4));
  const said = await runCli('status', '--data-dir', at(key4).dataDir);
  expect(said.stdout).toContain(
    `lost part of its memory, has caught up, and signs again from block ${resumeHeight}`,
  );
  const forScripts = await runCli('status', '--data-dir', at(key4).dataDir, '--json');
  expect(forScripts.json()).toMatchObject({ silence: null, resumeHeight });

  accepted.push(...(await write(at(key1), 'meanwhile', 2)));
  for (const silent of silentHeights) expect(await signersOf(at(key1), silent)).not.toContain(key4!);
  // Three of four: without its signature there is no block any more.
  await network.stopNode(key2!);
  accepted.push(...(await write(at(key4), 'after', 2)));
  expect(await signersOf(at(key1), (await statusOf(at(key1))).height)).toContain(key4!);
  await network.startNode(key2!);
  await expectOneChain(network.nodes(), accepted);
});

test('a key that runs twice: both copies stop signing until a person decides', async () => {
  const network = await startNetwork(4);
  const before = network.nodes()[3]!;
  const accepted = await write(before, 'before', 2);
  await network.stopNode(before.publicKey);
  const copyDir = path.join(temporaryFolder(), 'copy');
  fs.cpSync(before.dataDir, copyDir, { recursive: true });
  await network.startNode(before.publicKey);
  const [first, second, , original] = network.nodes();
  // Its own ports are taken by the original: it moves to free ones.
  const running = new Foreground('node', '--data-dir', copyDir);
  const [line] = (await running.ready()).nodes;
  const { udpPort: udp, apiPort: api, feedPort: feed, tokenFile } = line!;
  const copy = { ...original!, ports: { udp, api, feed }, tokenFile };
  expect(copy.ports).not.toEqual(original!.ports);

  await Promise.all([untilSilence(original!, 'clone'), untilSilence(copy, 'clone')]);
  const { height } = await statusOf(first!);
  accepted.push(...(await write(first!, 'meanwhile', 3)));
  for (let block = height + 1; block <= height + 3; block++)
    expect(await signersOf(first!, block)).not.toContain(original!.publicKey);
  for (const dataDir of [original!.dataDir, copyDir]) {
    const said = await runCli('status', '--data-dir', dataDir);
    expect(said.stdout).toContain('its key runs in another place as well');
    expect((await runCli('status', '--data-dir', dataDir, '--json')).json()).toMatchObject({
      silence: 'clone',
    });
  }

  await running.end('SIGTERM');
  const decide = (...args: string[]) =>
    runCli('sign-again', ...args, '--data-dir', original!.dataDir, '--json');
  for (const unsure of [['clone'], ['--only-copy'], ['both', '--only-copy']])
    expect([(await decide(...unsure)).code, (await statusOf(original!)).silence]).toEqual([2, 'clone']);
  const refused = await decide('amnesia', '--only-copy');
  expect([refused.code, refused.json()]).toMatchObject([5, { error: { code: 'not-silent' } }]);
  expect((await statusOf(original!)).silence).toBe('clone');
  const decided = await decide('clone', '--only-copy');
  expect([decided.code, decided.json()]).toMatchObject([0, { silence: 'amnesia', awaits: 'amnesia' }]);
  // A script that says it twice must not decide the amnesia too.
  expect([(await decide('clone', '--only-copy')).code]).toEqual([5]);
  // Its log lacks what the copy signed: it is as after a loss.
  const { silentHeights } = await untilCaughtUp(original!);
  accepted.push(...(await write(first!, 'decided', 2)));
  await settled([original!]);
  for (const silent of silentHeights)
    expect(await signersOf(first!, silent)).not.toContain(original!.publicKey);
  for (const reason of ['clone', 'amnesia']) expect((await decide(reason, '--only-copy')).code).toBe(5);
  await network.stopNode(second!.publicKey);
  accepted.push(...(await write(original!, 'after', 2)));
  expect(await signersOf(first!, (await statusOf(first!)).height)).toContain(original!.publicKey);
  expect((await statusOf(original!)).silence).toBeNull();
  await network.startNode(second!.publicKey);
  await expectOneChain(network.nodes(), accepted);
});

test('where the others are too few without it, only its owner ends the silence', async () => {
  const network = await startNetwork(2);
  const [, second] = network.nodes();
  const accepted = await write(second!, 'before', 2);
  await network.stopNode(second!.publicKey);
  const connection = new Database(databaseOf(network, second!));
  connection.exec("DELETE FROM safety; DELETE FROM meta WHERE key = 'safetyLog'");
  connection.close();
  await network.stop();
  // A network with a silent node is started all the same: its owner has to see it to decide.
  await network.start();
  const [writer, silent] = network.nodes();
  await untilSilence(silent!, 'amnesia');
  accepted.push(await accept(writer!, 'waits'));
  const said = await runCli('status', '--data-dir', silent!.dataDir);
  expect(said.stdout).toContain('lost part of its memory');
  expect((await statusOf(silent!)).silence).toBe('amnesia');
  const decided = await runCli('sign-again', 'amnesia', '--only-copy', '--data-dir', silent!.dataDir);
  expect([decided.code, decided.stdout]).toEqual([0, 'it signs again from now on\n']);
  expect((await statusOf(silent!)).silence).toBeNull();
  await settled(network.nodes());
  await expectOneChain(network.nodes(), accepted);
});
