import { crypto_shorthash } from 'sodium-native';
import { utf8 } from '../core/bytes.ts';
import type { Random } from '../node/ports.ts';
import { TokenBucket } from './token-bucket.ts';

const SLOTS = 2048;

export interface RateLimits {
  readonly perAddress: { readonly perSecond: number; readonly burst: number };
  readonly total: { readonly perSecond: number; readonly burst: number };
}

/**
 * Limits unknown senders per address and in total in constant memory: addresses share token buckets by a keyed hash,
 * so that nobody can aim for somebody else's bucket.
 */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #key: Uint8Array;
  readonly #total: TokenBucket;
  readonly #tokens: Float64Array;
  readonly #updatedAtMs: Float64Array;
  readonly #digest = new Uint8Array(8);

  constructor(limits: RateLimits, random: Random, nowMs: number) {
    this.#limits = limits;
    this.#key = random.bytes(16);
    this.#total = new TokenBucket(limits.total, nowMs);
    this.#tokens = new Float64Array(SLOTS).fill(limits.perAddress.burst);
    this.#updatedAtMs = new Float64Array(SLOTS).fill(nowMs);
  }

  take(rateKey: string, nowMs: number): boolean {
    crypto_shorthash(this.#digest, utf8(rateKey), this.#key);
    const slot = (this.#digest[0]! | (this.#digest[1]! << 8)) % SLOTS;
    const { perSecond, burst } = this.#limits.perAddress;
    const elapsedMs = Math.max(0, nowMs - this.#updatedAtMs[slot]!);
    const tokens = Math.min(burst, this.#tokens[slot]! + (elapsedMs * perSecond) / 1000);
    this.#updatedAtMs[slot] = nowMs;
    this.#tokens[slot] = tokens;
    // One sender over its own limit must not use up what the others share.
    if (tokens < 1 || !this.#total.take(1, nowMs)) return false;
    this.#tokens[slot] = tokens - 1;
    return true;
  }
}
