/**
 * The ledger: final blocks in, results and state changes out (PROTOCOL sections 3 and 4.8). Order first, execute
 * afterwards: the block decides the order, execution can reject a command but never a block. Deterministic: no
 * clock, no randomness, no I/O.
 */
import { concatBytes, toText, utf8 } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { encodeMembers, ZERO_HASH } from '../core/encoding.ts';
import { areSameMembers, type Committee } from '../core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../core/sealed.ts';
import type { ConsensusParameters, Genesis, Hash, Height, Member, Transaction } from '../core/types.ts';
import { executeCommand } from './commands.ts';
import { LANE_PREFIX, laneKey, laneValue } from './departed-lanes.ts';
import { recordBundle, recordLeaders } from './demotion.ts';
import { TAKEN_PREFIX } from './own-keys.ts';
import { applyStakeQueue, drain, expireVotes, forgetVotes } from './stake.ts';
import type { LedgerMember, LedgerState } from './state.ts';
import { memberById, memberByKey, newMember, READY_WINDOW, stakedMembers } from './state.ts';
import type { CommandResult, ExecutedTransaction, StateWrite } from './types.ts';

/** Reads of values that blocks wrote long ago; the store implements it. */
export interface ValueReader {
  value(key: string): { readonly value: string } | undefined;
}

export interface Execution {
  readonly transactions: readonly ExecutedTransaction[];
  readonly writes: readonly StateWrite[];
  /** Whether some member's stake changed: the next block may be an empty flush block. */
  readonly stakeChanged: boolean;
}

/** What the ledger reads back of what it wrote: taken decisions, and where the lanes of keys that left stopped. */
const READ_PREFIXES = [TAKEN_PREFIX, LANE_PREFIX];
/**
 * Blocks whose values may not have reached the store yet. A turn writes once, and commits what four answers of 64
 * blocks brought, and what is decided on top of them.
 */
const UNWRITTEN_HEIGHTS = 1024;

/** The state after the genesis block (block 1) and the values it writes. */
export function genesisState(
  genesis: Genesis,
  genesisHash: Hash,
): { state: LedgerState; writes: StateWrite[] } {
  const since = { punishedAt: 0, laneSeq: 0, laneDigest: ZERO_HASH };
  const members = genesis.members.map(({ publicKey, stake }, id) =>
    newMember({ id, publicKey, stake, sponsor: -1, raised: true }, since),
  );
  const state: LedgerState = {
    height: 1,
    stateHash: ZERO_HASH,
    nextMemberId: members.length,
    flush: false,
    members,
    committee: [],
    stakeVotes: [],
    stakeQueue: [],
    appliedVotes: [],
    decisions: [],
    recentHashes: [genesisHash],
  };
  state.committee = stakedMembers(state);
  const writes = members.map(({ publicKey, stake }) => ({
    key: `peer:${toText(publicKey)}`,
    value: String(stake),
    height: 1,
    origin: toText(ZERO_HASH),
    ident: 'genesis',
  }));
  return { state, writes };
}

export class Ledger {
  readonly state: LedgerState;
  readonly #chainId: Hash;
  readonly #parameters: ConsensusParameters;
  readonly #crypto: Crypto;
  readonly #values: ValueReader;
  /** What the newest blocks wrote under READ_PREFIXES, by key; pruned by height. */
  readonly #newest = new Map<string, { readonly value: string | null; readonly height: Height }>();

  /** It seldom changes, and is in every state hash. */
  #committee: { readonly members: readonly Member[]; readonly hash: Hash } | null = null;

  constructor(
    options: { state: LedgerState; chainId: Hash; parameters: ConsensusParameters },
    dependencies: { crypto: Crypto; values: ValueReader },
  ) {
    this.state = options.state;
    this.#chainId = options.chainId;
    this.#parameters = options.parameters;
    this.#crypto = dependencies.crypto;
    this.#values = dependencies.values;
  }

  /** Executes the block of height state.height + 1, decided by `committee`; bundles in execution order. */
  execute(sealed: SealedHeader, bundles: readonly SealedBundle[], committee: Committee): Execution {
    const { state } = this;
    const { header, hash } = sealed;
    const { height } = header;
    if (height !== state.height + 1) throw new Error(`block ${height} does not follow ${state.height}`);
    const nextCommittee = stakedMembers(state);
    const writes: StateWrite[] = [];
    recordLeaders(state, header, committee, this.#parameters.demotionHeights);
    const transactions = bundles.flatMap((bundle, index) =>
      this.#executeBundle(bundle, index, height, writes),
    );
    const changed = applyStakeQueue(state, height);
    this.#settleMembers(changed, height, bundles, writes);
    expireVotes(state, height);
    state.height = height;
    state.committee = nextCommittee;
    state.flush = changed.size > 0;
    state.recentHashes = [...state.recentHashes, hash].slice(-READY_WINDOW - 1);
    state.stateHash = this.#nextStateHash(hash, transactions, writes);
    this.#prune(height);
    return { transactions, writes, stakeChanged: state.flush };
  }

  #executeBundle(
    sealed: SealedBundle,
    bundleIndex: number,
    height: Height,
    writes: StateWrite[],
  ): ExecutedTransaction[] {
    const { origin: publicKey, seq, transactions } = sealed.bundle;
    const origin = toText(publicKey);
    const member = memberByKey(this.state, origin);
    if (member === undefined) throw new Error('bundle of a key that is no member');
    member.laneSeq = seq;
    member.laneDigest = sealed.digest;
    recordBundle(this.state, member.id, height);
    return transactions.map((transaction, transactionIndex) => ({
      origin,
      ident: transaction.ident,
      bundleIndex,
      transactionIndex,
      results: this.#executeTransaction(transaction, member, height, writes),
    }));
  }

  #executeTransaction(
    transaction: Transaction,
    member: LedgerMember,
    height: Height,
    writes: StateWrite[],
  ): CommandResult[] {
    const origin = toText(member.publicKey);
    const { ident } = transaction;
    const context = {
      state: this.state,
      crypto: this.#crypto,
      chainId: this.#chainId,
      parameters: this.#parameters,
      height,
      member,
      ident,
      write: (key: string, value: string | null) =>
        this.#write(writes, { key, value, height, origin, ident }),
      read: (key: string) => this.#read(key),
    };
    return transaction.commands.map((command) => executeCommand(context, command));
  }

  #write(writes: StateWrite[], write: StateWrite): void {
    const { key, value, height } = write;
    writes.push(write);
    if (READ_PREFIXES.some((prefix) => key.startsWith(prefix))) this.#newest.set(key, { value, height });
  }

  #read(key: string): string | undefined {
    const newest = this.#newest.get(key);
    return newest === undefined ? this.#values.value(key)?.value : (newest.value ?? undefined);
  }

  /** Writes changed stakes and lets members go whose stake has arrived at 0 on their way out. */
  #settleMembers(
    changed: ReadonlySet<number>,
    height: Height,
    bundles: readonly SealedBundle[],
    writes: StateWrite[],
  ): void {
    const { state } = this;
    const last = bundles.at(-1)?.bundle;
    const origin = toText(last?.origin ?? ZERO_HASH);
    const ident = last?.transactions.at(-1)?.ident ?? 'flush';
    for (const id of [...changed].sort((a, b) => a - b)) {
      const member = memberById(state, id)!;
      writes.push({
        key: `peer:${toText(member.publicKey)}`,
        value: String(member.stake),
        height,
        origin,
        ident,
      });
    }
    for (const member of state.members.filter((candidate) => candidate.leaving)) {
      if (member.stake > 0) {
        drain(state, member);
        continue;
      }
      const { publicKey } = member;
      state.members.splice(state.members.indexOf(member), 1);
      forgetVotes(state, member.id);
      this.#write(writes, { key: laneKey(publicKey), value: laneValue(member), height, origin, ident });
      writes.push({ key: `peer:${toText(publicKey)}`, value: null, height, origin, ident });
    }
  }

  /** Rolls the block, every result, every written value and the members into the hash that the next header binds. */
  #nextStateHash(
    blockHash: Hash,
    transactions: readonly ExecutedTransaction[],
    writes: readonly StateWrite[],
  ): Hash {
    const outcomes = transactions.flatMap((transaction) =>
      transaction.results.map((result) => (result.outcome === 'rejected' ? result.reason : result.outcome)),
    );
    const values = writes.map((write) => `${write.key}=${write.value === null ? '-' : `+${write.value}`}`);
    const members = this.state.members.map(
      (m) => `${m.id}:${m.stake}:${m.misses}:${m.demotedAt}:${m.demotedUntil}`,
    );
    const digest = this.#crypto.hash(utf8([...outcomes, '', ...members, '', ...values].join('\n')));
    return this.#crypto.hash(concatBytes(this.state.stateHash, blockHash, digest, this.#committeeHash()));
  }

  #committeeHash(): Hash {
    const { committee } = this.state;
    if (this.#committee === null || !areSameMembers(this.#committee.members, committee))
      this.#committee = { members: committee, hash: this.#crypto.hash(encodeMembers(committee)) };
    return this.#committee.hash;
  }

  #prune(height: Height): void {
    for (const [key, write] of this.#newest)
      if (write.height < height - UNWRITTEN_HEIGHTS) this.#newest.delete(key);
  }
}
