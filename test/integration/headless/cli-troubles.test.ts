/** What goes wrong around the command line: folders, nodes that hang, readers that go away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import { isAlive, temporaryFolder } from '../networks/harness.ts';
import { CLI, Foreground, runCli, runCliAs } from './run-cli.ts';
import type { NodeLine } from './run-cli.ts';

const NOBODY = 65_534;

test('a folder that cannot be used is a sentence and code 6, in the commands and in the app', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'no folder');
  const cases: (readonly string[])[] = [
    ['status', '--data-dir', file],
    ['paths', '--data-dir', path.join(file, 'below')],
    ['node', '--data-dir', file],
    ['local', '--data-dir', file],
    ['local', '--data-dir', path.join(file, 'below', 'it')],
    ['--no-open', '--data-dir', file],
    // node:fs tries for ever to make this one.
    ...(process.platform === 'linux' ? [['local', '--data-dir', '/proc/x/y']] : []),
  ];
  for (const args of cases) {
    const { code, stdout, stderr } = await runCli(...args);
    expect([code, stdout], args.join(' ')).toEqual([6, '']);
    const last = stderr.trimEnd().split('\n').at(-1);
    expect(last, args.join(' ')).toMatch(/^diva-node: .*(file where a folder must be|cannot be made)$/);
    expect(stderr).not.toContain('    at ');
  }
  expect((await runCli('local', '--data-dir', file, '--json')).json()).toMatchObject({
    error: { code: 'not-a-folder' },
  });
  const closed = path.join(folder, 'closed');
  fs.mkdirSync(closed, { mode: 0o500 });
  fs.chmodSync(folder, 0o755);
  const uid = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  for (const args of [
    ['local', '--data-dir', closed],
    ['local', '--data-dir', path.join(closed, 'new')],
  ]) {
    const denied = await runCliAs(uid, ...args);
    expect([denied.code, denied.stderr]).toEqual([6, expect.stringMatching(/^diva-node: .*denied.*\n$/)]);
  }
});

async function refused(args: readonly string[], code: number, reason: string): Promise<void> {
  const { code: found, stderr } = await runCli(...args);
  expect([found, stderr], args.join(' ')).toEqual([code, expect.stringContaining(reason)]);
}

async function checkSeals(home: string): Promise<void> {
  const folder = temporaryFolder();
  const [file, proof] = [path.join(folder, 'file'), path.join(folder, 'proof')];
  fs.writeFileSync(file, 'content');
  fs.writeFileSync(proof, 'a thesis');
  const seal = ['seal', file, '--proof', proof, '--data-dir', home];
  await refused(seal, 2, 'no proof of this file; --force replaces it');
  expect(fs.readFileSync(proof, 'utf8')).toBe('a thesis');
  const forced = await runCli('--json', ...seal, '--force', '--note', 'first');
  expect([forced.code, forced.json()]).toMatchObject([0, { note: 'first' }]);
  const again = await runCli(...seal, '--note', 'second');
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('its note remains "first"')]);
  const { stdout } = await runCli('verify', proof, file);
  expect(stdout).toMatch(/signed by 2 of 2 members with 100 % of the stake\n.*\n {2}note {5}first\n/);
}

async function checkHanging({ pid }: NodeLine, home: string): Promise<void> {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, 'never sealed');
  process.kill(pid, 'SIGSTOP');
  const answers = await Promise.all([
    runCli('status', '--data-dir', home, '--json'),
    runCli('submit', '--ns', 'test:a', '--data', '', '--data-dir', home, '--json'),
    runCli('verify-chain', '--data-dir', home, '--json'),
    runCli('seal', file, '--proof', `${file}.proof`, '--timeout', '1', '--data-dir', home, '--json'),
  ]);
  process.kill(pid, 'SIGCONT');
  for (const answer of answers)
    expect([answer.code, answer.json()]).toMatchObject([3, { error: { code: 'no-answer', pid } }]);
}

test('a network with nodes that hang, die and come back', async () => {
  const home = path.join(temporaryFolder(), 'home');
  const local = new Foreground('local', '--nodes', '2', '--data-dir', home);
  const { nodes, network } = await local.ready();
  const [first, second] = nodes as [NodeLine, NodeLine];
  const asked = await runCli('--json', '--data-dir', home, 'status', '--network', network.id);
  expect(asked.json()).toMatchObject({ publicKey: first.publicKey });
  await refused(['status', '--data-dir', home, '--network', 'foo'], 2, 'there is no network foo');
  await refused(['submit', '--ns', 'x', '--data', '', '--data-dir', home], 5, 'ns is a name space such as');
  expect((await runCli('submit', '--ns', 'test:empty', '--data', '', '--data-dir', home)).code).toBe(0);
  await checkSeals(home);
  await checkHanging(first, home);

  process.kill(second.pid, 'SIGKILL');
  const of = (state: string, pid: number | null) => (line: Record<string, unknown>) =>
    line['publicKey'] === second.publicKey && line['state'] === state && line['pid'] === pid;
  await local.line(of('killed', null));
  const again = new Foreground('node', '--data-dir', second.dataDir);
  await again.ready();
  await local.line(of('running', again.pid));
  process.kill(first.pid, 'SIGKILL');
  await local.line((line) => line['publicKey'] === first.publicKey && line['state'] === 'killed');
  await refused(['status', '--data-dir', home], 3, `another one that runs is --data-dir ${second.dataDir}`);
  expect(await again.end('SIGTERM')).toBe(0);
  await local.line(of('stopped', null));
  expect(await local.end('SIGTERM')).toBe(0);
  await refused(['reach', '--interface', 'lo', '--data-dir', home], 5, 'a network of this machine alone');

  const before = fs.readdirSync(networkFiles(second.dataDir, network.id).folder);
  expect((await runCli('verify-chain', '--data-dir', second.dataDir)).stdout).toContain('valid: ');
  expect(fs.readdirSync(networkFiles(second.dataDir, network.id).folder)).toEqual(before);
  expect(before.filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
});

test('a reader that goes away ends the network cleanly', async () => {
  const home = path.join(temporaryFolder(), 'home');
  const child = spawn(process.execPath, [CLI, 'local', '--nodes', '2', '--data-dir', home, '--json']);
  const closed = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  const { nodes } = JSON.parse(data.toString()) as { nodes: NodeLine[] };
  child.stdout.destroy();
  process.kill(nodes[1]!.pid, 'SIGKILL');
  expect((await closed)[0]).toBe(0);
  expect(errors).not.toContain('EPIPE');
  expect(fs.existsSync(path.join(home, 'lock'))).toBe(false);
  expect(nodes.some(({ pid }) => isAlive(pid))).toBe(false);
});
