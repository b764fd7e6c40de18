/** Follows a chain block by block from what is known of it: links, committees, results and bodies, no signatures. */
import { equalBytes, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { LanePool, type Resolution } from '../core/lanes.ts';
import { Committee } from '../core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../core/sealed.ts';
import type { ConsensusParameters, Hash, Height } from '../core/types.ts';
import { Ledger, type Execution, type ValueReader } from '../ledger/ledger.ts';
import { stakedMembers, type LedgerState } from '../ledger/state.ts';

export interface FollowerOptions {
  readonly chainId: Hash;
  readonly parameters: ConsensusParameters;
  /** After the tip. */
  readonly state: LedgerState;
  readonly tipHash: Hash;
}

export class ChainFollower {
  readonly #chainId: Hash;
  readonly #crypto: Crypto;
  readonly #ledger: Ledger;
  readonly #pool: LanePool;
  #tipHash: Hash;
  /** Who decides the block after the tip, and the one after that. */
  #committee: Committee;
  #next: Committee;

  constructor(options: FollowerOptions, dependencies: { crypto: Crypto; values: ValueReader }) {
    const { chainId, parameters, state, tipHash } = options;
    this.#chainId = chainId;
    this.#crypto = dependencies.crypto;
    this.#ledger = new Ledger({ state, chainId, parameters }, dependencies);
    this.#pool = new LanePool(parameters);
    this.#tipHash = tipHash;
    this.#committee = new Committee(state.committee, this.#crypto);
    this.#next = Committee.of(stakedMembers(state), this.#crypto, [this.#committee]);
  }

  get height(): Height {
    return this.#ledger.state.height;
  }

  get tipHash(): Hash {
    return this.#tipHash;
  }

  get state(): LedgerState {
    return this.#ledger.state;
  }

  get committee(): Committee {
    return this.#committee;
  }

  /** Why this is not the header of the block after the tip, whoever signed it. */
  linkFault({ header }: SealedHeader): 'broken-link' | 'wrong-committee' | undefined {
    const follows = header.height === this.height + 1 && equalBytes(header.prev, this.#tipHash);
    if (!follows || !equalBytes(header.chainId, this.#chainId)) return 'broken-link';
    const isOfCommittee = equalBytes(header.committeeHash, this.#committee.hash);
    return isOfCommittee && equalBytes(header.nextCommitteeHash, this.#next.hash)
      ? undefined
      : 'wrong-committee';
  }

  /** Whether it binds what executing the blocks before it gave. */
  hasState({ header }: SealedHeader): boolean {
    return equalBytes(header.stateHash, this.state.stateHash);
  }

  /** What the cut cites, out of these bundles; of two with one digest and other signatures, those given here. */
  bodyOf({ header }: SealedHeader, bundles: readonly SealedBundle[]): Resolution {
    this.#pool.settle(this.state.members);
    this.#pool.cite(bundles.map(({ digest }) => digest));
    for (const sealed of bundles) this.#pool.add(sealed);
    const resolution = this.#pool.resolve(header.cut, header.height);
    if (!resolution.ok) return resolution;
    const given = new Map(bundles.map((sealed) => [toText(sealed.digest), sealed]));
    return { ...resolution, bundles: resolution.bundles.map((one) => given.get(toText(one.digest)) ?? one) };
  }

  execute(sealed: SealedHeader, bundles: readonly SealedBundle[]): Execution {
    const execution = this.#ledger.execute(sealed, bundles, this.#committee);
    this.#tipHash = sealed.hash;
    const known = [this.#next, this.#committee];
    this.#committee = Committee.of(this.state.committee, this.#crypto, known);
    this.#next = Committee.of(stakedMembers(this.state), this.#crypto, known);
    return execution;
  }
}
