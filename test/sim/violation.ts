/** The invariants of PROTOCOL section 9 that a run checks; `halted`: a node found one of its own broken. */
export type InvariantName =
  'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'halted';

/** A promise of the protocol was broken. */
export class InvariantViolation extends Error {
  readonly invariant: InvariantName;
  constructor(invariant: InvariantName, what: string) {
    super(`${invariant}: ${what}`);
    this.name = 'InvariantViolation';
    this.invariant = invariant;
  }
}
