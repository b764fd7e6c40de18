/**
 * One pair of keys between two peers, and the datagrams under it:
 *
 *     sessionId (4) || counter (8) || ChaCha20-Poly1305 of the payload (payload length + 16)
 *
 * The session id is the one the receiver chose. The counter is the nonce, so each key encrypts each counter once; a
 * changed session id or counter fails to decrypt. Integers are little-endian.
 */
import {
  crypto_aead_chacha20poly1305_ietf_decrypt,
  crypto_aead_chacha20poly1305_ietf_encrypt,
} from 'sodium-native';
import { readUint32, writeUint32 } from './byte-order.ts';
import type { SessionKeys } from './noise.ts';
import { ReplayWindow } from './replay-window.ts';

export const SESSION_HEADER_BYTES = 12;
export const SESSION_TAG_BYTES = 16;
export const SESSION_OVERHEAD_BYTES = SESSION_HEADER_BYTES + SESSION_TAG_BYTES;

const COUNTER_OFFSET = 4;
const NONCE_COUNTER_OFFSET = 4;
const UINT32_RANGE = 2 ** 32;
/** Counters above would lose precision; a session is replaced long before. */
const MAX_COUNTER_HIGH = 2 ** 21 - 1;

// Encryption is synchronous, hence one nonce serves all sessions.
const nonce = new Uint8Array(12);

function setNonce(low: number, high: number): void {
  writeUint32(nonce, NONCE_COUNTER_OFFSET, low);
  writeUint32(nonce, NONCE_COUNTER_OFFSET + 4, high);
}

export interface SessionOptions {
  readonly localId: number;
  readonly remoteId: number;
  readonly keys: SessionKeys;
  readonly isInitiator: boolean;
  /** The peer's instance (network/noise.ts). */
  readonly instance: Uint8Array;
  readonly address: string;
  readonly nowMs: number;
}

export class Session {
  readonly localId: number;
  readonly remoteId: number;
  readonly isInitiator: boolean;
  readonly instance: Uint8Array;
  readonly establishedAtMs: number;
  /** Where the newest authentic datagram came from. */
  address: string;
  /** Null until an authentic datagram arrived: until then the peer may not have this session. */
  heardAtMs: number | null = null;
  readonly #keys: SessionKeys;
  readonly #window = new ReplayWindow();
  #counter = 0;

  constructor(options: SessionOptions) {
    this.localId = options.localId;
    this.remoteId = options.remoteId;
    this.isInitiator = options.isInitiator;
    this.instance = options.instance;
    this.establishedAtMs = options.nowMs;
    this.address = options.address;
    this.#keys = options.keys;
  }

  get datagramsSent(): number {
    return this.#counter;
  }

  get datagramsSeen(): number {
    return this.#window.highest + 1;
  }

  /**
   * Encrypts in place. `datagram` holds SESSION_HEADER_BYTES to be filled, the payload, and SESSION_TAG_BYTES to be
   * filled.
   */
  seal(datagram: Uint8Array): void {
    const low = this.#counter % UINT32_RANGE;
    const high = Math.floor(this.#counter / UINT32_RANGE);
    this.#counter++;
    writeUint32(datagram, 0, this.remoteId);
    writeUint32(datagram, COUNTER_OFFSET, low);
    writeUint32(datagram, COUNTER_OFFSET + 4, high);
    setNonce(low, high);
    const sealed = datagram.subarray(SESSION_HEADER_BYTES);
    const payload = sealed.subarray(0, sealed.length - SESSION_TAG_BYTES);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, payload, null, null, nonce, this.#keys.sendKey);
  }

  /** Decrypts in place and moves to the sender's address if the datagram is the newest. */
  open(
    datagram: Uint8Array,
    address: string,
    nowMs: number,
  ): Uint8Array | 'datagram-size' | 'forged' | 'replayed' {
    if (datagram.length < SESSION_OVERHEAD_BYTES) return 'datagram-size';
    const low = readUint32(datagram, COUNTER_OFFSET);
    const high = readUint32(datagram, COUNTER_OFFSET + 4);
    if (high > MAX_COUNTER_HIGH) return 'forged';
    const counter = high * UINT32_RANGE + low;
    if (!this.#window.fresh(counter)) return 'replayed';
    setNonce(low, high);
    const sealed = datagram.subarray(SESSION_HEADER_BYTES);
    const payload = sealed.subarray(0, sealed.length - SESSION_TAG_BYTES);
    try {
      crypto_aead_chacha20poly1305_ietf_decrypt(payload, null, sealed, null, nonce, this.#keys.receiveKey);
    } catch {
      return 'forged';
    }
    // Reordered datagrams must not move the session back to an address that the peer has left.
    if (counter > this.#window.highest) this.address = address;
    this.#window.accept(counter);
    this.heardAtMs = nowMs;
    return payload;
  }
}
