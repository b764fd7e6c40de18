import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderFault, makeFolder } from '../../../src-main/networks/folder-faults.ts';
import { StorageError } from '../../../src-main/storage/errors.ts';
import { temporaryFolder } from '../../integration/networks/harness.ts';

function faultOf(work: () => void) {
  try {
    work();
  } catch (error) {
    return folderFault(error);
  }
  return undefined;
}

test('a folder is made with those above it, for its owner alone', () => {
  const folder = path.join(temporaryFolder(), 'a', 'b', 'c');
  makeFolder(folder);
  makeFolder(folder);
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  expect(fs.statSync(path.dirname(folder)).mode & 0o777).toBe(0o700);
});

test('what the system says of a folder is a sentence', () => {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, '');
  for (const place of [file, path.join(file, 'a'), path.join(file, 'a', 'b')]) {
    expect(
      faultOf(() => makeFolder(place)),
      place,
    ).toMatchObject({ code: 'not-a-folder' });
  }
  if (process.platform === 'linux')
    expect(faultOf(() => makeFolder('/proc/x/y'))).toMatchObject({ code: 'folder-missing' });
  const error = (code: string) => Object.assign(new Error(code), { code, path: '/p' });
  expect(folderFault(error('EACCES'))).toMatchObject({ code: 'permission-denied', path: '/p' });
  expect(folderFault(error('ENOSPC'))).toMatchObject({ code: 'disk-full' });
  expect(folderFault(new StorageError('read-only', '/p', 'x'))).toMatchObject({ path: '/p' });
  expect(folderFault(error('ECONNREFUSED'))).toBeUndefined();
  expect(folderFault(new TypeError('a fault of the program'))).toBeUndefined();
});
