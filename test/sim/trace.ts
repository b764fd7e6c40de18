import { createHash } from 'node:crypto';

const KEPT_LINES = 4000;
/** Hashed at once: giving a line to the hash takes longer than hashing it. */
const LINES_PER_HASH = 256;

/**
 * What happened, line by line: a running SHA-256 over all of it (two runs of one seed must agree), and the
 * newest lines for people.
 */
export class Trace {
  #hash = createHash('sha256');
  #lines: string[] = [];
  #count = 0;
  #unhashed = '';
  #time = { us: -1, text: '' };
  readonly #echo: ((line: string) => void) | null;

  constructor(echo: ((line: string) => void) | null) {
    this.#echo = echo;
  }

  add(nowUs: number, who: string, what: string): void {
    if (this.#time.us !== nowUs) this.#time = { us: nowUs, text: (nowUs / 1000).toFixed(3).padStart(12) };
    const line = `${this.#time.text} ${who.padEnd(4)} ${what}`;
    this.#unhashed += line;
    this.#lines[this.#count++ % KEPT_LINES] = line;
    if (this.#count % LINES_PER_HASH === 0) this.#flush();
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

  #flush(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }

  /** Ends the trace. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }
}
