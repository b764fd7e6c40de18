/**
 * Where the window of a running host can be opened: in a file that only the owner of the data folder can read,
 * so that a second start finds the first one instead of failing.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE_NAME = 'window.address';
const ADDRESS = /^http:\/\/127\.0\.0\.1:\d{1,5}\/#token=[A-Za-z0-9_-]+$/;

export function writeAddress(dataDir: string, address: string): void {
  const file = path.join(dataDir, FILE_NAME);
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, address, { mode: 0o600, flag: 'wx' });
  renameSync(`${file}.new`, file);
}

/** Null where no browser host runs. */
export function readAddress(dataDir: string): string | null {
  try {
    const text = readFileSync(path.join(dataDir, FILE_NAME), 'utf8');
    return ADDRESS.test(text) ? text : null;
  } catch {
    return null;
  }
}

export function removeAddress(dataDir: string): void {
  rmSync(path.join(dataDir, FILE_NAME), { force: true });
}
