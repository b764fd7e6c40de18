/** What the rest of the app sees of a running node: networks/, api/ and app/ depend on this and nothing deeper. */
import type { OwnerDecision, PublishEffect, SilenceReason, SubmitRefusal } from '../core/effects.ts';
import type { Admission, Application, MessageType } from '../core/messages.ts';
import type { Command, Genesis, HashText, Height, Join, PeerText, View } from '../core/types.ts';
import type { LaneFork } from '../core/forks.ts';
import type { Proofs } from '../core/proofs-record.ts';
import type { MemberEvidence } from './evidence.ts';
import type { ChainReader, PeerLink, RejectionCounters, TransportFaults } from './ports.ts';

/** What a peer said last that changed what we know of it. */
export interface LastSaid {
  readonly type: MessageType;
  readonly height: Height;
  readonly view: View | null;
  /** Clock.nowMs() when it arrived. */
  readonly atMs: number;
}

export interface MemberView {
  readonly id: number;
  readonly publicKey: PeerText;
  readonly stake: number;
  readonly isSelf: boolean;
  /** Missing for ourselves and before the first contact. */
  readonly link: PeerLink | null;
  readonly lastSaid: LastSaid | null;
  /** The height of the chain as this peer last stated it (its tip); null until it spoke. */
  readonly tipHeight: Height | null;
  readonly demotedUntil: Height | null;
  /** Why it lost its stake: two statements that contradict each other, as a block holds them. */
  readonly evidence: MemberEvidence | null;
  /** Two bundles with one number that this node has seen of it. */
  readonly laneFork: LaneFork | null;
  /** Whether it has said that it is level with the chain: then the others can give it stake. */
  readonly isReady: boolean;
  /** Whether it has had stake before: then it gets some only by votes that its fellow members cast by hand. */
  readonly wasRaised: boolean;
}

/** A vote about a member's stake, or its removal, that has no quorum yet (PROTOCOL section 4.8). */
export interface OpenVote {
  readonly target: PeerText;
  /** Its whole stake, and its membership, are voted about. */
  readonly remove: boolean;
  readonly delta: number;
  readonly ident: string;
  readonly openedAt: Height;
  readonly votedStake: number;
  /** Whether this node has voted for it. */
  readonly hasVoted: boolean;
}

export interface NodeSnapshot {
  /** starting: hears its peers before it signs. running: takes part. silent: reads and serves, signs nothing. */
  readonly phase: 'starting' | 'running' | 'silent' | 'halted';
  readonly silence: SilenceReason | null;
  /** After an amnesia: it signs nothing about blocks below this one, and does by itself from there on. */
  readonly resumeHeight: Height | null;
  /** What there is for its owner to decide (NodeFacade.overrideSilence). */
  readonly awaits: OwnerDecision | null;
  /** Why it halted, for people and logs. */
  readonly haltedBy: string | null;
  readonly height: Height;
  readonly tipHash: HashText;
  /** The height being decided is height + 1, in this view. */
  readonly view: View;
  /** Something waits to be decided. */
  readonly busy: boolean;
  /** The highest tip a peer stated, while we are catching up to it. */
  readonly syncTarget: Height | null;
  /**
   * The chain was taken the fast way: up to `to` it is the one that the invitation names, and up to `proved` every
   * signature was checked. Null: every one of every block.
   */
  readonly proving: Proofs | null;
  readonly members: readonly MemberView[];
  /** left: this key was a member, and the chain has removed it; none: it never was one, as far as this chain goes. */
  readonly membership: 'member' | 'left' | 'none';
  /** Votes about members that are open: those of others can be joined, with the same ident and change. */
  readonly votes: readonly OpenVote[];
  /** With how many peers there is a session, strangers included. */
  readonly links: number;
  /** Whether this key decides the height after the tip. */
  readonly isVoting: boolean;
  /** Bundles of all lanes that no block cites yet. */
  readonly pendingBundles: number;
  readonly rejections: RejectionCounters;
  readonly nowMs: number;
  /** By the same clock. */
  readonly startedAtMs: number;
}

/** What a node says of its signing. */
export type SigningState = Pick<NodeSnapshot, 'phase' | 'silence' | 'resumeHeight' | 'haltedBy'>;

/** An own transaction that is durable here and not final yet. */
export interface WaitingTransaction {
  readonly ident: string;
  readonly commands: readonly Command[];
  /** false: still in the queue before the lane; true: in a bundle that no block cites yet. */
  readonly bundled: boolean;
}

/** Members say here how they are called: data under this name space and their own key. */
export const NAME_NAMESPACE = 'diva:name:member';

/** What a person writes. The rest, such as its name and votes on a newcomer's stake, a node writes by itself. */
export function isEntry({ commands }: WaitingTransaction): boolean {
  return commands.some(
    (one) => (one.kind === 'data' && one.ns !== NAME_NAMESPACE) || one.kind === 'decision',
  );
}

/** A transaction that was not accepted; `lane-full` may be tried again later. */
export class SubmitError extends Error {
  readonly code: SubmitRefusal;
  constructor(code: SubmitRefusal, message: string) {
    super(message);
    this.name = 'SubmitError';
    this.code = code;
  }
}

/** A decision of the owner that changed nothing. */
export class DecisionError extends Error {
  /** halted: the node decides nothing any more. not-silent: it waits for another decision, or for none. */
  readonly code: 'not-silent' | 'halted';
  readonly awaited: OwnerDecision | null;
  constructor(code: DecisionError['code'], message: string, awaited: OwnerDecision | null = null) {
    super(message);
    this.name = 'DecisionError';
    this.code = code;
    this.awaited = awaited;
  }
}

export interface NodeFacade {
  readonly publicKey: PeerText;
  readonly chainId: HashText;
  readonly genesis: Genesis;
  readonly reader: ChainReader;
  /** Resolves once the transaction is durable on this node. @throws SubmitError */
  submit(commands: readonly Command[], ident?: string): Promise<{ readonly ident: string }>;
  waiting(): readonly WaitingTransaction[];
  snapshot(): NodeSnapshot;
  /** `committed` in order and without gaps while subscribed. A listener that throws stops this node's voting. */
  subscribe(listener: (event: PublishEffect) => void): () => void;
  setFaults(faults: TransportFaults): void;
  /**
   * Asks a member to sponsor us, until we are one. What it answers is published as `admission`, if there is an
   * application: in a local network nobody is asked.
   */
  requestJoin(application?: Application): void;
  /** To whoever asked (`joinRequested`). With `admit`, it is sponsored: the answer leaves when that is durable. */
  answerJoin(to: PeerText, admission: Admission, admit: Join | null): void;
  /**
   * The owner decided. Amnesia: it signs at once, whatever it may have forgotten. Clone: it is the only copy from now
   * on, and amnesic. Resolves when that is so, and on disk. @throws DecisionError when it waits for something else
   */
  overrideSilence(decision: OwnerDecision): Promise<void>;
  close(): Promise<void>;
}
