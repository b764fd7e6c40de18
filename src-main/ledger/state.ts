/**
 * What the members agree on after a block, beyond the values themselves: members and stakes, committed lane tips,
 * open votes, demotion. It is small, it is a function of the blocks alone, and its snapshot is stored with each block.
 */
import { ByteListType, ContainerType, ListBasicType, ListCompositeType } from '@chainsafe/ssz';
import { equalBytes, fromText, fromUtf8, utf8 } from '../core/bytes.ts';
import { decodeExact } from '../core/encoding.ts';
import * as schemas from '../core/schemas.ts';
import { serialise } from '../core/serialising.ts';
import type { ConsensusParameters, Hash, Height, Member, PeerText, PublicKey } from '../core/types.ts';

/** How many blocks back a `ready` may point (PROTOCOL section 4.8). */
export const READY_WINDOW = 16;

export interface LedgerMember {
  readonly id: number;
  readonly publicKey: PublicKey;
  stake: number;
  /** Id of the member whose addPeer brought it; -1 for the genesis. */
  readonly sponsor: number;
  /** Whether its stake was ever above 0. */
  raised: boolean;
  /** Its stake goes to 0 and then it is gone. */
  leaving: boolean;
  /** Height of its own newest sponsored join; 0 for none. */
  lastSponsoredAt: Height;
  misses: number;
  /** The block that demoted it, and the last height at which it is demoted; 0 for none. */
  demotedAt: Height;
  demotedUntil: Height;
  /** The height its newest valid `ready` names; 0 for none. */
  readyHeight: Height;
  /**
   * The height at which its stake was last set to 0, by evidence or otherwise: evidence from before changes nothing.
   */
  punishedAt: Height;
  laneSeq: number;
  laneDigest: Hash;
}

/** Who has done nothing yet. */
export function newMember(
  who: Pick<LedgerMember, 'id' | 'publicKey' | 'stake' | 'sponsor' | 'raised'>,
  since: Pick<LedgerMember, 'punishedAt' | 'laneSeq' | 'laneDigest'>,
): LedgerMember {
  return {
    ...who,
    leaving: false,
    lastSponsoredAt: 0,
    misses: 0,
    demotedAt: 0,
    demotedUntil: 0,
    readyHeight: 0,
    ...since,
  };
}

/** Votes to change a member's stake (`modify`) or to remove it (`remove`). */
export interface StakeVote {
  readonly remove: boolean;
  readonly target: number;
  readonly delta: number;
  readonly ident: string;
  readonly openedAt: Height;
  readonly voters: number[];
}

export interface DecisionVote {
  readonly ns: string;
  readonly h: Height;
  /** Of the value: the snapshot is stored with each block, and values are in the chain already. */
  readonly valueHash: Hash;
  readonly voters: number[];
}

export interface StakeChange {
  readonly member: number;
  delta: number;
}

export interface LedgerState {
  height: Height;
  stateHash: Hash;
  nextMemberId: number;
  /** This block applied a stake change: the next one may be empty (the flush block). */
  flush: boolean;
  members: LedgerMember[];
  /** C_{height+1}. */
  committee: Member[];
  stakeVotes: StakeVote[];
  stakeQueue: StakeChange[];
  /** The newest applied (target, ident) pairs; each is applied once. */
  appliedVotes: { readonly target: number; readonly ident: string }[];
  decisions: DecisionVote[];
  /** Hashes of the newest blocks, ascending; the last one is the tip. */
  recentHashes: Hash[];
}

const { u8, u32, u64, bytes32 } = schemas;
const ids = new ListBasicType(u32, schemas.MAX_MEMBERS);
const schema = new ContainerType({
  height: u32,
  stateHash: bytes32,
  nextMemberId: u32,
  flush: u8,
  members: new ListCompositeType(
    new ContainerType({
      id: u32,
      publicKey: bytes32,
      stake: u64,
      sponsor: u32,
      raised: u8,
      leaving: u8,
      lastSponsoredAt: u32,
      misses: u8,
      demotedAt: u32,
      demotedUntil: u32,
      readyHeight: u32,
      punishedAt: u32,
      laneSeq: u32,
      laneDigest: bytes32,
    }),
    schemas.MAX_MEMBERS,
  ),
  committee: schemas.members,
  stakeVotes: new ListCompositeType(
    new ContainerType({
      remove: u8,
      target: u32,
      negative: u8,
      amount: u64,
      ident: new ByteListType(schemas.MAX_IDENT_BYTES),
      openedAt: u32,
      voters: ids,
    }),
    2 ** 12,
  ),
  stakeQueue: new ListCompositeType(new ContainerType({ member: u32, negative: u8, amount: u64 }), 2 ** 12),
  appliedVotes: new ListCompositeType(
    new ContainerType({ target: u32, ident: new ByteListType(schemas.MAX_IDENT_BYTES) }),
    2 ** 12,
  ),
  decisions: new ListCompositeType(
    new ContainerType({
      ns: new ByteListType(schemas.MAX_NAMESPACE_BYTES),
      h: u32,
      valueHash: bytes32,
      voters: ids,
    }),
    2 ** 13,
  ),
  recentHashes: new ListCompositeType(bytes32, READY_WINDOW + 1),
});

type Value = ReturnType<typeof schema.deserialize>;

const split = (delta: number) => ({ negative: delta < 0 ? 1 : 0, amount: Math.abs(delta) });
const signed = (value: { negative: number; amount: number }) =>
  value.negative === 1 ? -value.amount : value.amount;
const text = (bytes: Uint8Array) => fromUtf8(bytes) ?? '';

const STATE = {
  to: (state: LedgerState): Value =>
    ({
      ...state,
      flush: state.flush ? 1 : 0,
      members: state.members.map((member) => ({
        ...member,
        sponsor: member.sponsor + 1,
        raised: member.raised ? 1 : 0,
        leaving: member.leaving ? 1 : 0,
      })),
      stakeVotes: state.stakeVotes.map((vote) => ({
        ...vote,
        ...split(vote.delta),
        remove: vote.remove ? 1 : 0,
        ident: utf8(vote.ident),
      })),
      stakeQueue: state.stakeQueue.map((change) => ({ member: change.member, ...split(change.delta) })),
      appliedVotes: state.appliedVotes.map(({ target, ident }) => ({ target, ident: utf8(ident) })),
      decisions: state.decisions.map((vote) => ({ ...vote, ns: utf8(vote.ns) })),
    }) as Value,
  from: (value: Value): LedgerState => ({
    ...value,
    flush: value.flush === 1,
    members: value.members.map((member) => ({
      ...member,
      sponsor: member.sponsor - 1,
      raised: member.raised === 1,
      leaving: member.leaving === 1,
    })),
    stakeVotes: value.stakeVotes.map((vote) => ({
      remove: vote.remove === 1,
      target: vote.target,
      delta: signed(vote),
      ident: text(vote.ident),
      openedAt: vote.openedAt,
      voters: vote.voters,
    })),
    stakeQueue: value.stakeQueue.map((change) => ({ member: change.member, delta: signed(change) })),
    appliedVotes: value.appliedVotes.map(({ target, ident }) => ({ target, ident: text(ident) })),
    decisions: value.decisions.map((vote) => ({ ...vote, ns: text(vote.ns) })),
  }),
};

export function encodeLedgerState(state: LedgerState): Uint8Array {
  return serialise(schema, STATE.to(state));
}

/** @throws DecodeError */
export function decodeLedgerState(bytes: Uint8Array): LedgerState {
  return decodeExact(schema, bytes, 2 ** 28, 'ledger state', STATE);
}

export function memberById(state: LedgerState, id: number): LedgerMember | undefined {
  return state.members.find((member) => member.id === id);
}

export function memberByKey(state: LedgerState, publicKey: PeerText): LedgerMember | undefined {
  const wanted = fromText(publicKey);
  return wanted && state.members.find((member) => equalBytes(member.publicKey, wanted));
}

export function totalStake(state: LedgerState): number {
  return state.members.reduce((sum, member) => sum + member.stake, 0);
}

/** Members with stake after this block, as (id, key, stake) in the order of ids: C_{height+2}. */
export function stakedMembers(state: LedgerState): Member[] {
  return state.members
    .filter((m) => m.stake > 0)
    .map(({ id, publicKey, stake }) => ({ id, publicKey, stake }));
}

export function isDemoted(state: LedgerState, id: number, height: Height): boolean {
  const member = memberById(state, id);
  return (
    member !== undefined && member.demotedAt > 0 && height > member.demotedAt && height <= member.demotedUntil
  );
}

/** Why a member with stake may not sponsor one more newcomer at this height, or null (PROTOCOL section 4.8). */
export function sponsorRefusal(
  state: LedgerState,
  sponsor: LedgerMember,
  height: Height,
  { maxSponsored, sponsorIntervalHeights }: ConsensusParameters,
): 'members-full' | 'sponsor-limit' | null {
  if (state.members.length >= schemas.MAX_MEMBERS) return 'members-full';
  const sponsored = state.members.filter((member) => member.sponsor === sponsor.id && !member.raised);
  const isTooSoon = sponsor.lastSponsoredAt > 0 && height - sponsor.lastSponsoredAt < sponsorIntervalHeights;
  return sponsored.length >= maxSponsored || isTooSoon ? 'sponsor-limit' : null;
}
