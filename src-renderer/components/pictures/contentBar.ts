/** Block content as stripes: which share of the bar each command takes. */
import type { Stripe } from '../../../src-main/app/contract/chain.ts';

/** Up to so many bytes the bar grows; from there on it is full and only the shares tell. */
const FULL_BYTES = 1024 * 1024;
const SMALLEST_PERCENT = 12;

/**
 * How much of the available width the bar takes: by the logarithm of the size, so that one record and a full block can
 * both be seen in one list.
 * @returns percent, 12..100
 */
export function barPercent(sizeBytes: number): number {
  if (sizeBytes <= 0) return SMALLEST_PERCENT;
  const share = Math.log2(1 + sizeBytes / 64) / Math.log2(1 + FULL_BYTES / 64);
  return Math.round(Math.min(100, SMALLEST_PERCENT + (100 - SMALLEST_PERCENT) * share));
}

/** How many commands of each kind, most frequent first: the bar in words. */
export function countKinds(stripes: readonly Stripe[]): readonly { kind: Stripe['kind']; count: number }[] {
  const counts = new Map<Stripe['kind'], number>();
  for (const stripe of stripes) counts.set(stripe.kind, (counts.get(stripe.kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count);
}
