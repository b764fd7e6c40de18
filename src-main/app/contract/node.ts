/** The newest state of the own node and what it knows of the others, as one snapshot. */
import { Type, type Static } from 'typebox';
import { ContractError } from './errors.ts';
import {
  Count,
  DisplayName,
  Height,
  Ident,
  Milliseconds,
  NetworkId,
  Nullable,
  Record,
  Stake,
  Text32,
  Text64,
  View,
  Word,
} from './primitives.ts';
import { Reach } from './reach.ts';

export const MessageKind = Word(
  'propose',
  'vote',
  'commit',
  'skip',
  'certificate',
  'bundle',
  'status',
  'pull',
  'syncRequest',
  'syncResponse',
  'join',
  'address',
  'admission',
);
export type MessageKind = Static<typeof MessageKind>;

/** The newest message that the own node heard of a peer; height and view where the message has them. */
export const LastSaid = Record({ kind: MessageKind, height: Nullable(Height), view: Nullable(View) });
export type LastSaid = Static<typeof LastSaid>;

/** What the owner may decide about a node that signs nothing. */
export const OwnerDecision = Word('amnesia', 'clone');
export type OwnerDecision = Static<typeof OwnerDecision>;

export const OverrideSilenceRequest = Record({ decision: OwnerDecision });

export const NodeProcess = Record({
  state: Word('running', 'stopped', 'starting', 'stopping', 'killed', 'failed'),
  /** The operating system's process id while it runs. */
  pid: Nullable(Count),
  /** Why it is `failed`. */
  failure: Nullable(ContractError),
});
export type NodeProcess = Static<typeof NodeProcess>;

/** What a member signed about a round, whole: who has the public key can check it. */
export const Statement = Record({
  kind: Word('propose', 'vote', 'commit', 'skip'),
  height: Height,
  view: View,
  /** The block it is about; null for a skip, which names a stamp instead. */
  hash: Nullable(Text32),
  /** For a skip: the view of the highest stamp that it names, -1 for none. */
  hn: Nullable(Type.Integer({ minimum: -1, maximum: 2 ** 32 })),
  signature: Text64,
});
export type Statement = Static<typeof Statement>;

/** Two statements of one member that contradict each other, recorded in a block; it lost its stake by that. */
export const Evidence = Record({ block: Height, first: Statement, second: Statement });
export type Evidence = Static<typeof Evidence>;

export const SignedDigest = Record({ digest: Text32, signature: Text64 });
export type SignedDigest = Static<typeof SignedDigest>;
/** Two pages with one number in the lane of a member, as the own node has seen them: without effect on stake. */
export const LaneFork = Record({ seq: Count, first: SignedDigest, second: SignedDigest });
export type LaneFork = Static<typeof LaneFork>;

export const Member = Record({
  publicKey: Text32,
  name: DisplayName,
  fingerprint: Type.String({ maxLength: 39 }),
  /** full: has stake and votes; observer: stake 0, everything but voting. */
  role: Word('full', 'observer'),
  stake: Stake,
  isSelf: Type.Boolean(),
  /** The process on this machine behind it; null for a node elsewhere and for the own node. */
  process: Nullable(NodeProcess),
  connected: Type.Boolean(),
  /** Why it signs nothing although it is here, as a node on this machine says it; nobody knows it of others. */
  silence: Nullable(ContractError),
  roundTripMs: Nullable(Milliseconds),
  lastHeardMsAgo: Nullable(Milliseconds),
  lastSaid: Nullable(LastSaid),
  /** The highest block that it is known to have; null until it said so. */
  height: Nullable(Height),
  /** How many blocks behind the own tip; 0 when it has them all, null when its height is unknown. */
  behindBy: Nullable(Count),
  /** Does not lead up to this height, because it missed its turns (PROTOCOL section 4.2). */
  demotedUntil: Nullable(Height),
  evidence: Nullable(Evidence),
  laneFork: Nullable(LaneFork),
  /** An earlier member whose name looks like this one's: it may pretend to be that one. */
  looksLike: Nullable(Text32),
  /**
   * What members may vote that it gets, by hand where they do not do so by themselves: so much stake, so that the loss
   * of one of two or three members ends nothing. ident: of the vote, the same for all of them; null: a vote of its own.
   * Null where there is nothing to give, and in a network of this machine alone.
   */
  raise: Nullable(Record({ delta: Stake, ident: Nullable(Ident) })),
  /** Null while it is connected, and for the own node. */
  away: Nullable(
    Record({
      /** Since it was last heard, or since the own node started where it was not heard yet. */
      sinceMs: Milliseconds,
      /** So long that its stake might better be lowered: as long as it counts, it weakens the margin. */
      isLong: Type.Boolean(),
      /** Whether enough members are here to lower its stake; later nobody could. */
      mayLower: Type.Boolean(),
      /** How many more may disappear now, if its stake were 0. */
      membersToSpareWithout: Count,
    }),
  ),
});
export type Member = Static<typeof Member>;

/**
 * How many more may disappear before new entries stop (PROTOCOL section 2: a quorum is more than two thirds).
 * All of it follows from the stakes and from who is connected.
 */
export const Margin = Record({
  /**
   * holds: the connected members that sign are a quorum. waits: they are not, new entries wait. none: nobody has
   * stake.
   */
  state: Word('holds', 'waits', 'none'),
  /** Any so many of the connected full members may disappear, whichever they are, and the rest is still a quorum. */
  membersToSpare: Count,
  /** At most so much connected stake may disappear. */
  stakeToSpare: Stake,
  /** While waiting: at least so many of the absent members must come back. */
  missingMembers: Count,
  /** While waiting: at least so much stake must come back. */
  missingStake: Stake,
  /** membersToSpare if everybody were connected: 0 means that this network always needs everybody. */
  membersToSpareWhenComplete: Count,
  connectedStake: Stake,
  /** The smallest stake that is a quorum. */
  quorumStake: Stake,
  totalStake: Stake,
  connectedMembers: Count,
  totalMembers: Count,
});
export type Margin = Static<typeof Margin>;

export const CommandKind = Word(
  'data',
  'decision',
  'addPeer',
  'removePeer',
  'modifyStake',
  'ready',
  'evidence',
);
export type CommandKind = Static<typeof CommandKind>;

/** An own entry that is on this machine's disk and not in a block yet. */
export const WaitingEntry = Record({
  ident: Ident,
  /** The kind of its first command. */
  kind: CommandKind,
  /** The name space of its first command where it has one. */
  ns: Nullable(Type.String({ maxLength: 128 })),
  commandCount: Count,
  /** true: signed into the own lane and sent to the others; false: queued behind a full lane. */
  bundled: Type.Boolean(),
});
export type WaitingEntry = Static<typeof WaitingEntry>;

/** Since the node started. */
export const NodeCounters = Record({
  rejectedInputs: Count,
  bytesSent: Count,
  bytesReceived: Count,
  datagramsSent: Count,
  datagramsReceived: Count,
});
export type NodeCounters = Static<typeof NodeCounters>;

/** What members vote about a member, and has no quorum yet. Joining a vote takes its ident and change. */
export const OpenVote = Record({
  target: Text32,
  kind: Word('raise', 'lower', 'remove'),
  delta: Type.Integer(),
  ident: Type.String({ maxLength: 32 }),
  votedStake: Stake,
  totalStake: Stake,
  hasVoted: Type.Boolean(),
});
export type OpenVote = Static<typeof OpenVote>;

/** Why the own node is no member any more, as the chain says. */
export const Removal = Record({
  height: Height,
  by: Word('itself', 'vote'),
  /** Of those who voted for it; null where it left by itself. */
  votedStake: Nullable(Stake),
  totalStake: Nullable(Stake),
});
export type Removal = Static<typeof Removal>;

/**
 * none: no network is open · starting: reading its database · checking: waits to hear from the others before it
 * signs · catchingUp: fetches blocks · running · halted: signs nothing any more, serves reads (see reason) ·
 * amnesia and clone: signs nothing until it is safe (see reason) · stopping.
 */
export const NodePhase = Word(
  'none',
  'starting',
  'checking',
  'catchingUp',
  'running',
  'halted',
  'amnesia',
  'clone',
  'stopping',
);
export type NodePhase = Static<typeof NodePhase>;

/** What is true of an open network. */
export const OpenNetwork = Record({
  id: NetworkId,
  name: DisplayName,
  kind: Word('local', 'shared'),
  chainId: Text32,
  height: Height,
  tipHash: Text32,
  /** The round of voting on the next block; it rises while agreement is hard to reach. */
  view: View,
  /** Something waits to be decided. */
  busy: Type.Boolean(),
  /** The highest block that a peer has, while the own node catches up with it. */
  syncTarget: Nullable(Height),
  /**
   * Of a node that joined the fast way. proving: up to `proved` all signatures were checked, up to `to` the blocks are
   * those that the invitation names. dropped: what came did not lead to that block, and every block is checked.
   */
  fastWay: Nullable(Record({ state: Word('proving', 'dropped'), proved: Count, to: Count })),
  self: Record({
    publicKey: Text32,
    name: DisplayName,
    role: Word('full', 'observer'),
    stake: Stake,
    /** left: it was a member and the network has removed it. */
    membership: Word('member', 'left', 'none'),
    /** Where `membership` is `left`. */
    removal: Nullable(Removal),
  }),
  /** In the order of their member ids. */
  members: Type.Array(Member, { maxItems: 128 }),
  margin: Margin,
  /** Oldest first. */
  votes: Type.Array(OpenVote, { maxItems: 64 }),
  /** The oldest own waiting entries, at most 64. None of what the node writes by itself. */
  waiting: Type.Array(WaitingEntry, { maxItems: 64 }),
  waitingCount: Count,
  counters: NodeCounters,
  /** How other machines reach the own node; null in a network of this machine alone. */
  reach: Nullable(Reach),
});
export type OpenNetwork = Static<typeof OpenNetwork>;

export const NodeSnapshot = Record({
  /** Rises with every snapshot of this host process. */
  version: Count,
  phase: NodePhase,
  reason: Nullable(ContractError),
  network: Nullable(OpenNetwork),
});
export type NodeSnapshot = Static<typeof NodeSnapshot>;
