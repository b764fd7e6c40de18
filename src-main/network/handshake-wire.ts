/**
 * The three datagrams of a handshake; integers are little-endian. All begin with session id 0, which no session has.
 *
 *     INIT      0 (4) | 1 | initiatorId (4) | first Noise message (136) | mac (16) | cookie (16)   177 bytes
 *     RETRY     0 (4) | 2 | initiatorId (4) | cookie (16)                                          25 bytes
 *     RESPONSE  0 (4) | 3 | initiatorId (4) | responderId (4) | second Noise message (56)          69 bytes
 *
 * The mac is keyed by the responder's public key and the network: who does not know both gets no answer at all. The
 * cookie is zero until a RETRY brought one. INIT is longer than any answer to it, so nobody can use a node to flood a
 * third party with more than the attacker spends.
 */
import { crypto_generichash, sodium_memcmp } from 'sodium-native';
import { concatBytes, utf8 } from '../core/bytes.ts';
import { readUint32, writeUint32 } from './byte-order.ts';
import { COOKIE_BYTES } from './cookies.ts';
import { EPHEMERAL_BYTES, FIRST_MESSAGE_BYTES, SECOND_MESSAGE_BYTES } from './noise.ts';

const TYPE_OFFSET = 4;
const INITIATOR_ID_OFFSET = 5;
const BODY_OFFSET = 9;
const MAC_BYTES = 16;
const MAC_OFFSET = BODY_OFFSET + FIRST_MESSAGE_BYTES;
const COOKIE_OFFSET = MAC_OFFSET + MAC_BYTES;
const SECOND_MESSAGE_OFFSET = BODY_OFFSET + 4;
export const INIT_BYTES = COOKIE_OFFSET + COOKIE_BYTES;
export const RETRY_BYTES = BODY_OFFSET + COOKIE_BYTES;
export const RESPONSE_BYTES = SECOND_MESSAGE_OFFSET + SECOND_MESSAGE_BYTES;

const INIT = 1;
const RETRY = 2;
const RESPONSE = 3;

export interface Init {
  readonly type: 'init';
  readonly initiatorId: number;
  readonly ephemeralKey: Uint8Array;
  readonly message: Uint8Array;
  readonly cookie: Uint8Array;
}

export interface Retry {
  readonly type: 'retry';
  readonly initiatorId: number;
  readonly cookie: Uint8Array;
}

export interface Response {
  readonly type: 'response';
  readonly initiatorId: number;
  readonly responderId: number;
  readonly message: Uint8Array;
}

export function macKeyOf(responder: Uint8Array, prologue: Uint8Array): Uint8Array {
  const key = new Uint8Array(32);
  crypto_generichash(key, concatBytes(utf8('mac/'), prologue, responder));
  return key;
}

function macOf(init: Uint8Array, macKey: Uint8Array): Uint8Array {
  const mac = new Uint8Array(MAC_BYTES);
  crypto_generichash(mac, init.subarray(0, MAC_OFFSET), macKey);
  return mac;
}

/** An INIT without a cookie. */
export function encodeInit(initiatorId: number, message: Uint8Array, macKey: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(INIT_BYTES);
  bytes[TYPE_OFFSET] = INIT;
  writeUint32(bytes, INITIATOR_ID_OFFSET, initiatorId);
  bytes.set(message, BODY_OFFSET);
  bytes.set(macOf(bytes, macKey), MAC_OFFSET);
  return bytes;
}

export function withCookie(init: Uint8Array, cookie: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(init);
  bytes.set(cookie, COOKIE_OFFSET);
  return bytes;
}

export function encodeRetry(initiatorId: number, cookie: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RETRY_BYTES);
  bytes[TYPE_OFFSET] = RETRY;
  writeUint32(bytes, INITIATOR_ID_OFFSET, initiatorId);
  bytes.set(cookie, BODY_OFFSET);
  return bytes;
}

export function encodeResponse(initiatorId: number, responderId: number, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RESPONSE_BYTES);
  bytes[TYPE_OFFSET] = RESPONSE;
  writeUint32(bytes, INITIATOR_ID_OFFSET, initiatorId);
  writeUint32(bytes, BODY_OFFSET, responderId);
  bytes.set(message, SECOND_MESSAGE_OFFSET);
  return bytes;
}

/** Reads a datagram that begins with session id 0. `macKey` is our own. Views into `bytes`, no copies. */
export function decodeHandshake(
  bytes: Uint8Array,
  macKey: Uint8Array,
): Init | Retry | Response | 'datagram-size' | 'unknown-handshake-type' | 'not-for-us' {
  if (bytes.length < BODY_OFFSET) return 'datagram-size';
  const initiatorId = readUint32(bytes, INITIATOR_ID_OFFSET);
  switch (bytes[TYPE_OFFSET]) {
    case INIT:
      if (bytes.length !== INIT_BYTES) return 'datagram-size';
      if (!sodium_memcmp(bytes.subarray(MAC_OFFSET, COOKIE_OFFSET), macOf(bytes, macKey)))
        return 'not-for-us';
      return {
        type: 'init',
        initiatorId,
        ephemeralKey: bytes.subarray(BODY_OFFSET, BODY_OFFSET + EPHEMERAL_BYTES),
        message: bytes.subarray(BODY_OFFSET, MAC_OFFSET),
        cookie: bytes.subarray(COOKIE_OFFSET),
      };
    case RETRY:
      if (bytes.length !== RETRY_BYTES) return 'datagram-size';
      return { type: 'retry', initiatorId, cookie: bytes.subarray(BODY_OFFSET) };
    case RESPONSE:
      if (bytes.length !== RESPONSE_BYTES) return 'datagram-size';
      return {
        type: 'response',
        initiatorId,
        responderId: readUint32(bytes, BODY_OFFSET),
        message: bytes.subarray(SECOND_MESSAGE_OFFSET),
      };
    default:
      return 'unknown-handshake-type';
  }
}
