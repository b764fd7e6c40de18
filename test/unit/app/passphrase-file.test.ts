import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { OptionError } from '../../../src-main/app/host-options.ts';
import { readPassphraseFile } from '../../../src-main/app/passphrase-file.ts';

function file(content: string): string {
  const name = path.join(mkdtempSync(path.join(tmpdir(), 'diva-passphrase-')), 'passphrase');
  writeFileSync(name, content);
  return name;
}

it.each([
  ['correct horse', 'correct horse'],
  ['correct horse\n', 'correct horse'],
  ['correct horse\r\n', 'correct horse'],
  [' correct horse \n\n', ' correct horse \n'],
])('the passphrase is the whole file but the end of its last line: %j', (content, expected) => {
  expect(readPassphraseFile(file(content))).toBe(expected);
});

it.each([
  ['an empty file', file('\n'), 'is empty'],
  ['a large one', file('x'.repeat(4097)), 'is too large'],
  ['none', '/nonexistent/passphrase', 'cannot be read (ENOENT)'],
  ['a folder', mkdtempSync(path.join(tmpdir(), 'diva-passphrase-')), 'cannot be read (EISDIR)'],
])('%s is refused with a sentence', (_, name, reason) => {
  expect(() => readPassphraseFile(name)).toThrow(OptionError);
  expect(() => readPassphraseFile(name)).toThrow(reason);
});
