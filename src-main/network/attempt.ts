import type { InitiatorHandshake } from './noise.ts';

/** A handshake that we began. */
export interface Attempt {
  readonly initiatorId: number;
  readonly handshake: InitiatorHandshake;
  readonly init: Uint8Array;
  readonly targets: readonly string[];
  /** Per target, at most MAX_ADDRESS_HINTS + 1. */
  readonly cookies: Map<string, Uint8Array>;
  readonly beganAtMs: number;
  nextTarget: number;
  sendAtMs: number;
}
