import type { CommittedBlock } from '../../../src-main/core/effects.ts';
import {
  decodeBundle,
  encodeUnsignedBundle,
  sealBundle,
  sealHeader,
  ZERO_HASH,
} from '../../../src-main/core/encoding.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import { toText, utf8 } from '../../../src-main/core/bytes.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import type { Command, Hash, Height, Transaction } from '../../../src-main/core/types.ts';
import { randomBytes, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { ExecutedTransaction, StateWrite } from '../../../src-main/ledger/types.ts';
import type { ChainReader } from '../../../src-main/node/ports.ts';
import type { GenesisBlock } from '../../../src-main/storage/open-store.ts';

/**
 * Makes chains that are well formed for the store: real encodings and digests, links and lanes; signatures
 * are random bytes, which the store does not look at.
 */
export class ChainFixture {
  readonly keys: readonly Uint8Array[];
  readonly committee: Committee;
  readonly genesis: GenesisBlock;
  readonly #lanes: { seq: number; digest: Hash }[];
  #height: Height = 1;
  #prev: Hash;

  constructor(memberCount = 4, seed: string = toText(randomBytes(8))) {
    const bytesOf = (name: string) => sodiumCrypto.hash(utf8(`${seed} ${name}`));
    this.keys = Array.from({ length: memberCount }, (_, index) => bytesOf(`key ${index}`));
    this.#lanes = this.keys.map(() => ({ seq: 0, digest: ZERO_HASH }));
    const members = this.keys.map((publicKey, id) => ({ id, publicKey, stake: 1 }));
    this.committee = new Committee(members, sodiumCrypto);
    const genesisBytes = bytesOf('genesis');
    this.#prev = sodiumCrypto.hash(genesisBytes);
    this.genesis = {
      genesisBytes,
      headerBytes: genesisBytes,
      hash: this.#prev,
      snapshot: bytesOf('snapshot'),
      writes: this.keys.map((key) => ({
        key: `peer:${toText(key)}`,
        value: '1',
        height: 1,
        origin: toText(ZERO_HASH),
        ident: 'genesis',
      })),
      committee: this.committee.members,
    };
  }

  /** Goes on where a store of the same seed ends. */
  continueFrom(store: ChainReader): void {
    this.#height = store.tip().height;
    this.#prev = store.tip().hash;
    for (const [member, key] of this.keys.entries()) {
      for (let seq = 1; ; seq++) {
        const found = store.laneBundle(key, seq);
        if (found === undefined) break;
        this.#lanes[member] = { seq, digest: decodeBundle(found.bytes, sodiumCrypto).digest };
      }
    }
  }

  get ownKey(): Uint8Array {
    return this.keys[0]!;
  }

  get height(): Height {
    return this.#height;
  }

  /** The next bundle of a member's lane. */
  bundle(member: number, transactions: readonly Transaction[]): SealedBundle {
    const lane = this.#lanes[member]!;
    const sealed = this.bundleAt(member, lane.seq + 1, lane.digest, transactions);
    this.#lanes[member] = { seq: sealed.bundle.seq, digest: sealed.digest };
    return sealed;
  }

  bundleAt(member: number, seq: number, prev: Hash, transactions: readonly Transaction[]): SealedBundle {
    const unsigned = { origin: this.keys[member]!, seq, prev, transactions };
    return sealBundle(unsigned, encodeUnsignedBundle(unsigned), randomBytes(64), sodiumCrypto);
  }

  /** The next block; its state writes are those of its data commands unless given. */
  block(bundles: readonly SealedBundle[], changes: Partial<CommittedBlock> = {}): CommittedBlock {
    this.#height++;
    const sealed = sealHeader(
      {
        version: 1,
        chainId: this.genesis.hash,
        height: this.#height,
        view: 0,
        proposer: this.#height % this.keys.length,
        prev: this.#prev,
        committeeHash: this.committee.hash,
        nextCommitteeHash: this.committee.hash,
        stateHash: randomBytes(32),
        cut: [],
      },
      sodiumCrypto,
    );
    this.#prev = sealed.hash;
    const signers = this.keys.map((_, index) => index).slice(0, Math.floor((this.keys.length * 2) / 3) + 1);
    return {
      sealed,
      certificate: {
        kind: 'C',
        height: this.#height,
        view: 0,
        hash: sealed.hash,
        hn: [],
        signers,
        signatures: signers.map(() => randomBytes(64)),
      },
      bundles,
      transactions: execute(bundles),
      writes: writesOf(bundles, this.#height),
      committee: this.committee.members,
      snapshot: randomBytes(500),
      ...changes,
    };
  }
}

export function data(ns: string, d: string): Command {
  return { kind: 'data', ns, d };
}

export function execute(bundles: readonly SealedBundle[]): ExecutedTransaction[] {
  return bundles.flatMap(({ bundle }, bundleIndex) =>
    bundle.transactions.map(({ ident, commands }, transactionIndex) => ({
      origin: toText(bundle.origin),
      ident,
      bundleIndex,
      transactionIndex,
      results: commands.map(({ kind }) => ({ outcome: 'applied' as const, kind })),
    })),
  );
}

export function writesOf(bundles: readonly SealedBundle[], height: Height): StateWrite[] {
  return bundles.flatMap(({ bundle }) =>
    bundle.transactions.flatMap(({ ident, commands }) =>
      commands.flatMap((command) =>
        command.kind === 'data'
          ? [
              {
                key: `${command.ns}:${toText(bundle.origin)}`,
                value: command.d,
                height,
                origin: toText(bundle.origin),
                ident,
              },
            ]
          : [],
      ),
    ),
  );
}
