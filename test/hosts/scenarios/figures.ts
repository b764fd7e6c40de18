/** Figures as people read them. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export interface Spread {
  readonly first: number;
  readonly median: number;
  readonly last: number;
}

export function spread(seconds: readonly number[]): Spread {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (index: number): number => round(sorted[index] ?? 0);
  return { first: at(0), median: at(sorted.length >> 1), last: at(sorted.length - 1) };
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1_000;
}

/** For the person who waits; the figures go to stdout. */
export function say(line: string): void {
  console.error(line);
}
