/** Inputs made from others: what a liar would change, and what chance would. */
import type { Draw } from '../sim/random.ts';
import { concatBytes } from '../../src-main/core/bytes.ts';
import { asBytes } from './target.ts';

/** Numbers at which lengths, counts and offsets break. */
const NUMBERS = [0, 1, 2, 3, 4, 7, 8, 127, 128, 255, 256, 1024, 0x7fff, 0x8000, 0xffff, 0x10000];
const LARGE = [0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe];
const MOST_STEPS = 4;
const MOST_COPIED_BYTES = 64;

type Step = (input: Uint8Array, draw: Draw, others: readonly Uint8Array[]) => Uint8Array;

function splice(input: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  return concatBytes(input.subarray(0, at), inserted, input.subarray(Math.min(input.length, at + removed)));
}

function piece(from: Uint8Array, draw: Draw): Uint8Array {
  const start = draw.below(from.length + 1);
  return from.subarray(start, start + draw.between(1, MOST_COPIED_BYTES));
}

/** Overwrites 1, 2 or 4 bytes with a number, lowest byte first, as in SSZ and in datagrams. */
const writeNumber: Step = (input, draw) => {
  const width = draw.pick([1, 2, 4]);
  const value = draw.pick([...NUMBERS, ...LARGE, input.length, input.length - 1]) + draw.between(-1, 1);
  const bytes = Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 255);
  return splice(input, draw.below(input.length + 1), width, bytes);
};

const STEPS: readonly Step[] = [
  (input, draw) => {
    if (input.length === 0) return draw.bytes(1);
    const copy = Uint8Array.from(input);
    const at = draw.below(copy.length);
    copy[at] = copy[at]! ^ (1 << draw.below(8));
    return copy;
  },
  (input, draw) => splice(input, draw.below(input.length + 1), 1, draw.bytes(1)),
  writeNumber,
  (input, draw) =>
    splice(input, draw.below(input.length + 1), draw.between(1, MOST_COPIED_BYTES), new Uint8Array(0)),
  (input, draw) => input.subarray(0, draw.below(input.length + 1)),
  (input, draw) =>
    splice(input, draw.below(input.length + 1), 0, draw.bytes(draw.between(1, MOST_COPIED_BYTES))),
  (input, draw) => splice(input, draw.below(input.length + 1), 0, piece(input, draw)),
  (input, draw, others) => splice(input, draw.below(input.length + 1), 0, piece(draw.pick(others), draw)),
  (input, draw, others) => {
    const other = draw.pick(others);
    return concatBytes(
      input.subarray(0, draw.below(input.length + 1)),
      other.subarray(draw.below(other.length + 1)),
    );
  },
];

/** One to four changes of one of `pool`, which is not empty. */
export function mutate(
  pool: readonly Uint8Array[],
  draw: Draw,
  { maxBytes, words = [] }: { readonly maxBytes: number; readonly words?: readonly string[] | undefined },
): Uint8Array {
  const insertWord: Step = (input) =>
    splice(input, draw.below(input.length + 1), draw.below(8), asBytes(draw.pick(words)));
  const steps = words.length > 0 ? [...STEPS, insertWord, insertWord] : STEPS;
  let input = draw.pick(pool);
  for (let left = draw.between(1, MOST_STEPS); left > 0; left--) input = draw.pick(steps)(input, draw, pool);
  return Uint8Array.from(input.subarray(0, maxBytes));
}
