/** A ledger that executes blocks of commands, as a quorum would have decided them. */
import { toText } from '../../../src-main/core/bytes.ts';
import { Committee, leaderOf } from '../../../src-main/core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../../../src-main/core/sealed.ts';
import type { Command, ConsensusParameters, Header } from '../../../src-main/core/types.ts';
import { genesisState, Ledger, type Execution } from '../../../src-main/ledger/ledger.ts';
import {
  decodeLedgerState,
  encodeLedgerState,
  isDemoted,
  memberByKey,
  stakedMembers,
  type LedgerMember,
  type LedgerState,
} from '../../../src-main/ledger/state.ts';
import type { CommandResult, StateWrite } from '../../../src-main/ledger/types.ts';
import { bundleOf, crypto, headerOf, keyOf, networkOf, type TestNetwork } from '../core/builders.ts';

/** Who says what; the number is that of the key. */
export type Saying = readonly [number, ...Command[]];

export class LedgerBench {
  readonly network: TestNetwork;
  ledger: Ledger;
  readonly blocks: SealedHeader[] = [];
  /** What the store would answer: every value written so far. */
  readonly values = new Map<string, StateWrite>();
  #ident = 0;

  constructor(stakes: readonly number[] = [1, 1, 1, 1], parameters: Partial<ConsensusParameters> = {}) {
    this.network = networkOf(stakes, parameters);
    const { genesis, chainId } = this.network;
    const { state, writes } = genesisState(genesis, chainId);
    this.#store(writes);
    this.ledger = this.#ledgerOf(state);
  }

  /** Takes up what is stored, as a node does that starts again. */
  restart(): void {
    this.ledger = this.#ledgerOf(decodeLedgerState(encodeLedgerState(this.state)));
  }

  get state(): Ledger['state'] {
    return this.ledger.state;
  }

  /** The height of the next block. */
  get next(): number {
    return this.state.height + 1;
  }

  member(key: number): LedgerMember {
    return memberByKey(this.state, keyOf(key).text)!;
  }

  isMember(key: number): boolean {
    return memberByKey(this.state, keyOf(key).text) !== undefined;
  }

  stakes(): number[] {
    return this.state.members.map(({ stake }) => stake);
  }

  bundle(key: number, ...commands: readonly Command[]): SealedBundle {
    const { laneSeq, laneDigest } = this.member(key);
    const transactions = [{ ident: `ident-${++this.#ident}`, commands }];
    return bundleOf(this.network.chainId, keyOf(key), laneSeq + 1, laneDigest, transactions);
  }

  /** Executes one block of these bundles, proposed in `view` by its leader. */
  execute(bundles: readonly SealedBundle[], view = 0): Execution {
    const { state } = this;
    const height = this.next;
    const committee = new Committee(state.committee, crypto);
    const proposer = leaderOf(committee, height, view, (id) => isDemoted(state, id, height)).id;
    const changes: Partial<Header> = {
      height,
      view,
      proposer,
      prev: state.recentHashes.at(-1)!,
      committeeHash: committee.hash,
      nextCommitteeHash: new Committee(stakedMembers(state), crypto).hash,
      stateHash: state.stateHash,
    };
    const sealed = headerOf(this.network, changes);
    const execution = this.ledger.execute(sealed, bundles, committee);
    this.blocks.push(sealed);
    this.#store(execution.writes);
    return execution;
  }

  /** One block in which everybody says one thing; what became of each command, in order. */
  block(...sayings: readonly Saying[]): string[] {
    const bundles = sayings.map(([key, ...commands]) => this.bundle(key, ...commands));
    return this.execute(bundles).transactions.flatMap(({ results }) => results.map(nameOf));
  }

  /** Empty blocks up to and including this height. */
  emptyUntil(height: number): void {
    while (this.state.height < height) this.execute([]);
  }

  value(key: string): string | null {
    return this.values.get(key)?.value ?? null;
  }

  peerKey(key: number): string {
    return `peer:${toText(keyOf(key).publicKey)}`;
  }

  #ledgerOf(state: LedgerState): Ledger {
    const { genesis, chainId } = this.network;
    const value = (key: string) => {
      const found = this.values.get(key)?.value ?? null;
      return found === null ? undefined : { value: found };
    };
    return new Ledger({ state, chainId, parameters: genesis.parameters }, { crypto, values: { value } });
  }

  #store(writes: readonly StateWrite[]): void {
    for (const write of writes) this.values.set(write.key, write);
  }
}

function nameOf(result: CommandResult): string {
  return result.outcome === 'rejected' ? result.reason : result.outcome;
}
