/**
 * The file under a virtual disk: a turn as records with their checksums and a mark at its end, so that a power cut amid
 * a write can keep any prefix of its bytes, and a torn record in it is told from a whole one.
 */
import { deserialize, serialize } from 'node:v8';
import { concatBytes, equalBytes } from '../../src-main/core/bytes.ts';
import type { DurableEffect } from '../../src-main/core/effects.ts';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import { simulatorCrypto } from './crypto.ts';
import type { Draw } from './random.ts';

const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 8;
const HEADER_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;
/** What a disk writes in one go. */
const SECTOR_BYTES = 512;

function checksum(payload: Uint8Array): Uint8Array {
  return simulatorCrypto.hash(payload).subarray(0, CHECKSUM_BYTES);
}

function frame(payload: Uint8Array): Uint8Array {
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, payload.length, true);
  return concatBytes(length, checksum(payload), payload);
}

/** One frame per record, then an empty one: the turn is whole. */
export function encodeTurn(turn: DurableTurn): Uint8Array {
  return concatBytes(...turn.map((effect) => frame(serialize(effect))), frame(new Uint8Array(0)));
}

/** The turn, or null when its end or a part of it is missing or torn: then nothing of it has happened. */
export function decodeTurn(bytes: Uint8Array): DurableTurn | null {
  const turn: DurableEffect[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
    const payload = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
    const sum = bytes.subarray(at + LENGTH_BYTES, at + HEADER_BYTES);
    if (payload.length !== length || !equalBytes(checksum(payload), sum)) return null;
    if (length === 0) return turn;
    turn.push(deserialize(payload) as DurableEffect);
    at += HEADER_BYTES + length;
  }
  return null;
}

/** What a power cut leaves of bytes that were not synchronised: all, or any prefix, its last sector perhaps empty. */
export function tear(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (draw.chance(300)) return bytes;
  const kept = bytes.slice(0, draw.below(bytes.length));
  if (draw.chance(300)) kept.fill(0, Math.max(0, kept.length - SECTOR_BYTES));
  return kept;
}
