/**
 * The only source of chance in a simulation: one seed, and a named stream for each purpose, so that drawing
 * more numbers for one purpose (say, the clients) leaves the others (say, the crashes) as they were.
 */
export interface Draw {
  /** Uniform in 0..bound-1; bound is 1 to 2^32. */
  below(bound: number): number;
  /** Uniform in low..high, both included. */
  between(low: number, high: number): number;
  /** True in `permille` of 1000 cases. */
  chance(permille: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  bytes(length: number): Uint8Array;
}

/** A stream of its own for (seed, name): xmur3 spreads the text, sfc32 draws. */
export function drawFrom(seed: number, name: string): Draw {
  const next = sfc32(`${seed}/${name}`);
  const below = (bound: number): number => Math.floor((next() / 0x1_0000_0000) * bound);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (permille) => below(1000) < permille,
    pick: (items) => items[below(items.length)]!,
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
      }
      return shuffled;
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  };
}

function sfc32(text: string): () => number {
  let spread = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    spread = Math.imul(spread ^ text.charCodeAt(i), 3432918353);
    spread = (spread << 13) | (spread >>> 19);
  }
  const word = (): number => {
    spread = Math.imul(spread ^ (spread >>> 16), 2246822507);
    spread = Math.imul(spread ^ (spread >>> 13), 3266489909);
    return (spread ^= spread >>> 16) | 0;
  };
  let [a, b, c, d] = [word(), word(), word(), word()];
  return () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
}
