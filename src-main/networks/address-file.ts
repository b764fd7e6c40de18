/** What a node of a network over several machines knows of addresses, on disk: a file in its network folder. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { fromText, toText } from '../core/bytes.ts';
import type { PeerText } from '../core/types.ts';
import type { AddressStore, HeldRecord, StoredAddresses } from '../node/address-exchange.ts';
import { jsonFile } from './json-file.ts';
import { Key } from './node-config.ts';

const exact = { additionalProperties: false };
const Hints = Type.Array(Type.String({ maxLength: 256 }), { maxItems: 8 });

const Addresses = Type.Object(
  {
    version: Type.Literal(1),
    /** Of the newest own record. */
    sequence: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
    /** Unsigned: from the invitation by which its owner joined. */
    seeds: Type.Array(Type.Object({ publicKey: Key, addressHints: Hints }, exact), { maxItems: 16 }),
    records: Type.Array(
      Type.Object(
        {
          publicKey: Key,
          sequence: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
          addressHints: Hints,
          signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }),
          isFromHere: Type.Boolean(),
        },
        exact,
      ),
      { maxItems: 256 },
    ),
  },
  exact,
);
type Addresses = Static<typeof Addresses>;

const file = jsonFile(Addresses);
const NOTHING: Addresses = { version: 1, sequence: 0, seeds: [], records: [] };

/** A peer of an invitation, and where it may be. */
export interface SeedPeer {
  readonly publicKey: PeerText;
  readonly addressHints: readonly string[];
}

/** Written when a network is joined, before its node runs for the first time. */
export function writeSeeds(path: string, seeds: readonly SeedPeer[]): void {
  const before = file.read(path) ?? NOTHING;
  file.write(path, { ...before, seeds: seeds.map(copyOf) });
}

export class AddressFile implements AddressStore {
  readonly seeds: readonly SeedPeer[];
  readonly #path: string;
  readonly #content: Addresses;

  /** Throws NetworkError `folder-corrupt`. */
  constructor(path: string) {
    this.#path = path;
    this.#content = file.read(path) ?? NOTHING;
    this.seeds = this.#content.seeds;
  }

  /** All whose addresses are known, those of the invitation first. */
  get contacts(): readonly PeerText[] {
    const { seeds, records } = this.#content;
    return [...new Set([...seeds, ...records].map(({ publicKey }) => publicKey))];
  }

  load(): StoredAddresses {
    const { sequence, records } = this.#content;
    const held = records.map(({ isFromHere, publicKey, signature, ...rest }): HeldRecord => {
      return {
        isFromHere,
        record: { ...rest, publicKey: fromText(publicKey)!, signature: fromText(signature)! },
      };
    });
    return { sequence, held };
  }

  save({ sequence, held }: StoredAddresses): void {
    const records = held.map(({ record, isFromHere }) => ({
      publicKey: toText(record.publicKey),
      sequence: record.sequence,
      addressHints: [...record.addressHints],
      signature: toText(record.signature),
      isFromHere,
    }));
    file.write(this.#path, { version: 1, sequence, seeds: this.seeds.map(copyOf), records });
  }
}

function copyOf({ publicKey, addressHints }: SeedPeer): { publicKey: string; addressHints: string[] } {
  return { publicKey, addressHints: [...addressHints] };
}
