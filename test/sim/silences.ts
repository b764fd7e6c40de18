/** Amnesia, from outside: who said that it forgot, and whether it signed too early then (PROTOCOL section 4.7). */
import type { SilenceReason } from '../../src-main/core/effects.ts';
import type { Height, SignedStatement } from '../../src-main/core/types.ts';
import type { Counters } from './counters.ts';
import { InvariantViolation } from './violation.ts';

/** H + 3: what may have been signed at H + 1 and H + 2 is decided by then. */
const AMNESIA_HEIGHTS = 3;

interface Node {
  readonly index: number;
  readonly disk: { readonly tip: { readonly height: Height } };
}

export class Silences {
  readonly #counters: Counters;
  readonly #forgetting = new Set<number>();
  /** From which height on a node may sign again. */
  readonly #resumes = new Map<number, Height>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onSigning({ index, disk }: Node, silent: SilenceReason | null): void {
    if (silent !== null) this.#counters.add(`silent: ${silent}`);
    if (silent === 'amnesia') this.#forgetting.add(index);
    if (silent !== null || !this.#forgetting.delete(index)) return;
    this.#counters.add('amnesia ended');
    this.#resumes.set(index, disk.tip.height + AMNESIA_HEIGHTS);
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
