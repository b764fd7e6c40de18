const WORD_BITS = 32;
const WORDS = 64;
/** One word is always being reused, hence it does not count. */
export const REPLAY_WINDOW_SIZE = (WORDS - 1) * WORD_BITS;

/**
 * Accepts each counter once and refuses those older than the window (the ring of RFC 6479). Ask `fresh` before
 * decrypting and call `accept` only for what proved authentic, otherwise forgeries could move the window.
 */
export class ReplayWindow {
  readonly #ring = new Uint32Array(WORDS);
  #highest = -1;

  get highest(): number {
    return this.#highest;
  }

  fresh(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (this.#highest - counter >= REPLAY_WINDOW_SIZE) return false;
    const word = this.#ring[Math.floor(counter / WORD_BITS) % WORDS]!;
    return ((word >>> (counter % WORD_BITS)) & 1) === 0;
  }

  accept(counter: number): void {
    if (counter > this.#highest) {
      const from = Math.floor(this.#highest / WORD_BITS);
      const to = Math.floor(counter / WORD_BITS);
      const cleared = Math.min(to - from, WORDS);
      for (let i = 1; i <= cleared; i++) this.#ring[(from + i) % WORDS] = 0;
      this.#highest = counter;
    }
    const index = Math.floor(counter / WORD_BITS) % WORDS;
    this.#ring[index] = this.#ring[index]! | (1 << (counter % WORD_BITS));
  }
}
