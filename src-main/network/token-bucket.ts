/** Tokens refill continuously up to a burst. Fractions are kept, time is monotonic milliseconds. */
export class TokenBucket {
  readonly burst: number;
  #perMs: number;
  #tokens: number;
  #updatedAtMs: number;

  constructor(rate: { readonly perSecond: number; readonly burst: number }, nowMs: number) {
    this.burst = rate.burst;
    this.#perMs = rate.perSecond / 1000;
    this.#tokens = rate.burst;
    this.#updatedAtMs = nowMs;
  }

  setRate(perSecond: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#perMs = perSecond / 1000;
  }

  take(amount: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Milliseconds until `amount` tokens are there; 0 when they are. */
  waitMs(amount: number, nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= amount ? 0 : (amount - this.#tokens) / this.#perMs;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#updatedAtMs);
    this.#tokens = Math.min(this.burst, this.#tokens + elapsedMs * this.#perMs);
    this.#updatedAtMs = nowMs;
  }
}
