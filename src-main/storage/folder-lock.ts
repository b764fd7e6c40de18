import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync } from 'node:fs';
import { readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { StorageError, withStorageErrors } from './errors.ts';

const LOCK_NAME = 'lock';
const MAX_LOCK_BYTES = 1_024;
/** Clocks are set now and then; a machine is not started again within this time of its last start. */
const BOOT_TOLERANCE_MS = 5 * 60_000;
/** Taking over fails only when other processes do the same at the same moment. */
const MAX_ATTEMPTS = 8;

/** Whose the folder is. A pid alone would not do: it is given again, after a restart almost certainly. */
interface LockOwner {
  readonly pid: number;
  /** What tells this process from another one with the same pid; null where the system does not say. */
  readonly startedAt: string | null;
  /** The system's identifier of its last start, or null. */
  readonly bootId: string | null;
  /** When the system was started, by its own clock. */
  readonly bootedAtMs: number;
}

/** A held lock; it ends with release() or with the process. */
export interface FolderLock {
  readonly path: string;
  release(): void;
}

/**
 * Makes this process the only one in a data folder, by a file `lock` that names it. A lock whose process is
 * gone is taken over. The databases have locks of their own; this one comes before them and covers the whole
 * folder.
 * @throws StorageError `locked` with the pid of the owner, `read-only`, `disk-full`, `io`
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, LOCK_NAME);
  return withStorageErrors(path, () => {
    const text = `${JSON.stringify(describe(process.pid))}\n`;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (create(path, text)) return { path, release: () => release(path, text) };
      const found = read(path);
      if (found === undefined) continue;
      const owner = parse(found);
      if (owner !== undefined && isAlive(owner)) {
        const message = `process ${owner.pid} is using this folder`;
        throw new StorageError('locked', path, message, { pid: owner.pid });
      }
      discard(path, found);
    }
    throw new StorageError('locked', path, 'other processes are starting in this folder');
  });
}

/** The process that works with a folder, if it lives; null when none does. @throws StorageError */
export function lockOwnerOf(folder: string): number | null {
  const path = join(folder, LOCK_NAME);
  return withStorageErrors(path, () => {
    const found = read(path);
    const owner = found === undefined ? undefined : parse(found);
    return owner !== undefined && isAlive(owner) ? owner.pid : null;
  });
}

/** All of the file or nothing: a reader never finds half a lock. false when there is one already. */
function create(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkOrCopy(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw error;
    // FAT and some network disks have no links.
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

/** Takes a dead owner's lock away, but not one that another process made in the meantime. */
function discard(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    if (read(aside) !== stale) linkOrCopy(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(path: string, text: string): void {
  if (read(path) === text) rmSync(path, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').slice(0, MAX_LOCK_BYTES);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** undefined for what no process of ours wrote; nobody is behind it. */
function parse(text: string): LockOwner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startedAt, bootId, bootedAtMs } = value as Record<string, unknown>;
  const isText = (field: unknown) => field === null || typeof field === 'string';
  const isPid = Number.isInteger(pid) && (pid as number) > 0;
  if (!isPid || !isText(startedAt) || !isText(bootId) || typeof bootedAtMs !== 'number') return undefined;
  return value as LockOwner;
}

function isAlive(owner: LockOwner): boolean {
  const now = describe(owner.pid);
  if (owner.bootId !== now.bootId) return false;
  if (owner.bootId === null && Math.abs(owner.bootedAtMs - now.bootedAtMs) > BOOT_TOLERANCE_MS) return false;
  if (owner.startedAt !== now.startedAt) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return isErrno(error, 'EPERM');
  }
}

function describe(pid: number): LockOwner {
  const bootedAtMs = Math.round(Date.now() - uptime() * 1_000);
  return { pid, startedAt: startOf(pid), bootId: bootId(), bootedAtMs };
}

function bootId(): string | null {
  return firstLine('/proc/sys/kernel/random/boot_id');
}

/**
 * Linux: clock ticks from the system's start to the process's, field 22 of proc(5); the name before may hold
 * spaces. null for a process that has ended and only waits for its parent.
 */
function startOf(pid: number): string | null {
  const stat = firstLine(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

function firstLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').split('\n')[0] ?? null;
  } catch {
    return null;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
