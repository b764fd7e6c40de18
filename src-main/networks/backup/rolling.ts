/**
 * Small automatic backups below the data folder: the own key as its file is closed, settings, and of each network all
 * but its chain and invitations. They help against a damaged or lost file, not against a lost disk. A few are kept.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../../storage/sync.ts';
import { makeFolder } from '../folder-faults.ts';
import { INVITATIONS } from '../folders.ts';
import { withNetworkErrors } from '../translate-errors.ts';
import { smallFiles } from './contents.ts';

const KEPT = 5;
const KEY_FILE = 'identity/key.json';
const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/;

export interface RollingState {
  readonly folder: string;
  readonly newestAtMs: number;
  readonly count: number;
}

export function rollingFolder(dataDir: string): string {
  return path.join(dataDir, 'backups', 'rolling');
}

/** Null while there is none. */
export function rollingState(dataDir: string): RollingState | null {
  const folder = rollingFolder(dataDir);
  const names = namesIn(folder);
  const newest = names.at(-1);
  return newest === undefined ? null : { folder, newestAtMs: timeOf(newest), count: names.length };
}

/**
 * Makes one unless nothing has changed since the newest; true when it was made. `onlyThis`: older ones go, because they
 * hold the key as it was closed before. Rejects with NetworkError.
 */
export function rollBackup(dataDir: string, { onlyThis = false } = {}): Promise<boolean> {
  return withNetworkErrors(() => {
    const files = contentsOf(dataDir);
    // What belongs to nobody yet is not worth one.
    if (!files.has(KEY_FILE)) return false;
    const folder = rollingFolder(dataDir);
    const before = namesIn(folder);
    const newest = before.at(-1);
    const isSame =
      newest !== undefined && digestOf(files) === digestOf(contentsOf(path.join(folder, newest)));
    if (!isSame) write(path.join(folder, newName(newest)), files);
    const names = namesIn(folder);
    for (const old of names.slice(0, onlyThis ? -1 : -KEPT))
      fs.rmSync(path.join(folder, old), { recursive: true, force: true });
    return !isSame;
  });
}

function contentsOf(dataDir: string): Map<string, Uint8Array> {
  const key = fs.existsSync(path.join(dataDir, KEY_FILE)) ? [KEY_FILE] : [];
  // Put back by hand, a list of invitations would honour a one-time ticket that was used since.
  const small = smallFiles(dataDir).filter((name) => path.basename(name) !== INVITATIONS);
  return new Map([...key, ...small].map((name) => [name, fs.readFileSync(path.join(dataDir, name))]));
}

function digestOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  return hash.digest('hex');
}

/** It has its name only when it is complete. */
function write(target: string, files: ReadonlyMap<string, Uint8Array>): void {
  const draft = path.join(path.dirname(target), '.new');
  fs.rmSync(draft, { recursive: true, force: true });
  makeFolder(draft);
  for (const [name, bytes] of files) {
    const file = path.join(draft, ...name.split('/'));
    makeFolder(path.dirname(file));
    fs.writeFileSync(file, bytes, { mode: 0o600, flush: true });
  }
  fs.renameSync(draft, target);
  // The oldest goes after this.
  syncFolder(path.dirname(target));
}

function namesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort();
}

/** Later than the newest, whatever the clock says. */
function newName(newest: string | undefined): string {
  const now = Math.max(Date.now(), newest === undefined ? 0 : timeOf(newest) + 1);
  return new Date(now).toISOString().replaceAll(/[:.]/g, '-');
}

function timeOf(name: string): number {
  return Date.parse(name.replace(/T(\d{2})-(\d{2})-(\d{2})-(\d{3})Z$/, 'T$1:$2:$3.$4Z'));
}
