/** What can happen to a node. */
import type { OwnerDecision, TimerName } from './effects.ts';
import type { Admission, Application, Message } from './messages.ts';
import type { Join, PeerText, Transaction } from './types.ts';

export type CoreEvent =
  | { readonly type: 'start' }
  | { readonly type: 'message'; readonly from: PeerText; readonly message: Message }
  | { readonly type: 'timer'; readonly timer: TimerName }
  | { readonly type: 'submit'; readonly transaction: Transaction }
  | { readonly type: 'connected' | 'disconnected'; readonly peer: PeerText }
  /** The owner wants this key to become a member; null: nobody is asked about it (local networks). */
  | { readonly type: 'join'; readonly application: Application | null }
  /** What the owner decided about a joiner; with `admit`, it is sponsored. */
  | {
      readonly type: 'answerJoin';
      readonly to: PeerText;
      readonly admit: Join | null;
      readonly admission: Admission;
    }
  /** The owner decided about this copy; nothing happens if that is not what it waits for. */
  | { readonly type: 'override'; readonly decision: OwnerDecision };
