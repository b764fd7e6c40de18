import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openConnection } from '../../../src-main/storage/connection.ts';
import { temporaryFolder } from './folder.ts';

it('synchronises every commit, checks references and keeps the log bounded', () => {
  const connection = openConnection(join(temporaryFolder(), 'node.sqlite'));
  onTestFinished(() => void connection.close());
  const pragma = (name: string) => connection.pragma(name, { simple: true });
  expect(pragma('journal_mode')).toBe('wal');
  expect(pragma('locking_mode')).toBe('exclusive');
  expect(pragma('synchronous'), 'FULL').toBe(2);
  expect(pragma('fullfsync')).toBe(process.platform === 'darwin' ? 1 : 0);
  expect(pragma('foreign_keys')).toBe(1);
  expect(pragma('wal_autocheckpoint')).toBe(4_096);
  expect(pragma('journal_size_limit')).toBe(32 * 1024 * 1024);
});
