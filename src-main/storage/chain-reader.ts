import { toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { decodeBundle } from '../core/encoding.ts';
import * as schemas from '../core/schemas.ts';
import type { Hash, HashText, Height, Member, PeerText, PublicKey } from '../core/types.ts';
import type { ExecutedTransaction } from '../ledger/types.ts';
import type { StoredBlock, StoredValue } from '../node/ports.ts';
import { type Connection, plain } from './connection.ts';
import { StorageError, withStorageErrors } from './errors.ts';
import { decodeResults } from './results.ts';
import { Search } from './search.ts';

/** Committees kept decoded: those of the newest changes. */
const MAX_CACHED_COMMITTEES = 64;

interface BlockColumns {
  readonly hash: Uint8Array;
  readonly committeeHash: Uint8Array;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly results: Uint8Array;
}

export interface TransactionPlace {
  readonly height: Height;
  readonly bundleIndex: number;
  readonly transactionIndex: number;
}

/** Queries on what is final. All bytes are as written; @throws StorageError on a damaged file. */
export class SqliteChainReader {
  readonly #path: string;
  readonly #crypto: Crypto;
  readonly #statements;
  readonly #search: Search;
  readonly #committees = new Map<HashText, readonly Member[]>();

  constructor(connection: Connection, path: string, crypto: Crypto) {
    this.#path = path;
    this.#crypto = crypto;
    this.#statements = prepareStatements(connection);
    this.#search = new Search(connection, crypto);
  }

  genesisBytes(): Uint8Array {
    return this.#read(() => plain(this.#statements.genesis.get()!));
  }

  block(height: Height): StoredBlock | undefined {
    return this.#read(() => {
      const row = this.#statements.block.get(height);
      if (row === undefined) return undefined;
      const bundles = this.#statements.bundlesOf.all(height).map(plain);
      const committee = this.committee(row.committeeHash)!;
      return new BlockOnDisk({ height, row, bundles, committee, path: this.#path, crypto: this.#crypto });
    });
  }

  heightOfHash(hash: Hash): Height | undefined {
    return this.#read(() => this.#statements.heightOfHash.get(hash));
  }

  transaction(origin: PeerText, ident: string): TransactionPlace | undefined {
    return this.#read(() => this.#statements.transaction.get(origin, ident));
  }

  bundle(digest: Hash): Uint8Array | undefined {
    const bytes = this.#read(() => this.#statements.bundle.get(digest));
    return bytes && plain(bytes);
  }

  laneBundle(origin: PublicKey, seq: number): { height: Height; bytes: Uint8Array } | undefined {
    const row = this.#read(() => this.#statements.laneBundle.get(toText(origin), seq));
    return row && { height: row.height, bytes: plain(row.bytes) };
  }

  committee(hash: Hash): readonly Member[] | undefined {
    const text = toText(hash);
    const known = this.#committees.get(text);
    if (known !== undefined) return known;
    const bytes = this.#read(() => this.#statements.committee.get(hash));
    if (bytes === undefined) return undefined;
    const members = this.#decodeMembers(bytes);
    if (this.#committees.size >= MAX_CACHED_COMMITTEES) this.#committees.clear();
    this.#committees.set(text, members);
    return members;
  }

  value(key: string, atHeight?: Height): StoredValue | undefined {
    return this.#read(() => {
      const newest = this.#statements.value.get(key);
      const isWanted = newest === undefined || atHeight === undefined || newest.height <= atHeight;
      const found = isWanted ? newest : this.#statements.valueAt.get(key, atHeight);
      return found === undefined || found.value === null ? undefined : { ...found, value: found.value };
    });
  }

  searchBlocks(query: string, limit: number): readonly Height[] {
    return this.#read(() => this.#search.blocks(query, limit));
  }

  searchValues(query: string, limit: number): readonly StoredValue[] {
    return this.#read(() => this.#search.values(query, limit));
  }

  #decodeMembers(bytes: Uint8Array): readonly Member[] {
    try {
      return schemas.members.deserialize(plain(bytes));
    } catch (cause) {
      throw new StorageError('corrupt', this.#path, 'a stored committee cannot be read', { cause });
    }
  }

  #read<Result>(query: () => Result): Result {
    return withStorageErrors(this.#path, query);
  }
}

interface BlockSource {
  readonly height: Height;
  readonly row: BlockColumns;
  readonly bundles: readonly Uint8Array[];
  readonly committee: readonly Member[];
  readonly path: string;
  readonly crypto: Crypto;
}

/**
 * A block whose bundles are decoded only when somebody asks for their transactions: peers that catch up never
 * do.
 */
class BlockOnDisk implements StoredBlock {
  readonly height: Height;
  readonly hash: Hash;
  readonly headerBytes: Uint8Array;
  readonly certificateBytes: Uint8Array;
  readonly bundles: readonly Uint8Array[];
  readonly committee: readonly Member[];
  readonly #source: BlockSource;
  #transactions: readonly ExecutedTransaction[] | undefined;

  constructor(source: BlockSource) {
    const { height, row, bundles, committee } = source;
    this.height = height;
    this.hash = plain(row.hash);
    this.headerBytes = plain(row.header);
    this.certificateBytes = plain(row.certificate);
    this.bundles = bundles;
    this.committee = committee;
    this.#source = source;
  }

  get transactions(): readonly ExecutedTransaction[] {
    this.#transactions ??= this.#decode();
    return this.#transactions;
  }

  #decode(): readonly ExecutedTransaction[] {
    const { path, crypto, row } = this.#source;
    let decoded: readonly ExecutedTransaction[] | undefined;
    let cause: unknown;
    try {
      const bundles = this.bundles.map((bytes) => decodeBundle(bytes, crypto).bundle);
      decoded = decodeResults(row.results, bundles);
    } catch (error) {
      cause = error;
    }
    if (decoded === undefined) {
      throw new StorageError('corrupt', path, `block ${this.height} and its results do not fit`, { cause });
    }
    return decoded;
  }
}

type ValueRow = Omit<StoredValue, 'value'> & { readonly value: string | null };

function prepareStatements(connection: Connection) {
  return {
    genesis: connection.prepare<[], Uint8Array>("SELECT value FROM meta WHERE key = 'genesis'").pluck(),
    block: connection.prepare<[number], BlockColumns>(
      `SELECT b.hash, c.hash AS committeeHash, b.header, b.certificate, b.results
       FROM blocks b JOIN committees c ON c.id = b.committee WHERE b.height = ?`,
    ),
    bundlesOf: connection
      .prepare<[number], Uint8Array>(
        'SELECT b.bytes FROM committed c JOIN bundles b ON b.id = c.bundle WHERE c.height = ? ORDER BY c.position',
      )
      .pluck(),
    heightOfHash: connection
      .prepare<[Uint8Array], number>('SELECT height FROM blocks WHERE hash = ?')
      .pluck(),
    transaction: connection.prepare<[string, string], TransactionPlace>(
      `SELECT height, bundle_position AS bundleIndex, position AS transactionIndex FROM transactions
       WHERE origin = (SELECT id FROM origins WHERE key = ?) AND ident = ?`,
    ),
    bundle: connection
      .prepare<[Uint8Array], Uint8Array>('SELECT bytes FROM bundles WHERE digest = ?')
      .pluck(),
    laneBundle: connection.prepare<[string, number], { height: number; bytes: Uint8Array }>(
      `SELECT c.height, b.bytes FROM committed c JOIN bundles b ON b.id = c.bundle
       WHERE c.origin = (SELECT id FROM origins WHERE key = ?) AND c.seq = ?`,
    ),
    committee: connection
      .prepare<[Uint8Array], Uint8Array>('SELECT members FROM committees WHERE hash = ?')
      .pluck(),
    value: connection.prepare<[string], ValueRow>(
      `SELECT s.key, s.value, s.height, o.key AS origin, s.ident
       FROM state s JOIN origins o ON o.id = s.origin WHERE s.key = ?`,
    ),
    valueAt: connection.prepare<[string, number | undefined], ValueRow>(
      `SELECT s.key, s.value, s.height, o.key AS origin, s.ident
       FROM state_history s JOIN origins o ON o.id = s.origin
       WHERE s.key = ? AND s.height <= ? ORDER BY s.height DESC LIMIT 1`,
    ),
  };
}
