import { crypto_generichash, sodium_memcmp } from 'sodium-native';
import { concatBytes, utf8 } from '../core/bytes.ts';
import type { Random } from '../node/ports.ts';

export const COOKIE_BYTES = 16;
const SECRET_BYTES = 32;
const ROTATE_MS = 60_000;

/**
 * Proof that a sender receives at its address, without remembering the sender (as in DTLS, RFC 9147 section 5.1): a
 * keyed hash over the address and the handshake's ephemeral key, under a secret that lives for one to two minutes.
 */
export class Cookies {
  readonly #random: Random;
  #current: Uint8Array;
  #previous: Uint8Array;
  #rotatedAtMs: number;

  constructor(random: Random, nowMs: number) {
    this.#random = random;
    this.#current = random.bytes(SECRET_BYTES);
    this.#previous = random.bytes(SECRET_BYTES);
    this.#rotatedAtMs = nowMs;
  }

  make(address: string, ephemeralKey: Uint8Array, nowMs: number): Uint8Array {
    this.#rotate(nowMs);
    return hash(this.#current, address, ephemeralKey);
  }

  valid(cookie: Uint8Array, address: string, ephemeralKey: Uint8Array, nowMs: number): boolean {
    this.#rotate(nowMs);
    return (
      sodium_memcmp(cookie, hash(this.#current, address, ephemeralKey)) ||
      sodium_memcmp(cookie, hash(this.#previous, address, ephemeralKey))
    );
  }

  #rotate(nowMs: number): void {
    const ageMs = nowMs - this.#rotatedAtMs;
    if (ageMs < ROTATE_MS) return;
    this.#previous = ageMs < 2 * ROTATE_MS ? this.#current : this.#random.bytes(SECRET_BYTES);
    this.#current = this.#random.bytes(SECRET_BYTES);
    this.#rotatedAtMs = nowMs;
  }
}

function hash(secret: Uint8Array, address: string, ephemeralKey: Uint8Array): Uint8Array {
  const cookie = new Uint8Array(COOKIE_BYTES);
  crypto_generichash(cookie, concatBytes(ephemeralKey, utf8(address)), secret);
  return cookie;
}
