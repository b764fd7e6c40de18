/**
 * The outside of a backup, version 1: a header of 76 bytes, then one stream of libsodium's secretstream under the key
 * that argon2id makes of a passphrase.
 *
 *     16  "DIVA Node backup"
 *      4  version               little-endian, as all numbers
 *      4  operations, 4 memory in KiB, 16 salt      of argon2id
 *      8  bytes in the stream   so that a file which was cut off is told from a wrong passphrase
 *     24  header of the stream
 *
 * The stream comes in chunks of 256 KiB, each with 17 bytes more; only the last one is shorter, and says that it is the
 * last. The header of the file is authenticated with the first chunk.
 */
import { open, type FileHandle } from 'node:fs/promises';
import {
  crypto_secretstream_xchacha20poly1305_init_pull as initPull,
  crypto_secretstream_xchacha20poly1305_init_push as initPush,
  crypto_secretstream_xchacha20poly1305_pull as pull,
  crypto_secretstream_xchacha20poly1305_push as push,
} from 'sodium-native';
import { equalBytes, utf8 } from '../core/bytes.ts';
import { BackupError, withBackupErrors } from './backup-errors.ts';
import { keyOfPassphrase, newPassphraseParameters, PASSPHRASE_LIMITS, SALT_BYTES } from './passphrase-key.ts';
import type { PassphraseKeyParameters } from './passphrase-key.ts';
import { forget, secretBytes } from './secret-memory.ts';

const MAGIC = utf8('DIVA Node backup');
const VERSION = 1;
const VERSION_OFFSET = 16;
const SALT_OFFSET = 28;
const LENGTH_OFFSET = SALT_OFFSET + SALT_BYTES;
const STREAM_OFFSET = LENGTH_OFFSET + 8;
const STREAM_HEADER_BYTES = 24;
const HEADER_BYTES = STREAM_OFFSET + STREAM_HEADER_BYTES;

const STATE_BYTES = 52;
const CHUNK_BYTES = 256 * 1024;
const CHUNK_OVERHEAD_BYTES = 17;
const TAG_MESSAGE = 0;
const TAG_FINAL = 3;

/** How large the file becomes with so much in it. */
export function backupFileBytes(contentBytes: number): number {
  const chunks = Math.floor(contentBytes / CHUNK_BYTES) + 1;
  return HEADER_BYTES + contentBytes + chunks * CHUNK_OVERHEAD_BYTES;
}

/** Writes a backup into a new file. */
export class BackupWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #state: Uint8Array;
  readonly #chunk = secretBytes(CHUNK_BYTES);
  #header: Uint8Array | null;
  #filled = 0;

  private constructor(path: string, file: FileHandle, state: Uint8Array, header: Uint8Array) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    this.#header = header;
  }

  /** `contentBytes` will be appended. Rejects with BackupError `exists` where there is a file. */
  static async create(
    path: string,
    passphrase: string,
    contentBytes: number,
    parameters: PassphraseKeyParameters = newPassphraseParameters(),
  ): Promise<BackupWriter> {
    const state = secretBytes(STATE_BYTES);
    const header = new Uint8Array(HEADER_BYTES);
    const key = await keyOfPassphrase(passphrase, parameters);
    try {
      const streamHeader = new Uint8Array(STREAM_HEADER_BYTES);
      initPush(state, streamHeader, key);
      writeHeader(header, parameters, contentBytes, streamHeader);
    } finally {
      forget(key);
    }
    const file = await withBackupErrors(path, () => open(path, 'wx', 0o600));
    const writer = new BackupWriter(path, file, state, header);
    await writer.#write(header);
    return writer;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === CHUNK_BYTES) await this.#seal(TAG_MESSAGE);
    }
  }

  /** On return all of it is on the disk. */
  async finish(): Promise<void> {
    await this.#seal(TAG_FINAL);
    await withBackupErrors(this.#path, () => this.#file.sync());
  }

  async close(): Promise<void> {
    forget(this.#state);
    forget(this.#chunk);
    await this.#file.close();
  }

  async #seal(tag: number): Promise<void> {
    const message = this.#chunk.subarray(0, this.#filled);
    const box = new Uint8Array(message.length + CHUNK_OVERHEAD_BYTES);
    push(this.#state, box, message, this.#header, tag);
    this.#header = null;
    this.#filled = 0;
    await this.#write(box);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await withBackupErrors(this.#path, () => this.#file.writeFile(bytes));
  }
}

/** Reads a backup from its beginning to its end. All methods reject with BackupError. */
export class BackupReader {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #contentBytes: number;
  readonly #state: Uint8Array;
  readonly #box = new Uint8Array(CHUNK_BYTES + CHUNK_OVERHEAD_BYTES);
  readonly #message = secretBytes(CHUNK_BYTES);
  #header: Uint8Array | null;
  #at = HEADER_BYTES;
  #unread: Uint8Array = new Uint8Array(0);
  #isLast = false;

  private constructor(
    path: string,
    file: FileHandle,
    contentBytes: number,
    state: Uint8Array,
    header: Uint8Array,
  ) {
    this.#path = path;
    this.#file = file;
    this.#contentBytes = contentBytes;
    this.#state = state;
    this.#header = header;
  }

  static async open(path: string, passphrase: string): Promise<BackupReader> {
    const file = await withBackupErrors(path, () => open(path, 'r'));
    try {
      const header = new Uint8Array(HEADER_BYTES);
      const { size, bytesRead } = await withBackupErrors(path, async () => {
        const read = await file.read(header, 0, HEADER_BYTES, 0);
        return { size: (await file.stat()).size, bytesRead: read.bytesRead };
      });
      const { contentBytes, ...parameters } = readHeader(header.subarray(0, bytesRead), path);
      const expected = backupFileBytes(contentBytes);
      if (size < expected) throw new BackupError('truncated', path, 'the file ends before the backup does');
      if (size > expected) throw new BackupError('damaged', path, 'the file is longer than the backup');
      const state = secretBytes(STATE_BYTES);
      const key = await keyOfPassphrase(passphrase, parameters);
      initPull(state, header.slice(STREAM_OFFSET), key);
      forget(key);
      const reader = new BackupReader(path, file, contentBytes, state, header);
      await reader.#next();
      return reader;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Of all that is in it. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** Exactly so many bytes; the caller has bounded them. */
  async read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const part of this.parts(length)) {
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /** The same in parts, each of which is overwritten when the next one is asked for. */
  async *parts(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#unread.length === 0) await this.#next();
      const part = this.#unread.subarray(0, left);
      this.#unread = this.#unread.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** There must be nothing more. */
  async finish(): Promise<void> {
    // An end on the border of two chunks is one more, empty chunk.
    if (!this.#isLast && this.#unread.length === 0) await this.#next();
    if (this.#unread.length > 0 || !this.#isLast) throw this.#damaged();
  }

  async close(): Promise<void> {
    forget(this.#state);
    forget(this.#message);
    await this.#file.close();
  }

  async #next(): Promise<void> {
    const isFirst = this.#header !== null;
    if (this.#isLast) throw this.#damaged();
    const { bytesRead } = await withBackupErrors(this.#path, () =>
      this.#file.read(this.#box, 0, this.#box.length, this.#at),
    );
    if (bytesRead < CHUNK_OVERHEAD_BYTES) throw this.#damaged();
    const message = this.#message.subarray(0, bytesRead - CHUNK_OVERHEAD_BYTES);
    const tag = new Uint8Array(1);
    try {
      pull(this.#state, message, tag, this.#box.subarray(0, bytesRead), this.#header);
    } catch {
      throw isFirst ? wrongPassphrase(this.#path) : this.#damaged();
    }
    this.#header = null;
    this.#at += bytesRead;
    this.#isLast = tag[0] === TAG_FINAL;
    this.#unread = message;
  }

  #damaged(): BackupError {
    return new BackupError('damaged', this.#path, 'the backup is damaged');
  }
}

function wrongPassphrase(path: string): BackupError {
  const message = 'the passphrase does not open it, or its beginning is damaged';
  return new BackupError('wrong-passphrase', path, message);
}

function writeHeader(
  header: Uint8Array,
  { operations, memoryBytes, salt }: PassphraseKeyParameters,
  contentBytes: number,
  streamHeader: Uint8Array,
): void {
  const numbers = new DataView(header.buffer);
  header.set(MAGIC);
  [VERSION, operations, memoryBytes / 1024].forEach((value, index) =>
    numbers.setUint32(VERSION_OFFSET + index * 4, value, true),
  );
  header.set(salt, SALT_OFFSET);
  numbers.setBigUint64(LENGTH_OFFSET, BigInt(contentBytes), true);
  header.set(streamHeader, STREAM_OFFSET);
}

function readHeader(
  header: Uint8Array,
  path: string,
): PassphraseKeyParameters & { readonly contentBytes: number } {
  const refuse = (message: string) => new BackupError('not-a-backup', path, message);
  if (!equalBytes(header.subarray(0, MAGIC.length), MAGIC)) throw refuse('it is not a backup of this app');
  if (header.length < HEADER_BYTES)
    throw new BackupError('truncated', path, 'the file ends before the backup does');
  const numbers = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const [version, operations, memoryKibibytes] = [0, 4, 8].map((at) =>
    numbers.getUint32(VERSION_OFFSET + at, true),
  ) as [number, number, number];
  if (version > VERSION)
    throw new BackupError('newer-version', path, `it was made by a newer version (format ${version})`);
  if (version < 1) throw refuse('it is of no version');
  const memoryBytes = memoryKibibytes * 1024;
  const isWithin = (value: number, { least, most }: { least: number; most: number }) =>
    value >= least && value <= most;
  const { operations: operationLimits, memoryBytes: memoryLimits } = PASSPHRASE_LIMITS;
  if (!isWithin(operations, operationLimits) || !isWithin(memoryBytes, memoryLimits))
    throw refuse('it asks for more work than any backup of this app');
  const contentBytes = Number(numbers.getBigUint64(LENGTH_OFFSET, true));
  return { operations, memoryBytes, salt: header.slice(SALT_OFFSET, LENGTH_OFFSET), contentBytes };
}
