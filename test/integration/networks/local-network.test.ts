import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { createNetworkFolder } from '../../../src-main/networks/create.ts';
import type { LocalNetworkEvent, StageProgress } from '../../../src-main/networks/types.ts';
import * as harness from './harness.ts';
import { expectOneChain, accept, getJson, startNetwork, statusOf, temporaryFolder } from './harness.ts';

test('a network of one decides alone', async () => {
  const network = await startNetwork(1);
  const [only] = network.nodes();
  const accepted = await accept(only!, 'alone');
  await expectOneChain(network.nodes(), [accepted]);
});

test('creating and starting go through their stages; stopping leaves no process', async () => {
  const home = temporaryFolder();
  const stages: StageProgress[] = [];
  const onStage = (progress: StageProgress): void => void stages.push(progress);
  const id = await createNetworkFolder(home, { networkName: 'Stages', nodeCount: 4 }, { onStage });
  const network = harness.load(home);
  expect([network.id, network.name]).toEqual([id, 'Stages']);
  await network.start({ onStage });
  const pids = network.nodes().map(({ pid }) => pid!);
  expect(new Set(pids).size).toBe(4);
  expect(pids.every(harness.isAlive)).toBe(true);
  await network.stop({ onStage });
  const names = stages.map(({ stage }) => stage).filter((stage, index, all) => stage !== all[index - 1]);
  expect(names).toEqual(['keys', 'genesis', 'starting', 'connecting', 'agreement', 'stopping']);
  expect(pids.some(harness.isAlive)).toBe(false);
  expect(network.nodes().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
});

test('a node joins, gets stake, decides, and leaves again into a dated backup', async () => {
  const network = await startNetwork(4);
  const stages = new Set<string>();
  const added = await network.addNode({ onStage: ({ stage }) => void stages.add(stage) });
  expect([...stages]).toEqual(['keys', 'starting', 'sponsor', 'stake']);
  expect(network.nodes()).toHaveLength(5);
  const { members } = await statusOf(network.nodes()[0]!);
  expect(members.find(({ publicKey }) => publicKey === added.publicKey)?.stake).toBe(1);
  const joined = await accept(added, 'of-the-new-one');
  await expectOneChain(network.nodes(), [joined]);

  // With five, one may be away; of the rest all four are needed, the new one among them.
  await network.killNode(network.nodes()[1]!.publicKey);
  const needed = await accept(network.nodes()[0]!, 'needs-the-new-one');
  await expectOneChain(
    network.nodes().filter(({ state }) => state === 'running'),
    [needed],
  );
  await network.startNode(network.nodes()[1]!.publicKey);

  const { backupPath } = await network.removeNode(added.publicKey);
  expect(fs.existsSync(path.join(backupPath!, 'networks', network.id, 'node.sqlite'))).toBe(true);
  expect(network.nodes()).toHaveLength(4);
  const left = await accept(network.nodes()[0]!, 'without-it');
  await expectOneChain(network.nodes(), [left]);
  expect((await statusOf(network.nodes()[0]!)).members).toHaveLength(4);
});

test('while a newcomer waits for votes, a stopped member can be started to give one', async () => {
  const network = await startNetwork(4);
  const [, second, third] = network.nodes();
  await network.stopNode(second!.publicKey);
  await network.stopNode(third!.publicKey);
  const stages: string[] = [];
  let started = Promise.resolve();
  await network.addNode({
    onStage: ({ stage }) => {
      if (stage === 'sponsor' && !stages.includes(stage)) started = network.startNode(second!.publicKey);
      stages.push(stage);
    },
  });
  await started;
  expect(network.nodes()).toHaveLength(5);
  expect((await statusOf(network.nodes()[0]!)).members).toHaveLength(5);
});

test('a newcomer whose adding was cancelled too late can be voted out without its node', async () => {
  const network = await startNetwork(4);
  const [first, second, third, fourth] = network.nodes();
  await network.stopNode(second!.publicKey);
  await network.stopNode(third!.publicKey);
  const abort = new AbortController();
  const adding = network.addNode({ signal: abort.signal }).catch((error: unknown) => error);
  const isProposed = async (): Promise<boolean> => {
    const waiting = await Promise.all([first!, fourth!].map((node) => getJson(node, '/stack')));
    return JSON.stringify(waiting).includes('"addPeer"');
  };
  await expect.poll(isProposed, { timeout: 300_000 }).toBe(true);
  abort.abort();
  expect(await adding).toMatchObject({ code: 'cancelled' });
  expect(network.nodes()).toHaveLength(4);

  await network.startNode(second!.publicKey);
  const membersOf = async () => (await statusOf(first!)).members;
  await expect.poll(async () => (await membersOf()).length, { timeout: 300_000 }).toBe(5);
  const known = new Set(network.nodes().map(({ publicKey }) => publicKey));
  const newcomer = (await membersOf()).find(({ publicKey }) => !known.has(publicKey))!;
  expect(await network.removeNode(newcomer.publicKey)).toEqual({ backupPath: null });
  // The supervisor hears of its members a moment later than we do, also of this one.
  await expect.poll(async () => (await membersOf()).length, { timeout: 300_000 }).toBe(4);
});

test('a node that does not run is voted out by the others', async () => {
  const network = await startNetwork(4);
  const gone = network.nodes()[2]!;
  await network.killNode(gone.publicKey);
  await network.removeNode(gone.publicKey);
  expect((await statusOf(network.nodes()[0]!)).members).toHaveLength(3);
  const accepted = await accept(network.nodes()[0]!, 'three');
  await expectOneChain(network.nodes(), [accepted]);
});

test('ports that were taken meanwhile are named, and others are used', async () => {
  const network = await startNetwork(4);
  await network.stop();
  const before = network.nodes().map(({ ports }) => ports);
  for (const { udp } of before) {
    const socket = dgram.createSocket('udp4').bind({ port: udp, address: '127.0.0.1', exclusive: true });
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
  }
  const events: LocalNetworkEvent[] = [];
  network.subscribe((event) => void events.push(event));
  await network.start();
  const taken = events.filter((event) => event.type === 'portTaken').map(({ wanted }) => wanted);
  expect(taken).toEqual(expect.arrayContaining(before.map(({ udp }) => udp)));
  const accepted = await accept(network.nodes()[0]!, 'elsewhere');
  await expectOneChain(network.nodes(), [accepted]);
});

test('cancelling a start stops what was started', async () => {
  const home = temporaryFolder();
  await createNetworkFolder(home, { networkName: 'Cancel', nodeCount: 4 }, {});
  const network = harness.load(home);
  const abort = new AbortController();
  network.subscribe((event) => {
    if (event.type === 'node' && event.node.state === 'running') abort.abort();
  });
  await expect(network.start({ signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  await network.stop();
  expect(network.nodes().every(({ pid }) => pid === null)).toBe(true);
});

test('nodes end with their supervisor, whatever ended that', async () => {
  const home = temporaryFolder();
  const cli = path.join(harness.root, 'src-main/headless/cli.ts');
  const parent = spawn(process.execPath, [cli, 'local', '--nodes', '4', '--data-dir', home, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const { nodes } = JSON.parse(line) as { nodes: { pid: number }[] };
  parent.kill('SIGKILL');
  await expect.poll(() => nodes.some(({ pid }) => harness.isAlive(pid)), { timeout: 300_000 }).toBe(false);
});
