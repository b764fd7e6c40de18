/** What the parts of the state machine share. */
import type { Crypto, Signer } from './crypto.ts';
import type { Effect } from './effects.ts';
import type { Message } from './messages.ts';
import type { ConsensusParameters, Hash, Height, Member, PeerText } from './types.ts';

/** Durations of local timers; they never enter a rule of agreement (PROTOCOL section 6). */
export interface Timing {
  readonly viewMs: number;
  readonly viewCapMs: number;
  readonly retransmitMs: number;
  readonly retransmitCapMs: number;
  readonly idleStatusMs: number;
  /** How long a leader may leave a STATUS unanswered, while a quorum speaks, before its views are kept short. */
  readonly suspectBusyMs: number;
  /** Bundles grow to this size before a second one is opened beside it. */
  readonly bundleTargetBytes: number;
}

/** Old blocks, for peers that ask; the store implements it. */
export interface BlockArchive {
  block(height: Height):
    | {
        readonly headerBytes: Uint8Array;
        readonly certificateBytes: Uint8Array;
        readonly bundles: readonly Uint8Array[];
        readonly committee: readonly Member[];
      }
    | undefined;
  heightOfHash(hash: Hash): Height | undefined;
  bundle(digest: Hash): Uint8Array | undefined;
  committee(hash: Hash): readonly Member[] | undefined;
  value(key: string): { readonly value: string } | undefined;
  transaction(origin: PeerText, ident: string): unknown;
}

export interface CoreContext {
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly self: PeerText;
  readonly chainId: Hash;
  readonly parameters: ConsensusParameters;
  readonly timing: Timing;
  readonly archive: BlockArchive;
  /** Injected randomness: an integer in [0, below). */
  random(below: number): number;
  /** Monotonic time of the event being handled. */
  nowMs(): number;
  emit(effect: Effect): void;
  /** To all other present members, observers too. */
  broadcast(message: Message): void;
  send(to: PeerText, message: Message): void;
  /** A new valid object was stored: retransmission starts over. */
  progress(): void;
}

/** A rule of our own was broken: the node stops voting and says so (STYLE 16). */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}
