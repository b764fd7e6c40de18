import { createHash } from 'node:crypto';

const KEPT_LINES = 4000;

/**
 * What happened, line by line: a running SHA-256 over all of it (two runs of one seed must agree), and the
 * newest lines for people.
 */
export class Trace {
  #hash = createHash('sha256');
  #lines: string[] = [];
  #count = 0;
  readonly #echo: ((line: string) => void) | null;

  constructor(echo: ((line: string) => void) | null) {
    this.#echo = echo;
  }

  add(nowUs: number, who: string, what: string): void {
    const line = `${(nowUs / 1000).toFixed(3).padStart(12)} ${who.padEnd(4)} ${what}`;
    this.#hash.update(line);
    this.#lines[this.#count++ % KEPT_LINES] = line;
    this.#echo?.(line);
  }

  /** The newest lines, oldest first. */
  tail(limit: number): string[] {
    const length = Math.min(limit, this.#count, KEPT_LINES);
    return Array.from({ length }, (_, i) => this.#lines[(this.#count - length + i) % KEPT_LINES]!);
  }

  get count(): number {
    return this.#count;
  }

  /** Ends the trace. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
