import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLogger } from '../../../src-main/networks/system.ts';

test('a log has one JSON object per line, of the level that was asked for, for its owner alone', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-log-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'logs', 'node.log');
  const logger = openLogger(file, 'warn');
  logger.log('info', 'not this');
  logger.log('warn', 'this', { height: 7 });
  openLogger(file, 'warn').log('error', 'and this');
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { msg: 'this', height: 7, pid: process.pid },
    { msg: 'and this' },
  ]);
  if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a log that has grown too large is set aside while it is written, and one older one is kept', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-log-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'node.log');
  const logger = openLogger(file, 'info', 2000);
  for (let number = 1; number <= 200; number++) logger.log('info', `line ${number}`);
  openLogger(file, 'info', 2000).log('info', 'the last');
  expect(fs.readdirSync(folder)).toEqual(['node.log', 'node.log.1']);
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n');
  const lines = [...read('node.log.1'), ...read('node.log')].map(
    (line) => (JSON.parse(line) as { msg: string }).msg,
  );
  expect(lines.at(-1)).toBe('the last');
  expect(lines.slice(0, -1)).toEqual(
    lines.slice(0, -1).map((_, index) => `line ${202 - lines.length + index}`),
  );
  for (const name of fs.readdirSync(folder))
    expect(fs.statSync(path.join(folder, name)).size).toBeLessThan(2200);
});

test.skipIf(!fs.existsSync('/dev/full'))('a log that cannot be written ends nobody', async () => {
  const logger = openLogger('/dev/full', 'info');
  logger.log('info', 'there is no room for this');
  logger.log('info', 'nor for this');
  // An error that nobody listens to would end the process in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
});
