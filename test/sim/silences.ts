/** Amnesia, from outside: who said that it forgot, and whether it signed too early then (PROTOCOL section 4.7). */
import type { SilenceReason } from '../../src-main/core/effects.ts';
import type { Height, SignedStatement } from '../../src-main/core/types.ts';
import type { Counters } from './counters.ts';
import { InvariantViolation } from './violation.ts';

/** H + 3: what may have been signed at H + 1 and H + 2 is decided by then. */
const AMNESIA_HEIGHTS = 3;
/** A record begins with the height to sign from, or 0 while that is not known. */
const HEIGHT_BYTES = 4;

interface Node {
  readonly index: number;
}

export class Silences {
  readonly #counters: Counters;
  readonly #forgetting = new Set<number>();
  /** From which height on a node may sign again. */
  readonly #resumes = new Map<number, Height>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onSigning({ index }: Node, silent: SilenceReason | null): void {
    if (silent !== null) this.#counters.add(`silent: ${silent}`);
    if (silent === 'amnesia') this.#forgetting.add(index);
  }

  /** An amnesia is over with the write that says so, at `tip`: power may fail before it is told. */
  onRecord({ index }: Node, bytes: Uint8Array, tip: Height): void {
    const isOver = bytes.subarray(0, HEIGHT_BYTES).some((byte) => byte !== 0);
    if (!isOver || !this.#forgetting.delete(index)) return;
    this.#counters.add('amnesia ended');
    this.#resumes.set(index, tip + AMNESIA_HEIGHTS);
  }

  /** The owner said that what was forgotten does not matter. */
  onOverride({ index }: Node): void {
    this.#forgetting.delete(index);
    this.#resumes.delete(index);
  }

  onStatement({ index }: Node, { kind, height }: SignedStatement): void {
    const resume = this.#forgetting.has(index) ? Infinity : this.#resumes.get(index);
    if (resume === undefined) return;
    if (height < resume)
      throw new InvariantViolation('I3', `node ${index}: ${kind} at height ${height} after it forgot`);
    if (height === resume) this.#counters.add('signed again at H+3');
    this.#resumes.delete(index);
  }
}
