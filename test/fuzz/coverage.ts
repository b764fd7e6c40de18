/** Which blocks of the app's source ran, by V8's own counters; no instrumentation, no native package. */
import { Session, type Profiler } from 'node:inspector';

/** A block, and how often it ran: once, a few times, often. */
export type Place = string;

export class Coverage {
  readonly #session = new Session();

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.take();
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  /** What ran since the last call. */
  take(): Set<Place> {
    const places = new Set<Place>();
    // In the same thread, the answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      for (const { url, functions } of result) {
        if (url.includes('/src-main/')) addPlaces(places, url, functions);
      }
    });
    return places;
  }
}

function addPlaces(places: Set<Place>, url: string, functions: readonly Profiler.FunctionCoverage[]): void {
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      if (count > 0)
        places.add(`${url}:${startOffset}-${endOffset}:${Math.min(5, Math.floor(Math.log2(count)))}`);
    }
  }
}
