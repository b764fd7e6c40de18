/** The databases of nodes, which may run in any process of this machine: how far they are, and copies of them. */
import fs from 'node:fs';
import type { Height } from '../../core/types.ts';
import { copyClosed, factsOf } from '../../storage/copies.ts';
import { StorageError } from '../../storage/errors.ts';
import { NetworkError } from '../errors.ts';
import type { NetworkFiles } from '../folders.ts';
import { readRunning } from '../running-file.ts';
import type { Running } from '../running-file.ts';

const LONGEST_ANSWER_MS = 10_000;

export interface DatabaseAccess {
  /** The caller keeps other processes from the data folder. */
  readonly isLocked: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The newest block of a node; null where its database cannot be read. */
export async function heightOf(files: NetworkFiles, { isLocked }: DatabaseAccess): Promise<Height | null> {
  const running = readRunning(files.running);
  const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
  try {
    const answer = running === undefined ? null : await ask(running, files, 'GET', '/node/status', signal);
    if (answer !== null) return (answer as { height: Height }).height;
    return factsOf(files.database, isLocked).height;
  } catch (error) {
    if (error instanceof StorageError || signal.aborted) return null;
    throw error;
  }
}

/**
 * Copies the database of a node. One that runs makes the copy itself, since nobody else can read the file meanwhile.
 * Rejects with NetworkError or StorageError.
 */
export async function copyDatabase(
  files: NetworkFiles,
  target: string,
  { isLocked, signal }: DatabaseAccess,
): Promise<void> {
  const running = readRunning(files.running);
  const answer =
    running === undefined ? null : await ask(running, files, 'PUT', '/node/copy-database', signal);
  if (answer === null)
    return copyClosed(files.database, target, { isLocked, ...(signal === undefined ? {} : { signal }) });
  await fs.promises.rename(files.databaseCopy, target);
}

/** Null when nobody answers there: a killed node leaves its file, and its number may be somebody else's by now. */
async function ask(
  { ports }: Running,
  { token }: NetworkFiles,
  method: string,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  let response: Response;
  try {
    const headers = { 'diva-token-api': fs.readFileSync(token, 'utf8') };
    const url = `http://127.0.0.1:${ports.api}${path}`;
    response = await fetch(url, { method, headers, ...(signal === undefined ? {} : { signal }) });
  } catch {
    signal?.throwIfAborted();
    return null;
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  const code = response.status === 507 ? 'disk-full' : 'internal';
  throw new NetworkError(code, `the node refuses to copy its database (${text})`, {});
}
