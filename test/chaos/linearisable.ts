/**
 * Whether what was read of one key and written to it can have happened one after the other, each at some moment between
 * its invocation and its completion. Because no two writes have the same value, this needs no search (Gibbons and
 * Korach, "Testing shared memories", 1997): every value has a *zone*, from the first completion of an operation on it
 * to the last invocation of one. Where that interval is forward, the register must have held the value throughout.
 */
import type { Violation } from './history.ts';

export interface RegisterWrite {
  readonly value: string;
  readonly invokedMs: number;
  /** Infinity: it never came back. */
  readonly completedMs: number;
}

export interface RegisterRead {
  /** null: the key had no value. */
  readonly value: string | null;
  readonly invokedMs: number;
  readonly completedMs: number;
}

interface Zone {
  readonly value: string | null;
  readonly firstCompletionMs: number;
  readonly lastInvocationMs: number;
}

const CHECK = 'linearisable per key';

/** The violations of one key; empty when there are none. */
export function checkRegister(
  key: string,
  writes: readonly RegisterWrite[],
  reads: readonly RegisterRead[],
): Violation[] {
  const byValue = new Map(writes.map((write) => [write.value, write]));
  const unknown = reads.filter(({ value }) => value !== null && !byValue.has(value));
  if (unknown.length > 0) return [violation(key, 'a value was read that nobody wrote', unknown[0])];
  const early = reads.find(({ value, completedMs }) => {
    return value !== null && completedMs < byValue.get(value)!.invokedMs;
  });
  if (early !== undefined) return [violation(key, 'a value was read before it was written', early)];
  const zones = zonesOf(writes, reads);
  return [...overlapping(key, zones), ...enclosed(key, zones)];
}

function zonesOf(writes: readonly RegisterWrite[], reads: readonly RegisterRead[]): Zone[] {
  const readsOf = new Map<string | null, RegisterRead[]>();
  for (const read of reads) {
    const same = readsOf.get(read.value);
    if (same === undefined) readsOf.set(read.value, [read]);
    else same.push(read);
  }
  // The missing value is there from the beginning of time, as if it had been written then.
  const none = { value: null, invokedMs: -Infinity, completedMs: -Infinity };
  return [none, ...writes].flatMap((write) => {
    const all = [write, ...(readsOf.get(write.value) ?? [])];
    const zone = {
      value: write.value,
      firstCompletionMs: Math.min(...all.map(({ completedMs }) => completedMs)),
      lastInvocationMs: Math.max(...all.map(({ invokedMs }) => invokedMs)),
    };
    // A write that never came back, and that nobody saw, need not have happened.
    return zone.firstCompletionMs === Infinity ? [] : [zone];
  });
}

/** Two values that the register must have held at one moment. */
function overlapping(key: string, zones: readonly Zone[]): Violation[] {
  const forward = forwardOf(zones);
  for (let index = 1; index < forward.length; index++) {
    const [before, after] = [forward[index - 1]!, forward[index]!];
    if (after.firstCompletionMs < before.lastInvocationMs)
      return [violation(key, 'an old value was read after a newer one', [before, after])];
  }
  return [];
}

/** A value whose every moment lies in the time of another one. */
function enclosed(key: string, zones: readonly Zone[]): Violation[] {
  const forward = forwardOf(zones);
  const backward = zones.filter((zone) => !isForward(zone));
  for (const inner of backward) {
    // Forward zones do not overlap here, so only the last one that began before can enclose it.
    const outer = lastBefore(forward, inner.lastInvocationMs);
    if (outer !== undefined && inner.firstCompletionMs < outer.lastInvocationMs)
      return [violation(key, 'a write between two readings of another value was not seen', [outer, inner])];
  }
  return [];
}

function forwardOf(zones: readonly Zone[]): Zone[] {
  return zones.filter(isForward).sort((one, other) => one.firstCompletionMs - other.firstCompletionMs);
}

function isForward({ firstCompletionMs, lastInvocationMs }: Zone): boolean {
  return firstCompletionMs < lastInvocationMs;
}

function lastBefore(ascending: readonly Zone[], atMs: number): Zone | undefined {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]!.firstCompletionMs < atMs) low = middle + 1;
    else high = middle;
  }
  return ascending[low - 1];
}

function violation(key: string, sentence: string, evidence: unknown): Violation {
  return { check: CHECK, sentence: `${key}: ${sentence}`, evidence };
}
