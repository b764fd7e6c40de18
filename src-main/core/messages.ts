import type { SealedHeader } from './sealed.ts';
import type { Certificate, Hash, Height, Join, Member, PublicKey, Signature, Ticket, View } from './types.ts';

/** The largest message any peer may send, before it is parsed: a SYNC_RES of 256 KiB with room for its frame. */
export const MAX_MESSAGE_BYTES = 320 * 1024;

/** A leader's proposal with its justification: S(view-1) for view > 0, and the N that S obliges it to carry on. */
export interface Propose {
  readonly height: Height;
  readonly view: View;
  readonly sealed: SealedHeader;
  readonly signature: Signature;
  readonly skipCertificate: Certificate | null;
  readonly notarisation: Certificate | null;
}

export interface Vote {
  readonly type: 'vote' | 'commit';
  readonly height: Height;
  readonly view: View;
  readonly blockHash: Hash;
  /** Position of the signer in C_height. */
  readonly index: number;
  readonly signature: Signature;
}

export interface Skip {
  readonly type: 'skip';
  readonly height: Height;
  readonly view: View;
  /** View of the highest notarisation its sender knows; -1 for none. */
  readonly hn: View;
  readonly index: number;
  readonly signature: Signature;
  /** Beside it, unsigned: an N with view >= hn, whenever hn >= 0. */
  readonly notarisation: Certificate | null;
}

/** Random 16 bytes per process start, signed by the node's key, so that a clone of a profile is noticed. */
export interface Instance {
  readonly nonce: Uint8Array;
  readonly signature: Signature;
}

export interface LaneTip {
  /** Member id. */
  readonly origin: number;
  readonly seq: number;
  readonly digest: Hash;
}

export interface Status {
  readonly type: 'status';
  /** The height being decided: tip + 1. */
  readonly height: Height;
  readonly tipHash: Hash;
  readonly view: View;
  /** 16 bytes each, bit i = committee index i: whose messages of (height, view) are held. */
  readonly votes: Uint8Array;
  readonly commits: Uint8Array;
  readonly skips: Uint8Array;
  readonly highNotarisedView: View;
  /** Whether a header of the current view (or of highN) is held. */
  readonly hasHeader: boolean;
  /** Uncommitted, gap-free held tips only; the committed ones follow from tipHash. */
  readonly laneTips: readonly LaneTip[];
  readonly instance: Instance;
  /** Starts that the receiver stated to the sender: those before the present one until it has heard of them. */
  readonly echoes: readonly Instance[];
}

export interface LaneRange {
  readonly origin: PublicKey;
  readonly fromSeq: number;
  readonly tipDigest: Hash;
}

export interface Pull {
  readonly type: 'pull';
  readonly lanes: readonly LaneRange[];
  readonly headers: readonly Hash[];
}

/** One block on its way to a peer that catches up. */
export interface SyncBlock {
  readonly sealed: SealedHeader;
  readonly certificate: Certificate;
  /** C_{height+1}, only when it differs from C_height. */
  readonly nextCommittee: readonly Member[] | null;
  readonly bundles: readonly Uint8Array[];
}

/** Where a member can be reached; never on the chain. The newest sequence number wins. */
export interface AddressRecord {
  readonly publicKey: PublicKey;
  readonly sequence: number;
  readonly addressHints: readonly string[];
  readonly signature: Signature;
}

/** What a joiner says beside its JOIN, for the owner of the node that it asks: session only. */
export interface Application {
  readonly displayName: string;
  readonly ticket: Ticket | null;
  /** It does not have the genesis yet. */
  readonly wantsGenesis: boolean;
}

/** waiting: for what `reason` says, and asking goes on. accepted: addPeer is on its way. member: it is one already. */
export const ADMISSION_DECISIONS = ['waiting', 'accepted', 'member', 'refused'] as const;
export const ADMISSION_REASONS = [
  'none',
  /** The owner was asked and has not answered. */
  'owner',
  /** Nobody is admitted for now. */
  'paused',
  'ticket-used',
  'ticket-expired',
  'ticket-revoked',
  'refused-by-owner',
  'members-full',
  'sponsor-limit',
  /** The node that was asked may not bring in others: it has no stake itself. */
  'no-stake',
  /** The JOIN is valid up to a height that is over: one for `height` and later is needed. */
  'join-expired',
] as const;

/** The answer to a JOIN with an application. Unsigned: it is for this joiner, in its session, and decides nothing. */
export interface Admission {
  readonly decision: (typeof ADMISSION_DECISIONS)[number];
  readonly reason: (typeof ADMISSION_REASONS)[number];
  /** The tip of who answers. */
  readonly height: Height;
  /** Whether members give newcomers their stake by themselves here. */
  readonly raises: boolean;
  /** Empty unless it was asked for. */
  readonly genesis: Uint8Array;
}

export type Message =
  | { readonly type: 'bundle'; readonly bytes: Uint8Array }
  | { readonly type: 'propose'; readonly propose: Propose }
  | Vote
  | Skip
  | {
      readonly type: 'certificate';
      readonly certificate: Certificate;
      readonly sealed: SealedHeader | null;
      /** Beside an S: the N behind its highest hn. */
      readonly notarisation: Certificate | null;
    }
  | Status
  | Pull
  | { readonly type: 'syncRequest'; readonly fromHeight: Height; readonly maxBytes: number }
  | { readonly type: 'syncResponse'; readonly blocks: readonly SyncBlock[] }
  | { readonly type: 'join'; readonly join: Join; readonly application: Application | null }
  | { readonly type: 'address'; readonly record: AddressRecord }
  | { readonly type: 'admission'; readonly admission: Admission };

export type MessageType = Message['type'];
