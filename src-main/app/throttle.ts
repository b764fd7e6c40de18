import type { Clock } from '../node/ports.ts';

/** Runs an action at most once per interval: at once when it may, otherwise once at the end of the interval. */
export class Throttle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #action: () => void;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, intervalMs: number, action: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  request(): void {
    if (this.#cancel !== null) return;
    const waitMs = this.#lastAtMs + this.#intervalMs - this.#clock.nowMs();
    if (waitMs <= 0) this.#run();
    else this.#cancel = this.#clock.schedule(waitMs, () => this.#run());
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    this.#cancel = null;
    this.#lastAtMs = this.#clock.nowMs();
    this.#action();
  }
}
