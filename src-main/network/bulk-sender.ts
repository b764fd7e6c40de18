/**
 * Large messages to one peer: cut into fragments, paced, and kept for a while so that the receiver can pull what got
 * lost. A pull halves the pace down to a floor, and whole messages without a pull raise it again, so that a slow link
 * is found without a model of it.
 */
import { SESSION_OVERHEAD_BYTES } from './session.ts';
import type { Fragment } from './records.ts';
import { FRAGMENT_HEADER_BYTES, fragmentBytes } from './records.ts';
import type { RejectionReason } from './rejections.ts';
import { TokenBucket } from './token-bucket.ts';

/** Unsent bytes per peer; two answers of 256 KiB to each of several requests. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
/** Kept for pulls per peer, whichever is reached first. */
const MAX_KEPT_MESSAGES = 64;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const KEPT_MS = 30_000;
/** Answers to pulls of one message: more than a receiver asks for at 50 % loss. */
const MAX_PULLS_ANSWERED = 40;
const SLOWEST_SHARE = 1 / 16;
const RECOVERY_SHARE = 1 / 16;

interface Outgoing {
  readonly messageId: number;
  readonly payload: Uint8Array;
  readonly count: number;
  /** Fragments below were sent at least once. */
  sent: number;
  sentAtMs: number;
  pullsAnswered: number;
}

/** Fragments of one message that are to be sent, ascending: a first sending or an answer to a pull. */
interface Job {
  readonly message: Outgoing;
  /** Null: all from message.sent on. */
  readonly indices: number[] | null;
  next: number;
}

export interface BulkSenderOptions {
  readonly datagramBytes: number;
  readonly paceBytesPerMs: number;
  readonly paceBurstBytes: number;
}

export interface BulkSenderDependencies {
  readonly nowMs: number;
  readonly reject: (reason: RejectionReason) => void;
  /** uint32, random: the receiver may remember the ids of an earlier sender, and would take them for repeats. */
  readonly firstMessageId: number;
}

export class BulkSender {
  readonly #options: BulkSenderOptions;
  readonly #reject: (reason: RejectionReason) => void;
  readonly #pace: TokenBucket;
  readonly #jobs: Job[] = [];
  /** Insertion order is age; at most MAX_KEPT_MESSAGES and MAX_KEPT_BYTES beyond what is still queued. */
  readonly #kept = new Map<number, Outgoing>();
  #keptBytes = 0;
  #queuedBytes = 0;
  #nextMessageId: number;
  #paceShare = 1;

  constructor(options: BulkSenderOptions, dependencies: BulkSenderDependencies) {
    this.#options = options;
    this.#reject = dependencies.reject;
    this.#nextMessageId = dependencies.firstMessageId;
    this.#pace = new TokenBucket(
      { perSecond: options.paceBytesPerMs * 1000, burst: options.paceBurstBytes },
      dependencies.nowMs,
    );
  }

  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  push(payload: Uint8Array, nowMs: number): void {
    if (this.#queuedBytes + payload.length > MAX_QUEUED_BYTES) {
      this.#reject('send-queue-full');
      return;
    }
    const room = this.#options.datagramBytes - SESSION_OVERHEAD_BYTES - FRAGMENT_HEADER_BYTES;
    const message: Outgoing = {
      messageId: this.#nextMessageId,
      payload,
      count: Math.ceil(payload.length / room),
      sent: 0,
      sentAtMs: nowMs,
      pullsAnswered: 0,
    };
    this.#nextMessageId = (this.#nextMessageId + 1) >>> 0;
    this.#queuedBytes += payload.length;
    this.#kept.set(message.messageId, message);
    this.#keptBytes += payload.length;
    this.#jobs.push({ message, indices: null, next: 0 });
    this.forgetOld(nowMs);
  }

  /** The peer misses the fragments whose bit is set. */
  onPull(messageId: number, bitmap: Uint8Array, nowMs: number): void {
    const message = this.#kept.get(messageId);
    if (message === undefined) {
      this.#reject('pull-unknown');
      return;
    }
    if (message.pullsAnswered === MAX_PULLS_ANSWERED) {
      this.#reject('pull-budget');
      return;
    }
    const indices: number[] = [];
    for (let i = 0; i < message.sent; i++) {
      if (((bitmap[i >> 3] ?? 0) >> (i & 7)) & 1) indices.push(i);
    }
    // Nothing: the pull overtook the first sending. Already queued: the peer asked twice.
    if (indices.length === 0 || this.#jobs.some((job) => job.message === message && job.indices !== null))
      return;
    if (message.pullsAnswered === 0) this.#setPace(Math.max(SLOWEST_SHARE, this.#paceShare / 2), nowMs);
    message.pullsAnswered++;
    this.#jobs.unshift({ message, indices, next: 0 });
  }

  /** Milliseconds until `drain` has something to hand out, Infinity when all is sent. */
  waitMs(nowMs: number): number {
    const job = this.#jobs[0];
    return job === undefined ? Infinity : Math.max(1, this.#pace.waitMs(costOf(job.message), nowMs));
  }

  /** Hands out fragments as fast as the pace allows. */
  drain(nowMs: number, emit: (fragment: Omit<Fragment, 'type'>) => void): void {
    let job = this.#jobs[0];
    while (job !== undefined) {
      const { message, indices } = job;
      const index = indices === null ? message.sent : indices[job.next]!;
      const size = fragmentBytes(message.payload.length, message.count);
      if (!this.#pace.take(costOf(message), nowMs)) return;
      emit({
        messageId: message.messageId,
        index,
        count: message.count,
        totalBytes: message.payload.length,
        bytes: message.payload.subarray(index * size, Math.min(message.payload.length, (index + 1) * size)),
      });
      if (indices === null) message.sent++;
      message.sentAtMs = nowMs;
      job.next++;
      if (job.next === (indices ?? { length: message.count }).length) this.#finish(job, nowMs);
      job = this.#jobs[0];
    }
  }

  /** Forgets messages that nobody will pull any more. Called on every push and on the transport's own rounds. */
  forgetOld(nowMs: number): void {
    for (const message of this.#kept.values()) {
      // The oldest is sent first, hence all behind an unsent one are unsent.
      const unsent = message.sent < message.count;
      const tooMany = this.#kept.size > MAX_KEPT_MESSAGES || this.#keptBytes > MAX_KEPT_BYTES;
      if (unsent || (!tooMany && nowMs - message.sentAtMs < KEPT_MS)) return;
      this.#kept.delete(message.messageId);
      this.#keptBytes -= message.payload.length;
    }
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  #finish(job: Job, nowMs: number): void {
    this.#jobs.shift();
    if (job.indices !== null) return;
    this.#queuedBytes -= job.message.payload.length;
    this.#setPace(Math.min(1, this.#paceShare + RECOVERY_SHARE), nowMs);
  }

  #setPace(share: number, nowMs: number): void {
    if (share === this.#paceShare) return;
    this.#paceShare = share;
    this.#pace.setRate(this.#options.paceBytesPerMs * 1000 * share, nowMs);
  }
}

function costOf(message: Outgoing): number {
  return (
    fragmentBytes(message.payload.length, message.count) + FRAGMENT_HEADER_BYTES + SESSION_OVERHEAD_BYTES
  );
}
