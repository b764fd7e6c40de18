import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src-main/storage/folder-lock.ts';
import { failureOf, temporaryFolder } from '../../unit/storage/folder.ts';
import { exitOf, startScript } from './child.ts';

/** A lock as this process would write it, with changes. */
function forgeLock(folder: string, changes: Record<string, unknown>): void {
  const lock = lockFolder(folder);
  const owner = JSON.parse(readFileSync(lock.path, 'utf8')) as Record<string, unknown>;
  writeFileSync(lock.path, JSON.stringify({ ...owner, ...changes }));
}

describe('a lock', () => {
  it('names its process, is private and ends with release', () => {
    const folder = temporaryFolder();
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(lock.path, 'utf8'))).toMatchObject({ pid: process.pid });
    if (process.platform !== 'win32') expect(statSync(lock.path).mode & 0o777).toBe(0o600);
    expect(failureOf(() => lockFolder(folder))).toMatchObject({
      code: 'locked',
      pid: process.pid,
      path: lock.path,
    });
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder).release();
  });

  it('keeps another process out while its owner lives, and no longer', async () => {
    const folder = temporaryFolder();
    const owner = startScript('lock-holder.ts', folder);
    await once(owner.stdout, 'data');
    expect(failureOf(() => lockFolder(folder))).toMatchObject({ code: 'locked', pid: owner.pid });
    owner.kill('SIGKILL');
    await exitOf(owner);
    expect(existsSync(join(folder, 'lock'))).toBe(true);
    lockFolder(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('goes to exactly one of many that start at the same moment, also over a dead one', async () => {
    const folder = temporaryFolder();
    const dead = startScript('lock-holder.ts', folder);
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await exitOf(dead);
    const racers = Array.from({ length: 6 }, () => startScript('lock-racer.ts', folder));
    // Each says that it is loaded; then all may go.
    await Promise.all(racers.map((racer) => once(racer.stdout, 'data')));
    const answers = racers.map(async (racer) => once(racer.stdout, 'data'));
    for (const racer of racers) racer.stdin.write('go\n');
    const texts = (await Promise.all(answers)).map(([chunk]) => String(chunk).trim());
    expect(texts.filter((text) => text === 'locked')).toHaveLength(1);
    expect(texts.filter((text) => text.startsWith('refused'))).toHaveLength(5);
    for (const racer of racers) racer.stdin.end();
    await Promise.all(racers.map(exitOf));
  });
});

describe('a lock that is left over', () => {
  it.skipIf(process.platform !== 'linux')('is taken over when the pid belongs to a later process', () => {
    const folder = temporaryFolder();
    forgeLock(folder, { startedAt: '1' });
    lockFolder(folder).release();
  });

  it('is taken over when the machine was started again', () => {
    const folder = temporaryFolder();
    forgeLock(folder, { bootId: 'another-start' });
    lockFolder(folder).release();
    forgeLock(folder, { bootId: null, bootedAtMs: 0 });
    lockFolder(folder).release();
  });

  it('is taken over when nobody can have written it', () => {
    const folder = temporaryFolder();
    for (const text of [
      '',
      'x',
      'null',
      '[]',
      '{}',
      '{"pid":-1}',
      `{"pid":${process.pid}}`,
      'x'.repeat(100_000),
    ]) {
      writeFileSync(join(folder, 'lock'), text);
      lockFolder(folder).release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not taken away by an owner that lost it', () => {
    const folder = temporaryFolder();
    const lock = lockFolder(folder);
    writeFileSync(lock.path, '{}');
    const next = lockFolder(folder);
    const text = readFileSync(next.path, 'utf8').replace('"pid"', ' "pid"');
    writeFileSync(next.path, text);
    lock.release();
    expect(readFileSync(next.path, 'utf8')).toBe(text);
  });
});

it('names a folder that is missing', () => {
  expect(failureOf(() => lockFolder(join(temporaryFolder(), 'nowhere'))).code).toBe('missing');
});
