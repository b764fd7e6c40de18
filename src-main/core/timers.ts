/** Timers are liveness only: they decide when to speak again, never what is agreed (PROTOCOL sections 4.4 and 4.5). */
import type { CoreContext } from './context.ts';
import type { TimerName } from './effects.ts';
import type { View } from './types.ts';

/** Views above this number no longer lengthen the timer. */
const MAX_VIEW_EXPONENT = 12;
/** A timer that fires later than this means that the machine slept. */
const SLEEP_GAP_MS = 5000;

export class Timers {
  readonly #context: CoreContext;
  readonly #dueAtMs = new Map<TimerName, number>();
  /** The view the view timer belongs to, as `height:view`; it fires once for each. */
  #timedView: string | null = null;
  #retransmitMs: number;
  #progressAtMs = 0;

  constructor(context: CoreContext) {
    this.#context = context;
    this.#retransmitMs = context.timing.retransmitMs;
  }

  /** T_view * 1.5^view, capped; integer arithmetic. A suspected leader gets two retransmissions. */
  viewTimeoutMs(view: View, isSuspected: boolean): number {
    const { viewMs, viewCapMs, retransmitMs } = this.#context.timing;
    if (isSuspected) return 2 * retransmitMs;
    let timeoutMs = viewMs;
    for (let i = 0; i < Math.min(view, MAX_VIEW_EXPONENT); i++) timeoutMs = Math.floor((timeoutMs * 3) / 2);
    return Math.min(timeoutMs, viewCapMs);
  }

  /** Runs the view timer exactly while `name` (height and view) waits for something; once per name. */
  timeView(name: string | null, timeoutMs: () => number): void {
    if (name === null) {
      this.#timedView = null;
      this.clear('view');
    } else if (this.#timedView !== name) {
      this.#timedView = name;
      this.set('view', timeoutMs());
    }
  }

  /** Whatever the view timer ran for, it runs anew. */
  restartView(): void {
    this.#timedView = null;
  }

  set(timer: TimerName, delayMs: number): void {
    this.#dueAtMs.set(timer, this.#context.nowMs() + delayMs);
    this.#context.emit({ type: 'setTimer', timer, delayMs });
  }

  clear(timer: TimerName): void {
    if (this.#dueAtMs.delete(timer)) this.#context.emit({ type: 'clearTimer', timer });
  }

  /** Notes that a timer fired; true when it came so late that the machine must have slept. */
  fired(timer: TimerName): boolean {
    const dueAtMs = this.#dueAtMs.get(timer);
    this.#dueAtMs.delete(timer);
    return dueAtMs !== undefined && this.#context.nowMs() - dueAtMs > SLEEP_GAP_MS;
  }

  isSet(timer: TimerName): boolean {
    return this.#dueAtMs.has(timer);
  }

  /** A new valid object came: retransmission starts over, without touching the running timer. */
  progress(): void {
    this.#progressAtMs = this.#context.nowMs();
    this.#retransmitMs = this.#context.timing.retransmitMs;
  }

  /** Starts the retransmission timer unless it runs. */
  armRetransmit(): void {
    if (!this.isSet('retransmit')) this.set('retransmit', this.#jitter(this.#retransmitMs));
  }

  /** On the retransmission timer: whether T_rtx has passed without progress; then the next one takes longer. */
  isStalled(): boolean {
    if (this.#context.nowMs() - this.#progressAtMs < this.#retransmitMs - this.#quarter()) return false;
    this.#retransmitMs = Math.min(
      Math.floor((this.#retransmitMs * 3) / 2),
      this.#context.timing.retransmitCapMs,
    );
    return true;
  }

  armStatus(): void {
    this.set('status', this.#jitter(this.#context.timing.idleStatusMs));
  }

  #quarter(): number {
    return Math.floor(this.#retransmitMs / 4);
  }

  /** +-20 %. */
  #jitter(delayMs: number): number {
    const spread = Math.floor(delayMs / 5);
    return delayMs - spread + this.#context.random(2 * spread + 1);
  }
}
