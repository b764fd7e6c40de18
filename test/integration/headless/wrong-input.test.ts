/** What the commands about other machines do with input that is wrong: a sentence, a code, and nothing half done. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../networks/harness.ts';
import { Foreground, runCli } from './run-cli.ts';

async function refused(args: readonly string[], code: number, reason: string): Promise<void> {
  const { code: found, stderr } = await runCli(...args);
  expect([found, stderr], args.join(' ')).toEqual([code, expect.stringContaining(reason)]);
  expect(stderr).not.toContain('    at ');
}

test('a list of interfaces with an empty name is refused before anything is written', async () => {
  const dataDir = path.join(temporaryFolder(), 'home');
  const create = ['create', '--name', 'Class', '--data-dir', dataDir];
  await refused([...create, '--interface', 'eth0,'], 2, '--interface is names');
  expect(fs.existsSync(dataDir)).toBe(false);
  expect((await runCli(...create, '--interface', 'none')).code).toBe(0);
  const reach = ['reach', '--data-dir', dataDir];
  expect((await runCli(...reach, '--json')).json()).toMatchObject({ interfaces: [], announce: false });
  await refused([...reach, '--interface', ',eth0'], 2, '--interface is names');
  expect((await runCli(...reach, '--interface', 'eth0,wlan0', '--json')).json()).toMatchObject({
    interfaces: ['eth0', 'wlan0'],
  });
  expect((await runCli(...reach, '--json')).json()).toMatchObject({ interfaces: ['eth0', 'wlan0'] });
});

test('what is no invitation makes no key, and is no fault of the folder', async () => {
  const dataDir = path.join(temporaryFolder(), 'home');
  for (const invitation of ['diva://join/1/AAAA', import.meta.filename])
    await refused(['join', invitation, '--data-dir', dataDir], 1, 'no invitation');
  expect(fs.existsSync(dataDir)).toBe(false);
});

test('an invitation is given out only where it can be written', async () => {
  const dataDir = temporaryFolder();
  expect((await runCli('create', '--name', 'Class', '--data-dir', dataDir)).code).toBe(0);
  const node = new Foreground('node', '--data-dir', dataDir);
  await node.line(({ event }) => event === 'ready');
  const there = path.join(dataDir, 'a thesis');
  fs.writeFileSync(there, 'mine');
  const invite = ['invite', '--data-dir', dataDir];
  await refused([...invite, '--out', there], 2, 'there is a file already');
  await refused([...invite, '--out', path.join(dataDir, 'no folder', 'file')], 6, 'it is not there');
  expect((await runCli(...invite, '--list', '--json')).json()).toEqual({ invitations: [] });
  expect(fs.readFileSync(there, 'utf8')).toBe('mine');
  await refused([...invite, '--out', `${there}.2`, '--note', 'x'.repeat(65)], 5, 'not well-formed');
  expect(fs.existsSync(`${there}.2`)).toBe(false);
  const given = await runCli(...invite, '--out', `${there}.2`, '--json');
  expect(fs.readFileSync(`${there}.2`, 'utf8')).toBe(`${String(given.json()['link'])}\n`);
  expect(await node.end('SIGTERM')).toBe(0);
});

test('a port or an address that cannot be had for readiness is a sentence', async () => {
  const socket = dgram.createSocket('udp4');
  socket.bind({ address: '127.0.0.1', port: 0, exclusive: true });
  await once(socket, 'listening');
  const { port } = socket.address();
  const serve = ['readiness', '--serve', '--data-dir', temporaryFolder()];
  await refused([...serve, '--host', '127.0.0.1', '--port', String(port)], 6, 'is in use');
  await refused([...serve, '--host', '192.0.2.77'], 2, '192.0.2.77');
  socket.close();
});

test('a backup is checked without making a folder, and a ticket takes no file of somebody', async () => {
  const folder = temporaryFolder();
  const [dataDir, secret, file] = ['home', 'secret', 'backup'].map((name) => path.join(folder, name));
  fs.writeFileSync(secret!, 'four words to remember\n');
  expect((await runCli('create', '--name', 'Class', '--data-dir', dataDir!)).code).toBe(0);
  const pass = ['--passphrase-file', secret!];
  expect((await runCli('backup', file!, '--data-dir', dataDir!, ...pass)).code).toBe(0);
  const nowhere = path.join(folder, 'nowhere');
  expect((await runCli('restore', file!, '--dry-run', '--data-dir', nowhere, ...pass)).code).toBe(0);
  expect(fs.existsSync(nowhere)).toBe(false);
  await refused(['readiness', '--ticket', secret!, '--data-dir', dataDir!], 2, 'there is a file already');
  await refused(['readiness', '--room', 'AAAA', '--data-dir', dataDir!], 2, '--room goes with --verify');
  expect(fs.readFileSync(secret!, 'utf8')).toBe('four words to remember\n');
});
