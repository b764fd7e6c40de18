/** Messages to and from one peer, independent of the keys they travel under, so that they survive a change of keys. */
import { BulkSender } from './bulk-sender.ts';
import type { PeerBudget } from './budgets.ts';
import type { TransportProfile } from './profiles.ts';
import { Reassembly } from './reassembly.ts';
import type { DatagramRecord, RecordWriter } from './records.ts';
import { MESSAGE_HEADER_BYTES } from './records.ts';
import type { RejectionReason } from './rejections.ts';
import { SESSION_OVERHEAD_BYTES } from './session.ts';

const PING_BYTES = 5;
/** Small messages queued between two flushes; the driver flushes each turn. */
const MAX_QUEUED_MESSAGES = 4096;
/** Weight of a new sample in the smoothed round trip time (RFC 6298). */
const ROUND_TRIP_WEIGHT = 1 / 8;
/** Before the first sample. */
const ASSUMED_ROUND_TRIP_MS = 50;

/** Builds datagrams one at a time: begin, write records, end (which encrypts and sends). */
export interface DatagramOutput {
  begin(): RecordWriter;
  end(writer: RecordWriter): void;
}

export interface ChannelDependencies {
  readonly nowMs: number;
  readonly output: DatagramOutput;
  readonly reject: (reason: RejectionReason) => void;
  /** uint32 (bulk-sender.ts). */
  readonly firstMessageId: number;
}

export class Channel {
  readonly #profile: TransportProfile;
  readonly #output: DatagramOutput;
  readonly #reject: (reason: RejectionReason) => void;
  readonly #bulk: BulkSender;
  readonly #reassembly: Reassembly;
  #queue: Uint8Array[] = [];
  #roundTripMs: number | null = null;
  #pingToken = 0;
  /** Null when the newest ping was answered. */
  #pingSentAtMs: number | null = null;
  #lastPingAtMs = -Infinity;

  constructor(
    options: { readonly profile: TransportProfile; readonly budget: PeerBudget },
    dependencies: ChannelDependencies,
  ) {
    const { profile, budget } = options;
    const { reject, nowMs, firstMessageId } = dependencies;
    this.#profile = profile;
    this.#output = dependencies.output;
    this.#reject = reject;
    this.#bulk = new BulkSender(profile, { nowMs, reject, firstMessageId });
    this.#reassembly = new Reassembly(
      {
        maxMessages: budget.maxPartialMessages,
        maxBytes: budget.maxPartialBytes,
        pullDelayMs: profile.pullDelayMs,
      },
      { reject },
    );
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  queue(payload: Uint8Array, nowMs: number): void {
    const isSmall =
      payload.length + MESSAGE_HEADER_BYTES + SESSION_OVERHEAD_BYTES <= this.#profile.datagramBytes;
    if (!isSmall) this.#bulk.push(payload, nowMs);
    else if (this.#queue.length < MAX_QUEUED_MESSAGES) this.#queue.push(payload);
    else this.#reject('send-queue-full');
  }

  /** Sends all small messages, and of the large ones what the pace allows. */
  flush(nowMs: number): void {
    if (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      let writer = this.#output.begin();
      for (const payload of queue) {
        if (writer.room < MESSAGE_HEADER_BYTES + payload.length) {
          this.#output.end(writer);
          writer = this.#output.begin();
        }
        writer.message(payload);
      }
      const isPingDue = nowMs - this.#lastPingAtMs >= this.#profile.pingIntervalMs;
      if (isPingDue && writer.room >= PING_BYTES) this.#writePing(writer, nowMs);
      this.#output.end(writer);
    }
    this.#drain(nowMs);
  }

  ping(nowMs: number): void {
    const writer = this.#output.begin();
    this.#writePing(writer, nowMs);
    this.#output.end(writer);
  }

  /** Takes a record of a datagram; returns the message that it is or completes. `close` is the caller's. */
  receive(record: DatagramRecord, nowMs: number): Uint8Array | null {
    switch (record.type) {
      case 'message':
        return record.bytes;
      case 'fragment':
        return this.#reassembly.accept(record, nowMs);
      case 'pull':
        this.#bulk.onPull(record.messageId, record.bitmap, nowMs);
        this.#drain(nowMs);
        return null;
      case 'ping': {
        const writer = this.#output.begin();
        writer.pong(record.token);
        this.#output.end(writer);
        return null;
      }
      case 'pong':
        this.#onPong(record.token, nowMs);
        return null;
      case 'close':
        return null;
    }
  }

  /** Work that is due by time. */
  tick(nowMs: number): void {
    this.#bulk.forgetOld(nowMs);
    this.#drain(nowMs);
    const due = this.#reassembly.duePulls(nowMs, this.#roundTripMs ?? ASSUMED_ROUND_TRIP_MS);
    for (const { messageId, bitmap } of due) {
      const writer = this.#output.begin();
      writer.pull(messageId, bitmap);
      this.#output.end(writer);
    }
  }

  /** When `tick` has something to do; Infinity if nothing is foreseen. */
  nextDueMs(nowMs: number): number {
    return Math.min(nowMs + this.#bulk.waitMs(nowMs), this.#reassembly.nextDueMs);
  }

  #drain(nowMs: number): void {
    if (this.#bulk.isIdle) return;
    this.#bulk.drain(nowMs, (fragment) => {
      const writer = this.#output.begin();
      writer.fragment(fragment);
      this.#output.end(writer);
    });
  }

  #writePing(writer: RecordWriter, nowMs: number): void {
    this.#pingToken = (this.#pingToken + 1) >>> 0;
    this.#pingSentAtMs = nowMs;
    this.#lastPingAtMs = nowMs;
    writer.ping(this.#pingToken);
  }

  #onPong(token: number, nowMs: number): void {
    if (token !== this.#pingToken || this.#pingSentAtMs === null) return;
    const sampleMs = nowMs - this.#pingSentAtMs;
    this.#pingSentAtMs = null;
    this.#roundTripMs =
      this.#roundTripMs === null
        ? sampleMs
        : this.#roundTripMs + (sampleMs - this.#roundTripMs) * ROUND_TRIP_WEIGHT;
  }
}
