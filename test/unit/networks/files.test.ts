import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Type } from 'typebox';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { moveToBackup, networkFiles, networkIds } from '../../../src-main/networks/folders.ts';
import { isFree, nextFreePort, pickPorts } from '../../../src-main/networks/free-ports.ts';
import { jsonFile } from '../../../src-main/networks/json-file.ts';
import { freeName } from '../../../src-main/networks/manifest.ts';
import { AddressBook } from '../../../src-main/networks/node-config.ts';
import { readRunning, removeRunning, writeRunning } from '../../../src-main/networks/running-file.ts';
import { syncFolder } from '../../../src-main/storage/sync.ts';

vi.mock('../../../src-main/storage/sync.ts', { spy: true });

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-files-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const inFolder = (name: string) => path.join(folder, name);
const KEY = 'A'.repeat(43);
const PORTS = { udp: 3, api: 1, feed: 2 };

describe('small JSON files', () => {
  const numbers = jsonFile(Type.Object({ value: Type.Integer() }, { additionalProperties: false }));

  test('are read as they were written, by their owner only', () => {
    const file = inFolder('a.json');
    expect(numbers.read(file)).toBeUndefined();
    numbers.write(file, { value: 7 });
    expect(numbers.read(file)).toEqual({ value: 7 });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder)).toEqual(['a.json']);
  });

  test('are on the disk when that is said, and leave nothing when they cannot be written', () => {
    const file = inFolder('durable.json');
    vi.mocked(syncFolder).mockClear();
    numbers.write(file, { value: 8 });
    // The name as well as the content.
    expect(vi.mocked(syncFolder).mock.calls).toEqual([[folder]]);
    fs.rmSync(file);
    fs.mkdirSync(path.join(file, 'in the way'), { recursive: true });
    expect(() => numbers.write(file, { value: 9 })).toThrow();
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('are refused when they are damaged, and left as they are', () => {
    const file = inFolder('b.json');
    for (const text of [
      '',
      '{',
      '[]',
      '{"value":"7"}',
      '{"value":7,"more":1}',
      `{"value":7}${' '.repeat(1 << 20)}`,
    ]) {
      fs.writeFileSync(file, text);
      expect(() => numbers.read(file)).toThrow(expect.objectContaining({ code: 'folder-corrupt' }) as Error);
      expect(fs.readFileSync(file, 'utf8')).toBe(text);
    }
  });
});

describe('which process runs a node', () => {
  const running = { publicKey: KEY, name: 'Ada', ports: PORTS };

  test('is known while it lives', () => {
    const file = inFolder('running.json');
    expect(readRunning(file)).toBeUndefined();
    writeRunning(file, { ...running, pid: process.pid });
    expect(readRunning(file)).toMatchObject({ pid: process.pid, name: 'Ada' });
    removeRunning(file);
    expect(fs.existsSync(file)).toBe(false);
  });

  test('is nobody when the one that is named is gone', () => {
    const file = inFolder('stale.json');
    writeRunning(file, { ...running, pid: 2 ** 22 - 1 });
    expect(readRunning(file)).toBeUndefined();
    removeRunning(file);
    expect(fs.existsSync(file)).toBe(true);
  });
});

test('only folders with a genesis are networks', () => {
  const dataDir = inFolder('data');
  expect(networkIds(dataDir)).toEqual([]);
  for (const id of [KEY, 'B'.repeat(43), 'short', '.creating-1']) {
    fs.mkdirSync(networkFiles(dataDir, id).folder, { recursive: true });
  }
  fs.writeFileSync(networkFiles(dataDir, KEY).genesis, '');
  fs.writeFileSync(networkFiles(dataDir, 'short').genesis, '');
  expect(networkIds(dataDir)).toEqual([KEY]);
});

test('backups are dated, named, and never replace each other', () => {
  const backups = ['one', 'two'].map((content) => {
    fs.mkdirSync(inFolder('gone'));
    fs.writeFileSync(path.join(inFolder('gone'), 'file'), content);
    return moveToBackup(inFolder('gone'), folder, '../My: Network');
  });
  expect(new Set(backups).size).toBe(2);
  for (const [index, backup] of backups.entries()) {
    expect(path.dirname(backup)).toBe(inFolder('backups'));
    expect(path.basename(backup)).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ--My-Network(-2)?$/);
    expect(fs.readFileSync(path.join(backup, 'file'), 'utf8')).toBe(['one', 'two'][index]);
  }
});

test('friendly names are not given twice', () => {
  const names: string[] = [];
  for (let count = 0; count < 40; count++) names.push(freeName(names));
  expect(new Set(names).size).toBe(40);
  expect([names[0], names[16]]).toEqual(['Ada', 'Ada 2']);
});

test('addresses are known of nodes of this machine only', () => {
  const book = new AddressBook([{ publicKey: KEY, name: 'Ben', ports: PORTS }]);
  expect(book.addressOf(KEY)).toEqual({ http: '127.0.0.1:1', udp: '127.0.0.1:3' });
  expect(book.hintsOf(KEY)).toEqual(['127.0.0.1:3']);
  expect(book.addressOf('other')).toEqual({ http: '', udp: '' });
  expect(book.hintsOf('other')).toEqual([]);
  book.set([]);
  expect(book.hintsOf(KEY)).toEqual([]);
});

describe('free ports', () => {
  test('taken and reserved ones are skipped and named', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    expect([await isFree('api', port), await isFree('udp', port)]).toEqual([false, true]);
    expect(await nextFreePort('api', port, new Set([port + 1]))).toBeGreaterThan(port + 1);
    const reserved = new Set<number>();
    const { ports, taken } = await pickPorts(port, reserved);
    expect(taken[0]).toEqual({ purpose: 'api', wanted: port, used: ports.api });
    expect(new Set([ports.api, ports.feed, ports.udp])).toEqual(reserved);
    server.close();
  });

  test('running out of them is an error', async () => {
    const none = nextFreePort('udp', 65_535, new Set([65_535]));
    await expect(none).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
