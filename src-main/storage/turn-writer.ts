import { fromText, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import type { CommittedBlock, DurableEffect, NodeRecord, SafetyRecord } from '../core/effects.ts';
import { encodeCertificate } from '../core/encoding.ts';
import type { SealedBundle } from '../core/sealed.ts';
import type { Height, PublicKey } from '../core/types.ts';
import type { DurableTurn, StoredTip } from '../node/ports.ts';
import { BlockWriter } from './block-writer.ts';
import { BundleTable } from './bundle-table.ts';
import type { Connection } from './connection.ts';
import { StorageError, toStorageError } from './errors.ts';
import { Origins } from './origins.ts';

/**
 * Makes one turn of the driver durable: one transaction, one synchronisation (PROTOCOL section 4.3). After
 * the first failure every later turn fails too: a disk that lost one write must not be believed about the
 * next.
 */
export class TurnWriter {
  readonly #path: string;
  readonly #ownKey: string;
  readonly #bundles: BundleTable;
  readonly #blocks: BlockWriter;
  readonly #statements;
  readonly #transaction: (turn: DurableTurn) => StoredTip;
  #tip: StoredTip;
  #hasSafetyLog: boolean;
  #failure: unknown;

  constructor(
    { path, publicKey, tip }: { path: string; publicKey: PublicKey; tip: StoredTip },
    { connection, crypto }: { connection: Connection; crypto: Crypto },
  ) {
    this.#path = path;
    this.#ownKey = toText(publicKey);
    this.#tip = tip;
    const origins = new Origins(connection);
    this.#bundles = new BundleTable(connection, origins, crypto);
    this.#blocks = new BlockWriter(connection, origins, this.#bundles);
    this.#statements = prepareStatements(connection);
    this.#hasSafetyLog = this.#statements.hasSafetyLog.get() === 1;
    this.#transaction = connection.transaction((turn: DurableTurn) => this.#apply(turn)).immediate;
  }

  get tip(): StoredTip {
    return this.#tip;
  }

  /**
   * Returns when everything is on the disk. @throws StorageError, and then nothing of the turn was written.
   */
  write(turn: DurableTurn): void {
    if (turn.length === 0) return;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#tip = this.#transaction(turn);
    } catch (error) {
      this.#failure = toStorageError(error, this.#path);
      throw this.#failure;
    }
  }

  #apply(turn: DurableTurn): StoredTip {
    let tip = this.#tip;
    for (const effect of turn) {
      if (effect.type === 'commitBlock') tip = this.#commitBlock(effect.block, tip.height);
      else this.#applySmall(effect);
    }
    if (tip !== this.#tip) this.#blocks.writeTip(tip);
    return tip;
  }

  #applySmall(effect: Exclude<DurableEffect, { type: 'commitBlock' }>): void {
    switch (effect.type) {
      case 'persistSafety':
        this.#persistSafety(effect.record);
        return;
      case 'persistNode':
        this.#persistNode(effect.record);
        return;
      case 'appendLane':
        this.#appendLane(effect.sealed);
        return;
      case 'enqueue':
        this.#statements.enqueue.run(effect.queued.order, effect.queued.bytes);
        return;
      case 'dequeue':
        for (const order of effect.orders) this.#statements.dequeue.run(order);
        return;
      case 'replaceProof':
        this.#statements.replaceCertificate.run(encodeCertificate(effect.certificate), effect.height);
        for (const { digest, bytes } of effect.bundles) this.#statements.replaceBundle.run(bytes, digest);
        return;
    }
  }

  #persistSafety({ height, kind, key, bytes }: SafetyRecord): void {
    if (!this.#hasSafetyLog) this.#statements.markSafetyLog.run();
    this.#hasSafetyLog = true;
    if (kind !== 'bundle') {
      this.#statements.writeSafety.run(height, kind, key, bytes, null);
      return;
    }
    const digest = fromText(key);
    if (digest === undefined) throw this.#contradiction(`safety record of a bundle named ${key}`);
    this.#statements.writeSafety.run(height, kind, key, null, this.#bundles.idOf(digest, bytes));
  }

  #persistNode({ key, bytes }: NodeRecord): void {
    this.#statements.writeNodeRecord.run(key, bytes);
  }

  /** A lane is a chain: a bundle that is written anew takes what stood after it along. */
  #appendLane({ bundle, digest, bytes }: SealedBundle): void {
    const replaced = this.#statements.dropLaneFrom.all(bundle.seq);
    this.#statements.appendLane.run(bundle.seq, this.#bundles.idOf(digest, bytes));
    for (const id of replaced) this.#bundles.release(id);
  }

  #commitBlock(block: CommittedBlock, tipHeight: Height): StoredTip {
    const { sealed, snapshot, transactions } = block;
    const { height } = sealed.header;
    if (height !== tipHeight + 1) throw this.#contradiction(`block ${height} after block ${tipHeight}`);
    const cited = block.bundles.reduce((sum, { bundle }) => sum + bundle.transactions.length, 0);
    if (cited !== transactions.length)
      throw this.#contradiction(`block ${height} with ${transactions.length} results`);
    const ids = this.#blocks.append(block);
    const obsolete = this.#statements.dropSafety.all(height).filter((id) => id !== null);
    obsolete.push(...this.#dropLane(block, ids));
    const committed = new Set(ids);
    for (const id of obsolete) if (!committed.has(id)) this.#bundles.release(id);
    return { height, hash: sealed.hash, snapshot };
  }

  /** Own bundles that the block cites, and all of them when it certified another version of the lane. */
  #dropLane(block: CommittedBlock, ids: readonly number[]): number[] {
    const dropped: number[] = [];
    for (const [index, { bundle }] of block.bundles.entries()) {
      if (toText(bundle.origin) !== this.#ownKey) continue;
      const own = this.#statements.laneAt.get(bundle.seq);
      const isOther = own !== undefined && own !== ids[index];
      dropped.push(
        ...(isOther ? this.#statements.dropLaneFrom.all(0) : this.#statements.dropLaneTo.all(bundle.seq)),
      );
    }
    return dropped;
  }

  #contradiction(what: string): StorageError {
    return new StorageError('invalid-turn', this.#path, what);
  }
}

function prepareStatements(connection: Connection) {
  return {
    hasSafetyLog: connection
      .prepare<[], number>("SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'safetyLog')")
      .pluck(),
    markSafetyLog: connection.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('safetyLog', x'')"),
    writeSafety: connection.prepare<[number, string, string, Uint8Array | null, number | null]>(
      'INSERT OR REPLACE INTO safety (height, kind, key, bytes, bundle) VALUES (?, ?, ?, ?, ?)',
    ),
    dropSafety: connection
      .prepare<[number], number | null>('DELETE FROM safety WHERE height <= ? RETURNING bundle')
      .pluck(),
    writeNodeRecord: connection.prepare<[string, Uint8Array]>(
      'INSERT OR REPLACE INTO node_records (key, bytes) VALUES (?, ?)',
    ),
    appendLane: connection.prepare<[number, number]>('INSERT INTO lane (seq, bundle) VALUES (?, ?)'),
    laneAt: connection.prepare<[number], number>('SELECT bundle FROM lane WHERE seq = ?').pluck(),
    dropLaneFrom: connection
      .prepare<[number], number>('DELETE FROM lane WHERE seq >= ? RETURNING bundle')
      .pluck(),
    dropLaneTo: connection
      .prepare<[number], number>('DELETE FROM lane WHERE seq <= ? RETURNING bundle')
      .pluck(),
    enqueue: connection.prepare<[number, Uint8Array]>(
      'INSERT OR REPLACE INTO queue (position, bytes) VALUES (?, ?)',
    ),
    dequeue: connection.prepare<[number]>('DELETE FROM queue WHERE position = ?'),
    replaceCertificate: connection.prepare<[Uint8Array, number]>(
      'UPDATE blocks SET certificate = ? WHERE height = ?',
    ),
    replaceBundle: connection.prepare<[Uint8Array, Uint8Array]>(
      'UPDATE bundles SET bytes = ? WHERE digest = ?',
    ),
  };
}
