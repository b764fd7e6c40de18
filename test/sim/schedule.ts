/**
 * Virtual time: a heap of events in the order of (time, insertion). Time is counted in whole microseconds, so
 * that no sum of floats depends on its order.
 */
export interface Scheduled {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Schedule {
  #heap: Scheduled[] = [];
  #order = 0;
  #nowUs = 0;

  get nowUs(): number {
    return this.#nowUs;
  }

  get nowMs(): number {
    return this.#nowUs / 1000;
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#heap.reduce((count, { cancelled }) => count + (cancelled ? 0 : 1), 0);
  }

  /** Runs `run` once after the delay; setting `cancelled` on the result prevents it. */
  after(delayUs: number, run: () => void): Scheduled {
    const delay = Math.max(0, Math.round(delayUs));
    const event: Scheduled = { atUs: this.#nowUs + delay, order: this.#order++, run, cancelled: false };
    this.#push(event);
    return event;
  }

  /** Advances to the next event that is not cancelled and runs it; false when none is left before `endUs`. */
  runNext(endUs: number): boolean {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atUs > endUs) {
        this.#nowUs = Math.max(this.#nowUs, endUs);
        return false;
      }
      this.#pop();
      if (event.cancelled) continue;
      this.#nowUs = event.atUs;
      event.run();
      return true;
    }
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isEarlier(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isEarlier(a: Scheduled, b: Scheduled): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}
