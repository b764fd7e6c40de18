/**
 * What the state machine asks of the world. The order is a contract: all writes of a turn are one durable transaction,
 * and only after it the messages leave, and only then the events are published (persist -> send -> publish).
 */
import type { ExecutedTransaction, StateWrite } from '../ledger/types.ts';
import type { AddressRecord, Admission, Application, Message } from './messages.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import type {
  Certificate,
  Hash,
  Height,
  HashText,
  Join,
  Member,
  PeerText,
  Transaction,
  View,
} from './types.ts';

/** Kinds of records in the safety log (PROTOCOL section 4.1). */
export type SafetyKind =
  | 'views'
  | 'entryCertificate'
  | 'proposal'
  | 'vote'
  | 'commit'
  | 'skip'
  | 'highNotarisation'
  | 'header'
  | 'bundle';

/** One record of the safety log; a later one with the same (height, kind, key) replaces it. */
export interface SafetyRecord {
  readonly height: Height;
  readonly kind: SafetyKind;
  /** View number, hash text or empty, depending on the kind. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Durable facts about the node itself that outlive heights: own instance nonces, amnesia, lanes seen forked, and up to
 * where a chain that was taken the fast way is proved.
 */
export interface NodeRecord {
  readonly key: 'instances' | 'amnesia' | 'forks' | 'proofs';
  readonly bytes: Uint8Array;
}

/** A transaction that this node accepted and did not bundle yet; it survives a crash. */
export interface QueuedTransaction {
  /** Grows by one with each accepted transaction. */
  readonly order: number;
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
}

/** What a node finds on disk of itself, beside the chain. */
export interface StoredMemory {
  /** Records of the height after the tip; older ones are gone with their block. */
  readonly safety: readonly SafetyRecord[];
  readonly records: readonly NodeRecord[];
  /** Own bundles that no block cites yet, ascending by seq: wire bytes. */
  readonly lane: readonly Uint8Array[];
  readonly queue: readonly Pick<QueuedTransaction, 'order' | 'bytes'>[];
  /** false: there are blocks above the genesis but the safety log has never been written or was lost (amnesia). */
  readonly hasSafetyLog: boolean;
}

/** Everything the store keeps of one final block, written in one transaction with the rest of the turn. */
export interface CommittedBlock {
  readonly sealed: SealedHeader;
  readonly certificate: Certificate;
  /** In execution order (PROTOCOL section 3). */
  readonly bundles: readonly SealedBundle[];
  readonly transactions: readonly ExecutedTransaction[];
  readonly writes: readonly StateWrite[];
  /** C_height, the committee that decided this block. */
  readonly committee: readonly Member[];
  /** The whole ledger state after this block, serialised; only the newest is needed. */
  readonly snapshot: Uint8Array;
}

export type DurableEffect =
  | { readonly type: 'persistSafety'; readonly record: SafetyRecord }
  | { readonly type: 'persistNode'; readonly record: NodeRecord }
  | { readonly type: 'appendLane'; readonly sealed: SealedBundle }
  | { readonly type: 'enqueue'; readonly queued: QueuedTransaction }
  /** The transactions with these orders are in a bundle of the own lane now. */
  | { readonly type: 'dequeue'; readonly orders: readonly number[] }
  | { readonly type: 'commitBlock'; readonly block: CommittedBlock }
  /** A stored block whose proof was not valid gets another one: the same block, other signatures. */
  | {
      readonly type: 'replaceProof';
      readonly height: Height;
      readonly certificate: Certificate;
      readonly bundles: readonly SealedBundle[];
    };

export type TimerName = 'view' | 'retransmit' | 'status' | 'startup';

export type OutwardEffect =
  | { readonly type: 'send'; readonly to: readonly PeerText[]; readonly message: Message }
  /** Starts or restarts the named timer. */
  | { readonly type: 'setTimer'; readonly timer: TimerName; readonly delayMs: number }
  | { readonly type: 'clearTimer'; readonly timer: TimerName };

/** Why a node does not sign: it keeps reading, relaying and serving. */
export type SilenceReason = 'starting' | 'amnesia' | 'clone' | 'halted';

/**
 * What only the owner may say. `clone`: this is the only copy, and amnesic from then on. `amnesia`: this node is
 * needed, and signs at once, whatever it may have forgotten.
 */
export type OwnerDecision = 'amnesia' | 'clone';

export type PublishEffect =
  | {
      readonly type: 'committed';
      readonly height: Height;
      readonly hash: Hash;
      readonly executed: CommittedBlock;
    }
  /** A submitted transaction is durable from now on, or was refused with a reason. */
  | { readonly type: 'accepted'; readonly ident: string }
  | { readonly type: 'refused'; readonly ident: string; readonly reason: SubmitRefusal }
  | { readonly type: 'signing'; readonly silent: SilenceReason | null }
  /** What the owner said has taken effect, or was not what this node waits for. */
  | { readonly type: 'decided'; readonly decision: OwnerDecision }
  | { readonly type: 'notDecided'; readonly awaited: OwnerDecision | null }
  | { readonly type: 'membersChanged' }
  /** The first fork of this owner. */
  | {
      readonly type: 'laneFork';
      readonly origin: PeerText;
      readonly seq: number;
      readonly digests: readonly HashText[];
    }
  | { readonly type: 'evidence'; readonly culprit: PeerText; readonly height: Height; readonly view: View }
  /**
   * A key asks to become a member, and again every second (PROTOCOL section 4.8); the signatures of its JOIN and of its
   * ticket are theirs. `obstacle`: why it cannot be sponsored now, whatever the owner says.
   */
  | {
      readonly type: 'joinRequested';
      readonly publicKey: PeerText;
      readonly join: Join;
      readonly application: Application | null;
      readonly obstacle: JoinObstacle | null;
    }
  /** What a member answered to our own wish to join. */
  | { readonly type: 'admission'; readonly from: PeerText; readonly admission: Admission }
  /** A valid signed ADDRESS record, as a peer handed it on; the newest sequence number wins. */
  | { readonly type: 'address'; readonly record: AddressRecord; readonly from: PeerText }
  /** A session with a peer has begun or ended. The driver says it, not the core. */
  | { readonly type: 'link'; readonly peer: PeerText; readonly isConnected: boolean }
  | { readonly type: 'rejected'; readonly from: PeerText; readonly reason: string };

export type JoinObstacle = 'is-member' | 'no-stake' | 'join-expired' | 'members-full' | 'sponsor-limit';

export type SubmitRefusal =
  'lane-full' | 'too-large' | 'duplicate-ident' | 'not-a-member' | 'invalid' | 'halted';

export type Effect = DurableEffect | OutwardEffect | PublishEffect;
