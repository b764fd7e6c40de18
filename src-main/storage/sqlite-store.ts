import type { Crypto } from '../core/crypto.ts';
import type { NodeRecord, SafetyRecord } from '../core/effects.ts';
import type { Hash, Height, Member, PeerText, PublicKey } from '../core/types.ts';
import type { DurableTurn, Store, StoredBlock, StoredNode, StoredTip, StoredValue } from '../node/ports.ts';
import { type TransactionPlace, SqliteChainReader } from './chain-reader.ts';
import { type Connection, plain } from './connection.ts';
import { copyConnection, type CopyOptions } from './copies.ts';
import { withStorageErrors } from './errors.ts';
import { TurnWriter } from './turn-writer.ts';

const GENESIS_HEIGHT = 1;

interface StoreDependencies {
  readonly connection: Connection;
  readonly crypto: Crypto;
}

/** The store of one node on its one file; made by createStore and openStore. */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #reader: SqliteChainReader;
  readonly #writer: TurnWriter;

  constructor(
    options: { path: string; publicKey: PublicKey; tip: StoredTip },
    dependencies: StoreDependencies,
  ) {
    const { path, publicKey, tip } = options;
    const { connection, crypto } = dependencies;
    this.#path = path;
    this.#connection = connection;
    this.#reader = new SqliteChainReader(connection, path, crypto);
    this.#writer = new TurnWriter({ path, publicKey, tip }, dependencies);
  }

  load(): StoredNode {
    return withStorageErrors(this.#path, () => readNode(this.#connection, this.tip()));
  }

  write(turn: DurableTurn): void {
    this.#writer.write(turn);
  }

  tip(): StoredTip {
    return this.#writer.tip;
  }

  genesisBytes(): Uint8Array {
    return this.#reader.genesisBytes();
  }

  block(height: Height): StoredBlock | undefined {
    return this.#reader.block(height);
  }

  heightOfHash(hash: Hash): Height | undefined {
    return this.#reader.heightOfHash(hash);
  }

  searchBlocks(query: string, limit: number): readonly Height[] {
    return this.#reader.searchBlocks(query, limit);
  }

  transaction(origin: PeerText, ident: string): TransactionPlace | undefined {
    return this.#reader.transaction(origin, ident);
  }

  bundle(digest: Hash): Uint8Array | undefined {
    return this.#reader.bundle(digest);
  }

  laneBundle(origin: PublicKey, seq: number): { height: Height; bytes: Uint8Array } | undefined {
    return this.#reader.laneBundle(origin, seq);
  }

  committee(hash: Hash): readonly Member[] | undefined {
    return this.#reader.committee(hash);
  }

  value(key: string, atHeight?: Height): StoredValue | undefined {
    return this.#reader.value(key, atHeight);
  }

  searchValues(query: string, limit: number): readonly StoredValue[] {
    return this.#reader.searchValues(query, limit);
  }

  /** A complete copy in another file, while the node goes on. Rejects with StorageError. */
  copy(target: string, options: CopyOptions = {}): Promise<void> {
    return copyConnection(this.#connection, target, options);
  }

  /** Copies the log back into the file and removes it. Everything written is durable before that. */
  close(): void {
    withStorageErrors(this.#path, () => this.#connection.close());
  }
}

function readNode(connection: Connection, tip: StoredTip): StoredNode {
  const safety = connection
    .prepare<[number], SafetyRecord>(
      `SELECT s.height, s.kind, s.key, coalesce(s.bytes, b.bytes) AS bytes
       FROM safety s LEFT JOIN bundles b ON b.id = s.bundle WHERE s.height = ? ORDER BY s.kind, s.key`,
    )
    .all(tip.height + 1);
  const records = connection
    .prepare<[], NodeRecord>('SELECT key, bytes FROM node_records ORDER BY key')
    .all();
  const lane = connection
    .prepare<[], Uint8Array>('SELECT b.bytes FROM lane l JOIN bundles b ON b.id = l.bundle ORDER BY l.seq')
    .pluck()
    .all();
  const queue = connection
    .prepare<[], { order: number; bytes: Uint8Array }>(
      'SELECT position AS "order", bytes FROM queue ORDER BY position',
    )
    .all();
  const wasWritten = connection.prepare("SELECT 1 FROM meta WHERE key = 'safetyLog'").get() !== undefined;
  return {
    tip,
    safety: safety.map((record) => ({ ...record, bytes: plain(record.bytes) })),
    records: records.map((record) => ({ ...record, bytes: plain(record.bytes) })),
    lane: lane.map(plain),
    queue: queue.map(({ order, bytes }) => ({ order, bytes: plain(bytes) })),
    hasSafetyLog: wasWritten || tip.height === GENESIS_HEIGHT,
  };
}
