/** A short chain with real signatures and a real ledger, in memory, whose committee changes. */
import { toText } from '../../../src-main/core/bytes.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import type { Command, Member } from '../../../src-main/core/types.ts';
import { genesisState, Ledger } from '../../../src-main/ledger/ledger.ts';
import { stakedMembers } from '../../../src-main/ledger/state.ts';
import type { ChainReader, StoredBlock, StoredValue } from '../../../src-main/node/ports.ts';
import { crypto, KEYS, makeBundle, makeCertificate, makeGenesis, makeHeader } from '../proof/fixture.ts';

export const GENESIS_BYTES = encodeGenesis(makeGenesis());
export const CHAIN_ID = crypto.hash(GENESIS_BYTES);

export class ChainDouble {
  readonly blocks = new Map<number, StoredBlock>();
  readonly #values = new Map<string, StoredValue[]>();
  readonly #ledger: Ledger;
  readonly #lanes = KEYS.map(() => ({ seq: 0, tip: encoding.ZERO_HASH }));
  #tip = CHAIN_ID;

  constructor() {
    const { state } = genesisState(makeGenesis(), CHAIN_ID);
    const values = { value: (key: string) => this.#valueAt(key, Infinity) };
    const { parameters } = makeGenesis();
    this.#ledger = new Ledger({ state, chainId: CHAIN_ID, parameters }, { crypto, values });
  }

  get height(): number {
    return this.#ledger.state.height;
  }

  /** The next block, with one bundle for each entry: commands by the key of that index, which is its member id. */
  append(...content: readonly (readonly [keyIndex: number, commands: readonly Command[]])[]): void {
    const { state } = this.#ledger;
    const committee = new Committee(state.committee, crypto);
    // One bundle per lane: in the order of the members, from the one whose turn it is (PROTOCOL section 3).
    const lanes = content.map(([keyIndex, commands]) => this.#bundle(keyIndex, commands));
    const first = lanes.length === 0 ? 0 : (state.height + 1) % lanes.length;
    const bundles = [...lanes.slice(first), ...lanes.slice(0, first)];
    const cut = lanes.map(({ bundle, digest }) => {
      const owner = state.members.find(({ publicKey }) => toText(publicKey) === toText(bundle.origin))!;
      return { origin: owner.id, toSeq: bundle.seq, tipDigest: digest };
    });
    const next = new Committee(stakedMembers(state), crypto);
    const base = makeHeader(CHAIN_ID, state.height + 1, cut, committee, next).header;
    const sealed = encoding.sealHeader({ ...base, prev: this.#tip, stateHash: state.stateHash }, crypto);
    const certificate = makeCertificate(
      sealed,
      committee,
      committee.members.map((_, index) => index),
    );
    const { transactions, writes } = this.#ledger.execute(sealed, bundles, committee);
    for (const { key, value, height, origin, ident } of writes) {
      this.#values.set(key, [
        ...(this.#values.get(key) ?? []),
        { key, value: value ?? '', height, origin, ident },
      ]);
    }
    this.#tip = sealed.hash;
    this.blocks.set(state.height, {
      height: state.height,
      hash: sealed.hash,
      headerBytes: sealed.bytes,
      certificateBytes: encoding.encodeCertificate(certificate),
      bundles: bundles.map(({ bytes }) => bytes),
      transactions,
      committee: committee.members,
    });
  }

  /** The committee that decides the next block. */
  committee(): readonly Member[] {
    return this.#ledger.state.committee;
  }

  reader(): ChainReader {
    const unused = (): undefined => undefined;
    return {
      tip: () => ({ height: this.height, hash: this.#tip, snapshot: new Uint8Array(0) }),
      genesisBytes: () => GENESIS_BYTES,
      block: (height) => this.blocks.get(height),
      transaction: (origin, ident) => {
        for (const { height, transactions } of this.blocks.values()) {
          const found = transactions.find((one) => one.origin === origin && one.ident === ident);
          if (found !== undefined) return { ...found, height };
        }
        return undefined;
      },
      value: (key, atHeight = Infinity) => this.#valueAt(key, atHeight),
      searchValues: () => [],
      searchBlocks: () => [],
      heightOfHash: unused,
      bundle: unused,
      laneBundle: unused,
      committee: unused,
    };
  }

  #valueAt(key: string, atHeight: number): StoredValue | undefined {
    return this.#values.get(key)?.findLast(({ height }) => height <= atHeight);
  }

  #bundle(keyIndex: number, commands: readonly Command[]): SealedBundle {
    const lane = this.#lanes[keyIndex]!;
    lane.seq += 1;
    const sealed = makeBundle(CHAIN_ID, KEYS[keyIndex]!, lane.seq, lane.tip, commands);
    lane.tip = sealed.digest;
    return sealed;
  }
}
