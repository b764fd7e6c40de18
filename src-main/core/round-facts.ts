/** What a round of voting is given, and what it hands back. */
import type { CertificateVerifier } from './certificates.ts';
import type { CoreContext } from './context.ts';
import type { LaneOwner, LanePool } from './lanes.ts';
import type { Committee } from './quorum.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import type {
  Certificate,
  CutEntry,
  Hash,
  Height,
  Member,
  PeerText,
  SignedStatement,
  View,
} from './types.ts';

/** What is fixed while one height is decided. */
export interface RoundFacts {
  readonly height: Height;
  readonly tipHash: Hash;
  readonly stateHash: Hash;
  readonly committee: Committee;
  readonly nextCommitteeHash: Hash;
  /** Own position in the committee; undefined for observers. */
  readonly selfIndex: number | undefined;
  /** The block before applied a stake change: an empty block may be proposed. */
  readonly flush: boolean;
  leader(view: View): Member;
}

export interface RoundHost {
  readonly context: CoreContext;
  readonly lanes: LanePool;
  readonly verifier: CertificateVerifier;
  /** Whether this node may sign votes of this height now (start-up, amnesia, clone, halted). */
  canSign(): boolean;
  /** Something validly signed by our own key that our log lacks (PROTOCOL section 4.7). */
  onForgotten(): void;
  onEvidence(first: SignedStatement, second: SignedStatement): void;
  /** `hadProposal`: the leader of the view before had done its part. */
  onViewEntered(hadProposal: boolean): void;
  /** A proposal of our own left; these are the bundles it cites. */
  onProposed(bundles: readonly SealedBundle[]): void;
}

/** A final block, ready to be executed. */
export interface Decision {
  readonly sealed: SealedHeader;
  readonly bundles: readonly SealedBundle[];
  readonly certificate: Certificate;
}

/** What a round waits for; asked of peers until it comes. */
export interface Wants {
  readonly headers: readonly Hash[];
  readonly lanes: readonly {
    readonly owner: LaneOwner;
    readonly entry: CutEntry;
    readonly tipDigest: Hash;
  }[];
  /** Who most likely has it, best first. */
  readonly sources: readonly PeerText[];
}

export type Verdict = 'accepted' | 'ignored' | { readonly rejected: string };
