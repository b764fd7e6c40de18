/** What can happen to a node. */
import type { OwnerDecision, TimerName } from './effects.ts';
import type { Message } from './messages.ts';
import type { PeerText, Transaction } from './types.ts';

export type CoreEvent =
  | { readonly type: 'start' }
  | { readonly type: 'message'; readonly from: PeerText; readonly message: Message }
  | { readonly type: 'timer'; readonly timer: TimerName }
  | { readonly type: 'submit'; readonly transaction: Transaction }
  | { readonly type: 'connected' | 'disconnected'; readonly peer: PeerText }
  /** The owner wants this key to become a member. */
  | { readonly type: 'join' }
  /** The owner decided about this copy; nothing happens if that is not what it waits for. */
  | { readonly type: 'override'; readonly decision: OwnerDecision };
