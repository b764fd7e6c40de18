import type { CommandKind, Height, PeerText } from '../core/types.ts';

/** Why a command had no effect. A bad command gets a result and never stalls the chain (PROTOCOL section 3). */
export type RejectionReason =
  | 'invalid-namespace'
  | 'invalid-value'
  | 'not-a-member'
  | 'no-stake'
  | 'decision-taken'
  | 'decision-expired'
  | 'join-expired'
  | 'join-signature'
  | 'members-full'
  | 'sponsor-limit'
  | 'too-many-votes'
  | 'already-applied'
  | 'not-ready'
  | 'last-stake'
  | 'evidence-invalid'
  | 'evidence-stale';

/** `applied`: it changed something; `noted`: a vote or fact was recorded; `unchanged`: it already was so. */
export type CommandResult =
  | { readonly outcome: 'applied' | 'noted' | 'unchanged'; readonly kind: CommandKind }
  | { readonly outcome: 'rejected'; readonly kind: CommandKind; readonly reason: RejectionReason };

/** A transaction of a final block with the result of each of its commands. */
export interface ExecutedTransaction {
  readonly origin: PeerText;
  readonly ident: string;
  /** Position of its bundle in the block's execution order, and its own position in that bundle. */
  readonly bundleIndex: number;
  readonly transactionIndex: number;
  readonly results: readonly CommandResult[];
}

/** One value written by a block; older values stay queryable by height. */
export interface StateWrite {
  /**
   * `ns:origin` for data, `ns` and `decision:taken:ns` for a taken decision, `peer:<public key>` for a stake,
   * `evidence:<public key>` for both statements that cost a member its stake, `lane:<public key>` for where the lane of
   * a key stopped that is no member any more (`seq:digest`).
   */
  readonly key: string;
  /** null: the key ends here (a peer that left). */
  readonly value: string | null;
  readonly height: Height;
  /** The transaction that wrote it. */
  readonly origin: PeerText;
  readonly ident: string;
}
