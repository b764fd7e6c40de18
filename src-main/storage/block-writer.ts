import { toText } from '../core/bytes.ts';
import type { CommittedBlock } from '../core/effects.ts';
import { encodeCertificate, encodeMembers } from '../core/encoding.ts';
import type { Hash, HashText, Height, Member } from '../core/types.ts';
import type { StateWrite } from '../ledger/types.ts';
import type { StoredTip } from '../node/ports.ts';
import type { BundleTable } from './bundle-table.ts';
import type { Connection } from './connection.ts';
import type { Origins } from './origins.ts';
import { encodeResults } from './results.ts';

/** A row of `blocks` before it is one. */
export interface BlockRow {
  readonly height: Height;
  readonly hash: Hash;
  readonly committeeHash: Hash;
  readonly committee: readonly Member[];
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly results: Uint8Array;
}

type Bytes = Uint8Array;

/**
 * Appends final blocks: their rows, bundles, transactions and state writes. Runs inside the caller's
 * transaction.
 */
export class BlockWriter {
  readonly #origins: Origins;
  readonly #bundles: BundleTable;
  readonly #findCommittee;
  readonly #insertCommittee;
  readonly #insertBlock;
  readonly #insertCommitted;
  readonly #insertTransaction;
  readonly #keepHistory;
  readonly #writeState;
  readonly #writeTip;
  /** The committee of the newest block; it seldom changes. */
  #committee: { readonly hash: HashText; readonly id: number } | null = null;

  constructor(connection: Connection, origins: Origins, bundles: BundleTable) {
    this.#origins = origins;
    this.#bundles = bundles;
    this.#findCommittee = connection
      .prepare<[Bytes], number>('SELECT id FROM committees WHERE hash = ?')
      .pluck();
    this.#insertCommittee = connection.prepare<[Bytes, Bytes]>(
      'INSERT INTO committees (hash, members) VALUES (?, ?)',
    );
    this.#insertBlock = connection.prepare<[number, Bytes, number, Bytes, Bytes, Bytes]>(
      'INSERT INTO blocks (height, hash, committee, header, certificate, results) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#insertCommitted = connection.prepare<[number, number, number, number, number]>(
      'INSERT INTO committed (height, position, origin, seq, bundle) VALUES (?, ?, ?, ?, ?)',
    );
    // An origin may use an ident twice; the transaction that is found by it stays the first one.
    this.#insertTransaction = connection.prepare<[number, string, number, number, number]>(
      'INSERT OR IGNORE INTO transactions (origin, ident, height, bundle_position, position) VALUES (?, ?, ?, ?, ?)',
    );
    // Of several writes of one block the last one counts.
    this.#keepHistory = connection.prepare<[string, number]>(
      `INSERT INTO state_history (key, height, origin, ident, value)
       SELECT key, height, origin, ident, value FROM state WHERE key = ? AND height < ?`,
    );
    this.#writeState = connection.prepare<[string, number, number, string, string | null]>(
      'INSERT OR REPLACE INTO state (key, height, origin, ident, value) VALUES (?, ?, ?, ?, ?)',
    );
    this.#writeTip = connection.prepare<[number, Bytes, Bytes]>(
      'INSERT OR REPLACE INTO tip (only, height, hash, snapshot) VALUES (1, ?, ?, ?)',
    );
  }

  /** Returns the ids of its bundles, in execution order. */
  append(block: CommittedBlock): number[] {
    const { sealed, certificate, transactions, committee } = block;
    const { height, committeeHash } = sealed.header;
    this.appendRow({
      height,
      hash: sealed.hash,
      committeeHash,
      committee,
      header: sealed.bytes,
      certificate: encodeCertificate(certificate),
      results: encodeResults(transactions),
    });
    const originIds: number[] = [];
    const bundleIds: number[] = [];
    for (const [position, { bundle, bytes, digest }] of block.bundles.entries()) {
      const origin = this.#origins.idOf(toText(bundle.origin));
      const id = this.#bundles.idOf(digest, bytes);
      this.#insertCommitted.run(height, position, origin, bundle.seq, id);
      originIds.push(origin);
      bundleIds.push(id);
    }
    for (const { bundleIndex, transactionIndex, ident } of transactions) {
      this.#insertTransaction.run(originIds[bundleIndex]!, ident, height, bundleIndex, transactionIndex);
    }
    this.writeState(block.writes);
    return bundleIds;
  }

  appendRow({ height, hash, committeeHash, committee, header, certificate, results }: BlockRow): void {
    const committeeId = this.#committeeId(committeeHash, committee);
    this.#insertBlock.run(height, hash, committeeId, header, certificate, results);
  }

  writeState(writes: readonly StateWrite[]): void {
    for (const { key, value, height, origin, ident } of writes) {
      this.#keepHistory.run(key, height);
      this.#writeState.run(key, height, this.#origins.idOf(origin), ident, value);
    }
  }

  writeTip({ height, hash, snapshot }: StoredTip): void {
    this.#writeTip.run(height, hash, snapshot);
  }

  #committeeId(hash: Hash, members: readonly Member[]): number {
    const text = toText(hash);
    if (this.#committee?.hash === text) return this.#committee.id;
    const id =
      this.#findCommittee.get(hash) ??
      Number(this.#insertCommittee.run(hash, encodeMembers(members)).lastInsertRowid);
    this.#committee = { hash: text, id };
    return id;
  }
}
