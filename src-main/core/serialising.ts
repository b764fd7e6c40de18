/**
 * Serialising values of a schema. Making a small array costs more than filling it: values are written into memory that
 * is used again, and compared there, or copied out of it once.
 */
import type { Type } from '@chainsafe/ssz';
import { equalBytes } from './bytes.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';

/** What is longer is rare, and gets memory of its own. */
const shared = new Uint8Array(MAX_MESSAGE_BYTES);

/** `headBytes` zeros, then the value; to be copied or compared before the next call. */
function write<V>(type: Type<V>, value: V, headBytes: number): Uint8Array {
  const sizeBytes = headBytes + type.value_serializedSize(value);
  // Zeros, and nothing behind the end: a field that is no field of its schema leaves nothing of what was here before.
  const uint8Array =
    sizeBytes <= shared.length ? shared.subarray(0, sizeBytes).fill(0) : new Uint8Array(sizeBytes);
  const dataView = new DataView(uint8Array.buffer, 0, sizeBytes);
  type.value_serializeToBytes({ uint8Array, dataView }, headBytes, value);
  return uint8Array;
}

export function serialise<V>(type: Type<V>, value: V): Uint8Array {
  return write(type, value, 0).slice();
}

/** With one byte before it. */
export function serialiseTagged<V>(tag: number, type: Type<V>, value: V): Uint8Array {
  const bytes = write(type, value, 1).slice();
  bytes[0] = tag;
  return bytes;
}

/** Whether these bytes are the encoding of the value. */
export function isEncoding<V>(type: Type<V>, value: V, bytes: Uint8Array): boolean {
  return equalBytes(write(type, value, 0), bytes);
}
