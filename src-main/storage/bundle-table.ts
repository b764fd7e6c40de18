import type { Crypto } from '../core/crypto.ts';
import { decodeBundle } from '../core/encoding.ts';
import { toText } from '../core/bytes.ts';
import type { Hash } from '../core/types.ts';
import type { Connection } from './connection.ts';
import type { Origins } from './origins.ts';

/**
 * Bundles by their digest. Each is written once, by whichever needs it first: the own lane, the safety log or
 * a block. What a block did not cite goes when nothing else refers to it.
 */
export class BundleTable {
  readonly #find;
  readonly #insert;
  readonly #delete;
  readonly #bytesOf;
  readonly #isHeld;
  readonly #committedAt;
  readonly #origins: Origins;
  readonly #crypto: Crypto;

  constructor(connection: Connection, origins: Origins, crypto: Crypto) {
    this.#find = connection.prepare<[Uint8Array], number>('SELECT id FROM bundles WHERE digest = ?').pluck();
    this.#insert = connection.prepare<[Uint8Array, Uint8Array]>(
      'INSERT INTO bundles (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING',
    );
    this.#delete = connection.prepare<[number]>('DELETE FROM bundles WHERE id = ?');
    this.#bytesOf = connection
      .prepare<[number], Uint8Array>('SELECT bytes FROM bundles WHERE id = ?')
      .pluck();
    this.#isHeld = connection
      .prepare<[number, number], number>(
        'SELECT EXISTS (SELECT 1 FROM lane WHERE bundle = ?) OR EXISTS (SELECT 1 FROM safety WHERE bundle = ?)',
      )
      .pluck();
    this.#committedAt = connection
      .prepare<[number | null, number], number>('SELECT bundle FROM committed WHERE origin = ? AND seq = ?')
      .pluck();
    this.#origins = origins;
    this.#crypto = crypto;
  }

  idOf(digest: Hash, bytes: Uint8Array): number {
    const { changes, lastInsertRowid } = this.#insert.run(digest, bytes);
    return changes === 1 ? Number(lastInsertRowid) : this.#find.get(digest)!;
  }

  /** Deletes a bundle that lost a reference, unless it has another one. */
  release(id: number): void {
    if (this.#isHeld.get(id, id) === 1 || this.#isCommitted(id)) return;
    this.#delete.run(id);
  }

  #isCommitted(id: number): boolean {
    const { bundle } = decodeBundle(this.#bytesOf.get(id)!, this.#crypto);
    const origin = this.#origins.find(toText(bundle.origin));
    return origin !== undefined && this.#committedAt.get(origin, bundle.seq) === id;
  }
}
