/** Benchmarks may have limits, tests may not: here every wait ends, and says what it waited for. */

/** Nothing moves for so long: views, retransmissions and sessions have all been renewed several times by then. */
export const LONGEST_STILL_MS = 60_000;

export class StallError extends Error {
  constructor(what: string, limitMs: number) {
    super(`stalled: waited ${limitMs / 1000} s for ${what}`);
    this.name = 'StallError';
  }
}

/** Rejects with a StallError when the work takes longer; the work itself goes on. */
export async function within<T>(what: string, work: Promise<T>, limitMs = LONGEST_STILL_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StallError(what, limitMs)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** For waiting that takes as long as it takes, provided that something moves. */
export class Stillness {
  readonly #what: string;
  readonly #limitMs: number;
  readonly #nowMs: () => number;
  #seen = '';
  #sinceMs: number;

  constructor(what: string, limitMs = LONGEST_STILL_MS, nowMs = () => performance.now()) {
    this.#what = what;
    this.#limitMs = limitMs;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** @throws StallError when the same was seen for too long. */
  look(seen: readonly unknown[]): void {
    const text = JSON.stringify(seen);
    const nowMs = this.#nowMs();
    if (text !== this.#seen) {
      this.#seen = text;
      this.#sinceMs = nowMs;
    } else if (nowMs - this.#sinceMs > this.#limitMs) {
      throw new StallError(`${this.#what}, and saw nothing but ${text}`, this.#limitMs);
    }
  }
}
