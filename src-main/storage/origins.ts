import type { PeerText } from '../core/types.ts';
import type { Connection } from './connection.ts';

/** More keys than a network has present members; when it is full the cache starts again from nothing. */
const MAX_CACHED = 1_024;

/** Keys of members as small numbers, so that a transaction's row does not repeat 43 characters. */
export class Origins {
  readonly #select;
  readonly #insert;
  readonly #ids = new Map<PeerText, number>();

  constructor(connection: Connection) {
    this.#select = connection.prepare<[string], number>('SELECT id FROM origins WHERE key = ?').pluck();
    this.#insert = connection.prepare<[string]>('INSERT INTO origins (key) VALUES (?)');
  }

  find(key: PeerText): number | undefined {
    return this.#ids.get(key) ?? this.#select.get(key);
  }

  /** Gives the key a number if it has none; only inside a write transaction. */
  idOf(key: PeerText): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#select.get(key) ?? Number(this.#insert.run(key).lastInsertRowid);
    if (this.#ids.size >= MAX_CACHED) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}
