/**
 * What a datagram carries after decryption: one or more records, packed without padding. Integers are little-endian.
 *
 *     MESSAGE   1 | length (2) | bytes                       a whole message
 *     FRAGMENT  2 | messageId (4) | index (2) | count (2) | totalBytes (4) | length (2) | bytes
 *     PULL      3 | messageId (4) | length (1) | bitmap      bit i (lowest first) = fragment i is missing
 *     PING      4 | token (4)
 *     PONG      5 | token (4)                                the token of a PING
 *     CLOSE     6                                            the sender has forgotten this session
 *
 * All fragments of a message but its last have the same size, ceil(totalBytes / count).
 */
import { MAX_MESSAGE_BYTES } from '../core/messages.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './byte-order.ts';

const MESSAGE = 1;
const FRAGMENT = 2;
const PULL = 3;
const PING = 4;
const PONG = 5;
const CLOSE = 6;

export const MESSAGE_HEADER_BYTES = 3;
export const FRAGMENT_HEADER_BYTES = 15;
const PULL_HEADER_BYTES = 6;
const TOKEN_RECORD_BYTES = 5;

/** MAX_MESSAGE_BYTES in fragments of 1 KiB, with room for smaller datagrams. */
export const MAX_FRAGMENTS = 512;

export interface Fragment {
  readonly type: 'fragment';
  readonly messageId: number;
  readonly index: number;
  readonly count: number;
  readonly totalBytes: number;
  readonly bytes: Uint8Array;
}

export type DatagramRecord =
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  | Fragment
  | { readonly type: 'pull'; readonly messageId: number; readonly bitmap: Uint8Array }
  | { readonly type: 'ping' | 'pong'; readonly token: number }
  | { readonly type: 'close' };

/** Bytes of every fragment of a message but the last, which has the rest. */
export function fragmentBytes(totalBytes: number, count: number): number {
  return Math.ceil(totalBytes / count);
}

/** Appends records to a datagram. Callers ask `room` first. */
export class RecordWriter {
  readonly bytes: Uint8Array;
  readonly #end: number;
  #length: number;

  /** Writes into bytes[start, end). */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.#length = start;
    this.#end = end;
  }

  /** Offset behind the last record. */
  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#end - this.#length;
  }

  message(payload: Uint8Array): void {
    this.bytes[this.#length] = MESSAGE;
    writeUint16(this.bytes, this.#length + 1, payload.length);
    this.#append(payload, MESSAGE_HEADER_BYTES);
  }

  fragment(fragment: Omit<Fragment, 'type'>): void {
    const offset = this.#length;
    this.bytes[offset] = FRAGMENT;
    writeUint32(this.bytes, offset + 1, fragment.messageId);
    writeUint16(this.bytes, offset + 5, fragment.index);
    writeUint16(this.bytes, offset + 7, fragment.count);
    writeUint32(this.bytes, offset + 9, fragment.totalBytes);
    writeUint16(this.bytes, offset + 13, fragment.bytes.length);
    this.#append(fragment.bytes, FRAGMENT_HEADER_BYTES);
  }

  pull(messageId: number, bitmap: Uint8Array): void {
    this.bytes[this.#length] = PULL;
    writeUint32(this.bytes, this.#length + 1, messageId);
    this.bytes[this.#length + 5] = bitmap.length;
    this.#append(bitmap, PULL_HEADER_BYTES);
  }

  ping(token: number): void {
    this.#token(PING, token);
  }

  pong(token: number): void {
    this.#token(PONG, token);
  }

  close(): void {
    this.bytes[this.#length++] = CLOSE;
  }

  #token(type: number, token: number): void {
    this.bytes[this.#length] = type;
    writeUint32(this.bytes, this.#length + 1, token);
    this.#length += TOKEN_RECORD_BYTES;
  }

  #append(payload: Uint8Array, headerBytes: number): void {
    this.bytes.set(payload, this.#length + headerBytes);
    this.#length += headerBytes + payload.length;
  }
}

/** All records of a datagram as views into it, or null if any byte of it does not belong. */
export function decodeRecords(payload: Uint8Array): DatagramRecord[] | null {
  const records: DatagramRecord[] = [];
  let offset = 0;
  while (offset < payload.length) {
    const size = recordBytes(payload, offset);
    if (size === null || offset + size > payload.length) return null;
    const record = decodeRecord(payload.subarray(offset, offset + size));
    if (record === null) return null;
    records.push(record);
    offset += size;
  }
  return records.length === 0 ? null : records;
}

/** Bytes of the record that begins at `offset` as its header states it, or null if there is no such header. */
function recordBytes(payload: Uint8Array, offset: number): number | null {
  const left = payload.length - offset;
  switch (payload[offset]) {
    case MESSAGE:
      return left < MESSAGE_HEADER_BYTES ? null : MESSAGE_HEADER_BYTES + readUint16(payload, offset + 1);
    case FRAGMENT:
      return left < FRAGMENT_HEADER_BYTES ? null : FRAGMENT_HEADER_BYTES + readUint16(payload, offset + 13);
    case PULL:
      return left < PULL_HEADER_BYTES ? null : PULL_HEADER_BYTES + payload[offset + 5]!;
    case PING:
    case PONG:
      return TOKEN_RECORD_BYTES;
    case CLOSE:
      return 1;
    default:
      return null;
  }
}

function decodeRecord(bytes: Uint8Array): DatagramRecord | null {
  switch (bytes[0]) {
    case MESSAGE:
      return bytes.length === MESSAGE_HEADER_BYTES
        ? null
        : { type: 'message', bytes: bytes.subarray(MESSAGE_HEADER_BYTES) };
    case FRAGMENT:
      return decodeFragment(bytes);
    case PULL: {
      const bitmap = bytes.subarray(PULL_HEADER_BYTES);
      if (bitmap.length === 0 || bitmap.length > MAX_FRAGMENTS / 8) return null;
      return { type: 'pull', messageId: readUint32(bytes, 1), bitmap };
    }
    case PING:
      return { type: 'ping', token: readUint32(bytes, 1) };
    case PONG:
      return { type: 'pong', token: readUint32(bytes, 1) };
    default:
      return { type: 'close' };
  }
}

function decodeFragment(bytes: Uint8Array): Fragment | null {
  const messageId = readUint32(bytes, 1);
  const index = readUint16(bytes, 5);
  const count = readUint16(bytes, 7);
  const totalBytes = readUint32(bytes, 9);
  if (count < 2 || count > MAX_FRAGMENTS || index >= count) return null;
  if (totalBytes < count || totalBytes > MAX_MESSAGE_BYTES) return null;
  const size = fragmentBytes(totalBytes, count);
  const start = index * size;
  const expected = index === count - 1 ? totalBytes - start : size;
  // Sizes that would leave the last fragments empty are refused too, so that a count has one meaning.
  if (expected <= 0 || start + expected > totalBytes) return null;
  const content = bytes.subarray(FRAGMENT_HEADER_BYTES);
  if (content.length !== expected) return null;
  return { type: 'fragment', messageId, index, count, totalBytes, bytes: content };
}
