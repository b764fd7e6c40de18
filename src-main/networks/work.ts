/**
 * Long work: stages that are reported, a way out, and waiting for something to become true instead of for a
 * time.
 */
import { NetworkError } from './errors.ts';
import { systemClock } from './system.ts';
import type { StageName, WorkOptions } from './types.ts';

/** One piece of long work. */
export class Work {
  readonly #options: WorkOptions;
  readonly #startedAtMs = systemClock.nowMs();
  #stage: StageName = 'starting';
  #reported = '';

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  get stageName(): StageName {
    return this.#stage;
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** Enters a stage or says how far it is. Throws NetworkError `cancelled`. */
  stage(stage: StageName, done = 0, total = 0): void {
    this.check();
    this.#stage = stage;
    const reported = `${stage} ${done} ${total}`;
    if (reported === this.#reported) return;
    this.#reported = reported;
    const elapsedMs = systemClock.nowMs() - this.#startedAtMs;
    this.#options.onStage?.({ stage, done, total, elapsedMs });
  }

  check(): void {
    if (this.#options.signal?.aborted === true) throw cancelled();
  }
}

/** Waiting for conditions that are looked at whenever something has changed. */
export class Changes {
  readonly #looks = new Set<() => void>();

  notify(): void {
    for (const look of [...this.#looks]) look();
  }

  /**
   * Resolves when `isDone` says so; it may throw to give up. Rejects with NetworkError `cancelled` or `timeout`.
   */
  until(work: Work, limitMs: number, isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.#looks.delete(look);
        stopTimer();
        work.signal?.removeEventListener('abort', look);
        settle();
      };
      const look = (): void => {
        try {
          work.check();
          if (isDone()) finish(resolve);
        } catch (error) {
          finish(() => reject(error as Error));
        }
      };
      const stopTimer = systemClock.schedule(limitMs, () => {
        const stage = work.stageName;
        finish(() =>
          reject(new NetworkError('timeout', `${stage} took longer than ${limitMs / 1000} s`, { stage })),
        );
      });
      this.#looks.add(look);
      work.signal?.addEventListener('abort', look);
      look();
    });
  }
}

/** One after the other. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function cancelled(): NetworkError {
  return new NetworkError('cancelled', 'cancelled');
}
