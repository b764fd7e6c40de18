/** Publishing a record, sealing a file, and proving it. */
import { Type, type Static } from 'typebox';
import { CommandResult } from './chain.ts';
import {
  Code,
  Count,
  DataText,
  Height,
  Ident,
  NameSpace,
  Nullable,
  Record,
  Stake,
  Text32,
  Word,
} from './primitives.ts';

export const PublishDataRequest = Record({ ns: NameSpace, d: DataText });
export type PublishDataRequest = Static<typeof PublishDataRequest>;

/** Accepted: on this machine's disk, so that it survives a crash; not in a block yet. */
export const Accepted = Record({ origin: Text32, ident: Ident, ns: NameSpace });
export type Accepted = Static<typeof Accepted>;

export const TransactionProgress = Record({
  origin: Text32,
  ident: Ident,
  stage: Word('accepted', 'committed'),
  height: Nullable(Height),
  /** One per command, once it is committed. */
  results: Type.Array(CommandResult, { maxItems: 16 }),
});
export type TransactionProgress = Static<typeof TransactionProgress>;

/**
 * The window computes the SHA-256 itself, from a stream: the file never leaves the machine, nor does its name unless
 * the person writes it into the note, which becomes public.
 */
export const SealFileRequest = Record({ fileHash: Text32, note: Type.String({ maxLength: 256 }) });
export type SealFileRequest = Static<typeof SealFileRequest>;

export const GetProofRequest = Record({
  fileHash: Text32,
  /** Whose seal; null: the own one. */
  origin: Nullable(Text32),
});

/** A proof holds bundles and headers; larger ones are refused on both sides. */
const ProofText = Type.String({ minLength: 2, maxLength: 4 * 1024 * 1024 });

export const ProofFile = Record({
  /** A name to offer when saving. */
  suggestedFileName: Type.String({ maxLength: 128 }),
  content: ProofText,
  height: Height,
});
export type ProofFile = Static<typeof ProofFile>;

export const VerifyProofRequest = Record({
  proof: ProofText,
  fileHash: Text32,
  /** What the proof must belong to; null: whatever network it names (then the answer says which). */
  chainId: Nullable(Text32),
});
export type VerifyProofRequest = Static<typeof VerifyProofRequest>;

export const ProofCheck = Record({
  /** In the order in which they build on each other. */
  name: Word('format', 'network', 'file', 'record', 'lane', 'committee', 'certificate'),
  /** open: not looked at, because one before it failed. */
  outcome: Word('passed', 'failed', 'open'),
  /** Why it failed. */
  reason: Nullable(Code),
});
export type ProofCheck = Static<typeof ProofCheck>;

export const Verdict = Record({
  valid: Type.Boolean(),
  checks: Type.Array(ProofCheck, { maxItems: 16 }),
  /** What the proof says of itself, as far as it could be read; to be believed only when it is valid. */
  claim: Nullable(
    Record({
      chainId: Text32,
      networkName: Type.String({ maxLength: 256 }),
      height: Height,
      blockHash: Text32,
      origin: Text32,
      ident: Ident,
      fileHash: Text32,
      note: DataText,
      signerCount: Count,
      /** Of how many members, and with how much of the stake of all. */
      memberCount: Count,
      signedStake: Stake,
      totalStake: Stake,
    }),
  ),
});
export type Verdict = Static<typeof Verdict>;
