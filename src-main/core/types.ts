/**
 * The data of the protocol (PROTOCOL section 3). Everything is readonly; bytes are Uint8Array, and their base64url
 * text serves as map key.
 */

/** Number of a block; the genesis is block 1, the first decided height is 2. */
export type Height = number;
/** Number of a round of voting within one height, from 0. */
export type View = number;
/** SHA-256 over an SSZ serialisation, 32 bytes. */
export type Hash = Uint8Array;
/** Ed25519 public key, 32 bytes. */
export type PublicKey = Uint8Array;
/** Ed25519 signature, 64 bytes. */
export type Signature = Uint8Array;
/** Base64url of a public key (43 characters): the map key of a peer. */
export type PeerText = string;
/** Base64url of a hash (43 characters). */
export type HashText = string;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A member as the chain knows it. Ids are given in the order of addPeer and never reused. */
export interface Member {
  readonly id: number;
  readonly publicKey: PublicKey;
  readonly stake: number;
}

export type Command =
  | { readonly kind: 'data'; readonly ns: string; readonly d: string }
  | { readonly kind: 'decision'; readonly ns: string; readonly h: Height; readonly d: string }
  | { readonly kind: 'addPeer'; readonly join: Join }
  | { readonly kind: 'removePeer'; readonly publicKey: PublicKey }
  | {
      readonly kind: 'modifyStake';
      readonly publicKey: PublicKey;
      readonly ident: string;
      readonly delta: number;
    }
  | { readonly kind: 'ready'; readonly height: Height; readonly blockHash: Hash }
  | { readonly kind: 'evidence'; readonly first: SignedStatement; readonly second: SignedStatement };

export type CommandKind = Command['kind'];

/** A wish to become a member, signed by the joiner; valid up to and including `expiryHeight`. */
export interface Join {
  readonly publicKey: PublicKey;
  readonly expiryHeight: Height;
  readonly signature: Signature;
}

/**
 * What a member hands out with an invitation: its node sponsors whoever shows it, without asking its owner. Only the
 * issuer knows whether it was used or revoked, so only the issuer's node honours it.
 */
export interface Ticket {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** one-time: for the first key that shows it. */
  readonly kind: 'one-time' | 'reusable';
  /** Valid up to and including this height. */
  readonly expiryHeight: Height;
  readonly issuer: PublicKey;
  readonly signature: Signature;
}

export interface Transaction {
  readonly ident: string;
  readonly commands: readonly Command[];
}

/** An entry of a lane: a signed, hash-chained batch of its origin's transactions. */
export interface Bundle {
  readonly origin: PublicKey;
  /** From 1, without gaps. */
  readonly seq: number;
  /** Digest of the bundle with seq - 1; zero for the first. */
  readonly prev: Hash;
  readonly transactions: readonly Transaction[];
  readonly signature: Signature;
}

/** A lane up to which a block copies: its origin's member id, the last seq and that bundle's digest. */
export interface CutEntry {
  readonly origin: number;
  readonly toSeq: number;
  readonly tipDigest: Hash;
}

export interface Header {
  readonly version: number;
  readonly chainId: Hash;
  readonly height: Height;
  /** The view in which this header was first proposed; a re-proposal keeps it. */
  readonly view: View;
  /** Member id of L(height, view). */
  readonly proposer: number;
  readonly prev: Hash;
  readonly committeeHash: Hash;
  readonly nextCommitteeHash: Hash;
  readonly stateHash: Hash;
  readonly cut: readonly CutEntry[];
}

export type CertificateKind = 'N' | 'C' | 'S';

/** A quorum's signatures: notarisation (N, of VOTE), commit (C, of COMMIT) or skip (S, of SKIP with their hn). */
export interface Certificate {
  readonly kind: CertificateKind;
  readonly height: Height;
  readonly view: View;
  /** Block hash of an N or C; zero for an S. */
  readonly hash: Hash;
  /** For an S: the highest notarised view each signer named, -1 for none, in the order of the set bits. */
  readonly hn: readonly View[];
  /** Committee indices of the signers, ascending. */
  readonly signers: readonly number[];
  /** One per signer, in the same order. */
  readonly signatures: readonly Signature[];
}

/** What a member signs about a view, and all that evidence needs: who, where, what. */
export type SignedStatement =
  | {
      readonly kind: 'propose' | 'vote' | 'commit';
      readonly signer: PublicKey;
      readonly height: Height;
      readonly view: View;
      readonly hash: Hash;
      readonly signature: Signature;
    }
  | {
      readonly kind: 'skip';
      readonly signer: PublicKey;
      readonly height: Height;
      readonly view: View;
      readonly hn: View;
      readonly signature: Signature;
    };

/** The first block and the parameters of a network; `chainId = hash(genesis)`. */
export interface Genesis {
  readonly version: number;
  readonly name: string;
  readonly salt: Hash;
  readonly parameters: ConsensusParameters;
  readonly members: readonly { readonly publicKey: PublicKey; readonly stake: number }[];
}

/** Consensus constants (PROTOCOL section 6); timers are not among them, they are local. */
export interface ConsensusParameters {
  /** K: uncommitted bundles per lane of a member with stake. */
  readonly laneWindow: number;
  /** W: heights of a first demotion. */
  readonly demotionHeights: number;
  readonly maxBlockBytes: number;
  readonly maxBundleBytes: number;
  /** Observers a member may have sponsored that were not raised yet. */
  readonly maxSponsored: number;
  /** Blocks between two sponsored joins of one member. */
  readonly sponsorIntervalHeights: number;
}
