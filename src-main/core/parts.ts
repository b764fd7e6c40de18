/** The parts of one node's state machine, as they see each other. */
import type { CertificateVerifier } from './certificates.ts';
import type { CoreContext } from './context.ts';
import type { Forks } from './forks.ts';
import type { Guard } from './guard.ts';
import type { LanePool } from './lanes.ts';
import type { OwnLane } from './own-lane.ts';
import type { Peers } from './peers.ts';
import type { Policy } from './policy.ts';
import type { Committee } from './quorum.ts';
import type { Round } from './round.ts';
import type { Timers } from './timers.ts';
import type { Hash, Height, PeerText } from './types.ts';
import type { LedgerState } from '../ledger/state.ts';

export interface Parts {
  readonly context: CoreContext;
  readonly lanes: LanePool;
  readonly peers: Peers;
  readonly guard: Guard;
  readonly ownLane: OwnLane;
  readonly policy: Policy;
  readonly forks: Forks;
  readonly timers: Timers;
  readonly verifier: CertificateVerifier;
  readonly state: LedgerState;
  /** The height being decided is this one + 1. */
  readonly height: Height;
  readonly tipHash: Hash;
  readonly round: Round;
  /** C_{height+2}: who decides after the height that is being decided. */
  readonly committeeAfterNext: Committee;
  /** All present members but this node. */
  readonly others: readonly PeerText[];
}
