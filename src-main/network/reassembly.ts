/**
 * Joins the fragments of large messages of one peer, and says which ones to pull again. Bounded: when a new message
 * does not fit, the one that made no progress for longest is evicted; its sender's core will notice the gap
 * (PROTOCOL section 4.5).
 */
import type { Fragment } from './records.ts';
import { fragmentBytes } from './records.ts';
import type { RejectionReason } from './rejections.ts';

/** Pulls without any new fragment after which a message is given up. */
const MAX_PULLS = 20;
const PULL_BACKOFF = 1.5;
/** The longest wait between pulls, beside the round trip, in units of the first. */
const MAX_WAIT_FACTOR = 16;
const REMEMBERED_MESSAGES = 128;

export interface ReassemblyOptions {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly pullDelayMs: number;
}

interface Partial {
  readonly messageId: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Bit i = fragment i is missing, as in a PULL. */
  readonly missing: Uint8Array;
  missingCount: number;
  pulls: number;
  /** Wait before the next pull; grows when pulls bring nothing. */
  waitMs: number;
  pullAtMs: number;
  /** This pull was put off once, because we were late ourselves. */
  putOff: boolean;
}

export class Reassembly {
  readonly #options: ReassemblyOptions;
  readonly #reject: (reason: RejectionReason) => void;
  /** In the order of their newest fragment. At most maxMessages and maxBytes. */
  readonly #partials = new Map<number, Partial>();
  /** Completed or given up; at most REMEMBERED_MESSAGES, oldest first. */
  readonly #finished = new Set<number>();
  #bytes = 0;

  constructor(
    options: ReassemblyOptions,
    dependencies: { readonly reject: (reason: RejectionReason) => void },
  ) {
    this.#options = options;
    this.#reject = dependencies.reject;
  }

  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The whole message when this fragment completes it. */
  accept(fragment: Fragment, nowMs: number): Uint8Array | null {
    const partial = this.#partials.get(fragment.messageId) ?? this.#begin(fragment, nowMs);
    if (partial === null) return null;
    if (partial.count !== fragment.count || partial.bytes.length !== fragment.totalBytes) {
      this.#reject('fragment-invalid');
      return null;
    }
    const byte = fragment.index >> 3;
    const bit = 1 << (fragment.index & 7);
    if ((partial.missing[byte]! & bit) === 0) {
      this.#reject('fragment-duplicate');
      return null;
    }
    partial.missing[byte] = partial.missing[byte]! & ~bit;
    partial.missingCount--;
    partial.bytes.set(fragment.bytes, fragment.index * fragmentBytes(fragment.totalBytes, fragment.count));
    if (partial.missingCount === 0) {
      this.#finish(partial);
      return partial.bytes;
    }
    partial.pulls = 0;
    partial.putOff = false;
    partial.pullAtMs = nowMs + this.#options.pullDelayMs;
    this.#partials.delete(partial.messageId);
    this.#partials.set(partial.messageId, partial);
    return null;
  }

  /** Earliest time at which `duePulls` has something; Infinity when nothing is incomplete. */
  get nextDueMs(): number {
    let dueMs = Infinity;
    for (const partial of this.#partials.values()) dueMs = Math.min(dueMs, partial.pullAtMs);
    return dueMs;
  }

  /** Bitmaps of missing fragments to ask for now. `roundTripMs` is how long an answer takes at least. */
  duePulls(
    nowMs: number,
    roundTripMs: number,
  ): { readonly messageId: number; readonly bitmap: Uint8Array }[] {
    const due: { messageId: number; bitmap: Uint8Array }[] = [];
    for (const partial of [...this.#partials.values()]) {
      if (partial.pullAtMs > nowMs) continue;
      if (partial.pulls === MAX_PULLS) {
        this.#finish(partial);
        this.#reject('fragment-abandoned');
        continue;
      }
      // When this process was busy for long, the fragments may lie in the socket already: let them in first.
      if (nowMs - partial.pullAtMs > this.#options.pullDelayMs && !partial.putOff) {
        partial.putOff = true;
        partial.pullAtMs = nowMs + 1;
        continue;
      }
      due.push({ messageId: partial.messageId, bitmap: partial.missing });
      const { pullDelayMs } = this.#options;
      const longerMs = Math.min(partial.waitMs * PULL_BACKOFF, pullDelayMs * MAX_WAIT_FACTOR);
      partial.waitMs = partial.pulls === 0 ? pullDelayMs : longerMs;
      partial.pullAtMs = nowMs + roundTripMs + partial.waitMs;
      partial.pulls++;
      partial.putOff = false;
    }
    return due;
  }

  #begin(fragment: Fragment, nowMs: number): Partial | null {
    if (this.#finished.has(fragment.messageId)) {
      this.#reject('fragment-duplicate');
      return null;
    }
    if (fragment.totalBytes > this.#options.maxBytes) {
      this.#reject('fragment-invalid');
      return null;
    }
    while (
      this.#partials.size >= this.#options.maxMessages ||
      this.#bytes + fragment.totalBytes > this.#options.maxBytes
    ) {
      this.#finish(this.#partials.values().next().value!);
      this.#reject('fragment-evicted');
    }
    const missing = new Uint8Array(Math.ceil(fragment.count / 8));
    for (let i = 0; i < fragment.count; i++) missing[i >> 3] = missing[i >> 3]! | (1 << (i & 7));
    const partial: Partial = {
      messageId: fragment.messageId,
      count: fragment.count,
      bytes: new Uint8Array(fragment.totalBytes),
      missing,
      missingCount: fragment.count,
      pulls: 0,
      waitMs: this.#options.pullDelayMs,
      pullAtMs: nowMs + this.#options.pullDelayMs,
      putOff: false,
    };
    this.#partials.set(partial.messageId, partial);
    this.#bytes += fragment.totalBytes;
    return partial;
  }

  #finish(partial: Partial): void {
    this.#partials.delete(partial.messageId);
    this.#bytes -= partial.bytes.length;
    this.#finished.add(partial.messageId);
    if (this.#finished.size > REMEMBERED_MESSAGES) {
      this.#finished.delete(this.#finished.values().next().value!);
    }
  }
}
