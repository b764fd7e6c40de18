import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive, temporaryFolder } from '../networks/harness.ts';
import { Foreground, runCli } from './run-cli.ts';
import type { NodeLine, Ready } from './run-cli.ts';

async function get(node: NodeLine, url: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${node.apiPort}${url}`);
  return response.ok ? response.json() : response.status;
}

const poll = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 120_000 });

test('a network in one command: seal, verify, kill, start again, end, resume', async () => {
  const folder = temporaryFolder();
  const home = path.join(folder, 'home');
  const file = path.join(folder, 'file.txt');
  const proof = path.join(folder, 'file.proof.json');
  fs.writeFileSync(file, 'what I wrote');
  const local = new Foreground('local', '--nodes', '4', '--data-dir', home);
  const ready = await local.ready();
  expectReadyLine(ready);
  const [first, second, third] = ready.nodes as [NodeLine, NodeLine, NodeLine];

  const status = await runCli('status', '--data-dir', home, '--json');
  expect(status.json()).toMatchObject({ publicKey: first.publicKey, network: ready.network });

  const submitted = await runCli(
    'submit',
    '--ns',
    'test:notes:a',
    '--data',
    'b',
    '--data-dir',
    home,
    '--json',
  );
  expect(submitted.json()).toMatchObject({ origin: first.publicKey, ns: 'test:notes:a' });
  const key = `test:notes:a:${first.publicKey}`;
  await poll(() => get(third, `/state/${key}`)).toEqual({ key, value: 'b' });

  const sealed = await runCli('seal', file, '--proof', proof, '--data-dir', second.dataDir, '--json');
  expect([sealed.code, sealed.json()]).toMatchObject([0, { origin: second.publicKey }]);
  const verified = await runCli('verify', proof, file, '--chain-id', ready.network.id, '--json');
  expect(verified.code).toBe(0);
  expect(verified.json()).toMatchObject({
    valid: true,
    chainId: ready.network.id,
    height: sealed.json()['height'],
  });
  const checked = await runCli('verify-chain', '--data-dir', home, '--json');
  expect([checked.code, checked.json()]).toMatchObject([0, { valid: true }]);

  process.kill(second.pid, 'SIGKILL');
  await local.line((line) => line['state'] === 'killed' && line['publicKey'] === second.publicKey);
  expect((await runCli('status', '--data-dir', second.dataDir, '--json')).code).toBe(3);
  await runCli('submit', '--ns', 'test:notes:a', '--data', 'c', '--data-dir', home);
  await poll(() => get(third, `/state/${key}`)).toEqual({ key, value: 'c' });

  const again = new Foreground('node', '--data-dir', second.dataDir);
  const [restarted] = (await again.ready()).nodes as [NodeLine];
  expect(restarted).toEqual({ ...second, pid: again.pid });
  await poll(() => get(restarted, `/state/${key}`)).toEqual({ key, value: 'c' });
  expect((await runCli('node', '--data-dir', second.dataDir, '--json')).code).toBe(6);
  expect(await again.end('SIGTERM')).toBe(0);

  expect(await local.end('SIGTERM')).toBe(0);
  expect(ready.nodes.some(({ pid }) => isAlive(pid))).toBe(false);
  const offline = await runCli('verify-chain', '--data-dir', home, '--json');
  expect([offline.code, offline.json()]).toMatchObject([0, { valid: true }]);

  const resumed = new Foreground('local', '--data-dir', home);
  const { network, nodes } = await resumed.ready();
  expect(network).toEqual(ready.network);
  expect(nodes.map(({ publicKey }) => publicKey)).toEqual(ready.nodes.map(({ publicKey }) => publicKey));
  await poll(() => get(nodes[1]!, `/state/${key}`)).toEqual({ key, value: 'c' });
  expect(await resumed.end('SIGINT')).toBe(0);
});

function expectReadyLine(ready: Ready): void {
  expect(Object.keys(ready)).toEqual(['event', 'network', 'nodes']);
  expect(Object.keys(ready.network)).toEqual(['id', 'name']);
  expect(ready.nodes).toHaveLength(4);
  for (const node of ready.nodes) {
    const fields = ['name', 'publicKey', 'pid', 'udpPort', 'apiPort', 'feedPort', 'dataDir', 'tokenFile'];
    expect(Object.keys(node)).toEqual(fields);
    expect(isAlive(node.pid)).toBe(true);
    expect(fs.statSync(node.tokenFile).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(node.tokenFile, 'utf8')).toMatch(/^[\w-]{32}$/);
  }
  const ports = ready.nodes.flatMap(({ udpPort, apiPort, feedPort }) => [udpPort, apiPort, feedPort]);
  expect(new Set(ports).size).toBe(12);
}

test('a seal that does not get into a block in time is finished by the same command later', async () => {
  const folder = temporaryFolder();
  const home = path.join(folder, 'home');
  const file = path.join(folder, 'file.txt');
  const proof = path.join(folder, 'proof.json');
  fs.writeFileSync(file, 'patience');
  const local = new Foreground('local', '--nodes', '4', '--data-dir', home);
  const { nodes } = await local.ready();
  for (const { pid, publicKey } of nodes.slice(2)) {
    process.kill(pid, 'SIGKILL');
    await local.line((line) => line['state'] === 'killed' && line['publicKey'] === publicKey);
  }
  const seal = ['seal', file, '--proof', proof, '--data-dir', home, '--json'];
  // Sealing cannot be taken back: whether the proof can be written is found out before.
  const lost = ['seal', file, '--proof', path.join(folder, 'missing', 'proof.json'), '--data-dir', home];
  const refused = await runCli(...lost);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('nothing was sealed')]);
  expect((await runCli('status', '--data-dir', home, '--json')).json()).toMatchObject({ waitingEntries: 0 });
  const early = await runCli(...seal, '--timeout', '1');
  expect([early.code, early.json()]).toMatchObject([4, { error: { code: 'not-committed' } }]);
  expect(fs.existsSync(proof)).toBe(false);
  const third = new Foreground('node', '--data-dir', nodes[2]!.dataDir);
  await third.ready();
  expect((await runCli(...seal)).code).toBe(0);
  expect((await runCli('verify', proof, file)).code).toBe(0);
  fs.writeFileSync(file, 'impatience');
  const changed = await runCli('verify', proof, file, '--json');
  expect([changed.code, changed.json()]).toMatchObject([1, { valid: false, reason: 'wrong-file' }]);
  fs.writeFileSync(proof, fs.readFileSync(proof, 'utf8').replace('"height": ', '"height":  '));
  expect((await runCli('verify', proof, file, '--json')).json()).toMatchObject({ reason: 'malformed' });
  expect(await third.end('SIGTERM')).toBe(0);
  expect(await local.end('SIGTERM')).toBe(0);
});

describe('usage', () => {
  test.each([
    [['frobnicate'], 'no command frobnicate'],
    [['submit', '--ns', 'test:a'], '--data is missing'],
    [['verify', 'only-one'], 'FILE is missing'],
    [['verify', 'a', 'b', 'c'], 'unexpected argument: c'],
    [
      ['verify', '/nonexistent/proof', '/nonexistent/file'],
      'cannot read /nonexistent/proof: it is not there',
    ],
    [['local'], '--data-dir is missing'],
    [['local', '--data-dir', ''], '--data-dir is empty'],
    [['status', '--data-dir='], '--data-dir is empty'],
    [['--data-dir', ''], '--data-dir is empty'],
    [['local', '--data-dir', 'x', '--nodes', '17'], '--nodes must be a whole number from 1 to 16'],
    [['local', '--data-dir', 'x', '--nodes', '-1'], '--nodes must be a whole number from 1 to 16, not -1'],
    [['local', '--data-dir', 'x', '--nodes', ''], '--nodes is empty'],
    [['local', '--data-dir', 'x', '--name', ''], '--name is empty'],
    [['local', '--data-dir', 'x', '--loss', '100'], '--loss must be a number from 0 to 90'],
    [['seal', 'a', '--proof', 'b', '--timeout', '-1'], '--timeout must be a whole number from 0 to 86400'],
    [['--json', 'frobnicate'], 'no command frobnicate'],
    [['status', '--frobnicate'], 'there is no option --frobnicate; --help lists them'],
    [['submit', '--data', 'x', '--ns'], '--ns needs a value'],
    [
      ['status', '--data-dir', '/nonexistent'],
      'there is no network in /nonexistent; --data-dir names another folder, and `local` makes',
    ],
  ])('%j is refused', async (args, reason) => {
    const { code, stdout, stderr } = await runCli(...args);
    expect(code).toBe(2);
    if (!args.includes('--json')) expect(stdout).toBe('');
    expect(stderr).toContain(reason);
  });

  test('help and version', async () => {
    const help = await runCli('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    for (const command of ['local', 'node', 'status', 'submit', 'seal', 'verify', 'verify-chain', 'paths']) {
      expect(help.stdout).toContain(command);
      const own = await runCli(command, '--help');
      expect([own.code, own.stdout.includes(`diva-node ${command}`)], command).toEqual([0, true]);
    }
    expect((await runCli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await runCli('--version', '--json')).json()).toHaveProperty('version');
  });
});
