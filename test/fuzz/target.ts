/** An entry point that strangers can feed, and what it is fed with. */

export interface Target {
  readonly name: string;
  /**
   * Feeds one input. Throws only when the code under test breaks a promise: an error of its own kind is how it refuses
   * an input, and is caught here.
   */
  readonly run: (input: Uint8Array) => void | Promise<void>;
  /** Valid inputs, from which the others are made. */
  readonly seeds: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Longer inputs are cut. */
  readonly maxBytes: number;
  /** Mutations in the test suite; what starts files or servers affords fewer. */
  readonly testRuns: number;
  /** Pieces that mutations insert, for formats made of words. */
  readonly words?: readonly string[];
}

/** Runs `work`; whether it finished without refusing. @throws everything that is not a refusal */
export function accepts(
  work: () => unknown,
  ...refusals: readonly (new (...args: never[]) => Error)[]
): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return false;
    throw error;
  }
}

export function assert(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`broken promise: ${promise}`);
}

export const asText = (input: Uint8Array): string => new TextDecoder().decode(input);
export const asBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
