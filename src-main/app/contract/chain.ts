/** Blocks, transactions and state, as the own node has them on disk. */
import { Type, type Static } from 'typebox';
import { CommandKind, Statement } from './node.ts';
import {
  Code,
  Count,
  DataText,
  Height,
  Ident,
  LocalTimeMs,
  Nullable,
  Record,
  Stake,
  Text32,
  View,
  Word,
} from './primitives.ts';

const Seq = Count;

/** One command of a block as the bar shows it: hue and pattern by kind, length by size. */
export const Stripe = Record({ kind: CommandKind, sizeBytes: Count });
export type Stripe = Static<typeof Stripe>;

export const BlockSummary = Record({
  height: Height,
  hash: Text32,
  /** Null for the genesis, which nobody proposed. */
  proposer: Nullable(Text32),
  view: View,
  transactionCount: Count,
  commandCount: Count,
  sizeBytes: Count,
  /** At most the first 64 commands. */
  stripes: Type.Array(Stripe, { maxItems: 64 }),
  /** The stake behind its certificate; null for the genesis. */
  signedStake: Nullable(Stake),
  signerCount: Count,
  /** Who may sign: of how many members its committee is, and their stake. */
  memberCount: Count,
  totalStake: Stake,
  /** When this machine saw it: its own claim. Null for blocks from before this was kept. */
  seenAtMs: Nullable(LocalTimeMs),
});
export type BlockSummary = Static<typeof BlockSummary>;

export const ListBlocksRequest = Record({
  /** Only blocks below this height; null: from the tip. */
  before: Nullable(Height),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
});
/** Newest first. */
export const BlockPage = Record({ blocks: Type.Array(BlockSummary, { maxItems: 100 }), tipHeight: Height });
export type BlockPage = Static<typeof BlockPage>;

export const Command = Type.Union([
  Record({ kind: Type.Literal('data'), ns: Type.String({ maxLength: 128 }), d: DataText }),
  Record({ kind: Type.Literal('decision'), ns: Type.String({ maxLength: 128 }), h: Count, d: DataText }),
  Record({
    kind: Type.Literal('addPeer'),
    publicKey: Text32,
    /** The first stake of a founding member; null for those who joined later: they start with 0. */
    stake: Nullable(Stake),
  }),
  Record({ kind: Type.Literal('removePeer'), publicKey: Text32 }),
  Record({
    kind: Type.Literal('modifyStake'),
    publicKey: Text32,
    ident: Ident,
    /** The change; may be negative. */
    delta: Type.Integer({ minimum: -(2 ** 50), maximum: 2 ** 50 }),
  }),
  Record({ kind: Type.Literal('ready'), height: Count }),
  Record({ kind: Type.Literal('evidence'), publicKey: Text32, first: Statement, second: Statement }),
]);
export type Command = Static<typeof Command>;

export const CommandResult = Record({
  /** noted: a vote or fact was recorded. unchanged: it already was so. */
  outcome: Word('applied', 'noted', 'unchanged', 'rejected'),
  /** Why it was rejected. */
  reason: Nullable(Code),
});
export type CommandResult = Static<typeof CommandResult>;

export const Transaction = Record({
  origin: Text32,
  ident: Ident,
  /** The page of its origin's lane; 0 in the genesis. */
  seq: Seq,
  commands: Type.Array(Record({ command: Command, result: Nullable(CommandResult) }), { maxItems: 128 }),
});
export type Transaction = Static<typeof Transaction>;

/** A run of lane pages that the block takes in. */
export const CutEntry = Record({ origin: Text32, fromSeq: Seq, toSeq: Seq, tipDigest: Text32 });
export type CutEntry = Static<typeof CutEntry>;

export const CertificateMember = Record({ publicKey: Text32, stake: Stake, signed: Type.Boolean() });
export type CertificateMember = Static<typeof CertificateMember>;

export const Certificate = Record({
  /** The view in which it was committed. */
  view: View,
  /** The committee in the order of its indexes. */
  members: Type.Array(CertificateMember, { maxItems: 128 }),
  signedStake: Stake,
  quorumStake: Stake,
  totalStake: Stake,
});
export type Certificate = Static<typeof Certificate>;

export const GetBlockRequest = Record({
  height: Height,
  /** A block may hold thousands of transactions: this page of them, in execution order. */
  transactionOffset: Count,
  transactionLimit: Type.Integer({ minimum: 0, maximum: 200 }),
});

export const BlockDetail = Record({
  summary: BlockSummary,
  previousHash: Text32,
  committeeHash: Text32,
  nextCommitteeHash: Text32,
  /** Of what the blocks before this one did; null for the genesis and block 2, before which none did anything. */
  stateHash: Nullable(Text32),
  cut: Type.Array(CutEntry, { maxItems: 128 }),
  /** Null for the genesis. */
  certificate: Nullable(Certificate),
  transactionOffset: Count,
  transactions: Type.Array(Transaction, { maxItems: 200 }),
});
export type BlockDetail = Static<typeof BlockDetail>;

export const GetTransactionRequest = Record({ origin: Text32, ident: Ident });
export const TransactionAtHeight = Record({ height: Height, transaction: Transaction });
export type TransactionAtHeight = Static<typeof TransactionAtHeight>;

export const StateEntry = Record({
  key: Type.String({ minLength: 1, maxLength: 256 }),
  /** Of data, which a member published under `ns:publicKey`; null: a decision, or what the ledger itself keeps. */
  ns: Nullable(Type.String({ maxLength: 128 })),
  value: DataText,
  /** The block that wrote it. */
  height: Height,
});
export type StateEntry = Static<typeof StateEntry>;

export const GetStateRequest = Record({
  key: Type.String({ minLength: 1, maxLength: 256 }),
  /** The state at this height; null: now. */
  height: Nullable(Height),
});
export const SearchStateRequest = Record({
  /** Part of a key or value; empty finds everything. */
  query: Type.String({ maxLength: 256 }),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
});
export const StateEntries = Record({ entries: Type.Array(StateEntry, { maxItems: 100 }) });
export type StateEntries = Static<typeof StateEntries>;
