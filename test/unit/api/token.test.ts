import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ApiToken } from '../../../src-main/api/token.ts';

test('the token changes, and the previous one stays valid for one change', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-token-'));
  const file = path.join(folder, 'api.token');
  const token = new ApiToken(file);
  const first = fs.readFileSync(file, 'utf8');
  expect(first).toMatch(/^[\w-]{32}$/);
  expect(token.value).toBe(first);
  token.rotate();
  const second = fs.readFileSync(file, 'utf8');
  expect(second).not.toBe(first);
  expect([first, second].map((value) => token.accepts(value))).toEqual([true, true]);
  token.rotate();
  expect([first, second].map((value) => token.accepts(value))).toEqual([false, true]);
  for (const wrong of [undefined, '', 7, ['x'], 'x'.repeat(32)]) expect(token.accepts(wrong)).toBe(false);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  token.close();
  expect(fs.readdirSync(folder)).toEqual([]);
  fs.rmSync(folder, { recursive: true });
});
