import type { RejectionCounters } from '../node/ports.ts';

/** Why input was refused or output was dropped. Every refusal has exactly one reason and is counted under it. */
export type RejectionReason =
  // Datagrams, before anybody is known to have sent them.
  | 'datagram-size'
  | 'unknown-session'
  | 'unknown-handshake-type'
  | 'not-for-us'
  | 'retry-budget'
  | 'handshake-budget'
  | 'handshake-invalid'
  | 'handshake-identity'
  | 'handshake-self'
  | 'handshake-replayed'
  | 'handshake-unexpected'
  | 'strangers-full'
  | 'forged'
  | 'replayed'
  // Contents, sent by an authenticated peer.
  | 'packet-budget'
  | 'byte-budget'
  | 'malformed'
  | 'fragment-invalid'
  | 'fragment-duplicate'
  | 'fragment-evicted'
  | 'fragment-abandoned'
  | 'pull-unknown'
  | 'pull-budget'
  // Our own output.
  | 'no-session'
  | 'send-queue-full'
  | 'send-failed'
  | 'probe-budget'
  | 'fault-loss'
  | 'fault-cut'
  | 'fault-queue-full'
  // Address hints that this transport cannot use.
  | 'address-hint';

/** Counts per reason; bounded, because the reasons are a closed set. */
export class Rejections {
  readonly #counts = new Map<RejectionReason, number>();

  count(reason: RejectionReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  snapshot(): RejectionCounters {
    return Object.fromEntries(this.#counts);
  }
}
