/** Timers are liveness only: they decide when to speak again, never what is agreed (PROTOCOL sections 4.4 and 4.5). */
import type { CoreContext } from './context.ts';
import type { TimerName } from './effects.ts';
import type { View } from './types.ts';

/** Views above this number no longer lengthen the timer. */
const MAX_VIEW_EXPONENT = 12;
/** A slow height lengthens the views of the next ones up to so many times T_view: a liar must not buy more. */
const MAX_STRETCH = 8;
/** A timer that fires later than this means that the machine slept. */
const SLEEP_GAP_MS = 5000;

export class Timers {
  readonly #context: CoreContext;
  readonly #dueAtMs = new Map<TimerName, number>();
  /** The view the view timer belongs to, as `height:view`; it fires once for each. */
  #timedView: string | null = null;
  /** Since when a leader that does its part has been worked with at this height; null: nobody has. */
  #sinceMs: number | null = null;
  /** What a height takes lately, from then to its C: as long as the slowest one, forgotten by a quarter with each. */
  #heightMs = 0;
  #retransmitMs: number;
  #progressAtMs = 0;

  constructor(context: CoreContext) {
    this.#context = context;
    this.#retransmitMs = context.timing.retransmitMs;
  }

  /**
   * T_view * 1.5^view, capped; integer arithmetic. A suspected leader gets two retransmissions. T_view is 1.5 times
   * what a height takes lately, and never below that of the profile (PROTOCOL section 6).
   */
  viewTimeoutMs(view: View, isSuspected: boolean): number {
    const { viewMs, viewCapMs, retransmitMs } = this.#context.timing;
    if (isSuspected) return 2 * retransmitMs;
    let timeoutMs = Math.max(viewMs, Math.min(Math.floor((this.#heightMs * 3) / 2), viewMs * MAX_STRETCH));
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
      this.#sinceMs ??= this.#context.nowMs();
      this.set('view', timeoutMs());
    }
  }

  /** Whatever the view timer ran for, it runs anew, and what came before is not counted as work. */
  restartView(): void {
    this.#timedView = null;
    this.#sinceMs = null;
  }

  /**
   * Another view of this height. What was begun with a proposal goes on in it, and so does the time that it takes; a
   * view without one was spent waiting, which says nothing about how long the work is.
   */
  viewEntered(hadProposal: boolean): void {
    this.#timedView = null;
    if (!hadProposal) this.#sinceMs = null;
  }

  /** The height has its C. Only who took part knows how long that takes. */
  heightDecided(hasVoted: boolean): void {
    if (this.#sinceMs === null || !hasVoted) return;
    // Longer is no work: too many were away, and hours of it would be forgotten only block by block.
    const mostMs = this.#context.timing.viewMs * MAX_STRETCH;
    const tookMs = Math.min(Math.floor(this.#context.nowMs() - this.#sinceMs), mostMs);
    const forgotten = Math.floor((Math.max(0, this.#heightMs - tookMs) + 3) / 4);
    this.#heightMs = Math.max(tookMs, this.#heightMs - forgotten);
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
