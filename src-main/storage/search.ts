import type { Crypto } from '../core/crypto.ts';
import { decodeBundle } from '../core/encoding.ts';
import type { Bundle, Height } from '../core/types.ts';
import type { StoredValue } from '../node/ports.ts';
import type { Connection } from './connection.ts';

const MAX_RESULTS = 100;
/** Neither a value nor anything else in a transaction is longer (DESIGN, Ledger). */
const MAX_QUERY_LENGTH = 8_192;
/**
 * A search runs between two turns of the node, so it ends after this time with what it has found. The first
 * steps are always finished: whatever fits into them is found however slow the machine is.
 */
const SEARCH_TIME_MS = 100;
const CERTAIN_STEPS = 4;
const HEIGHTS_PER_STEP = 64;
const VALUES_PER_STEP = 2_000;
/** Block 1 has no bundles; it shows as one transaction of this name. */
const GENESIS_HEIGHT = 1;
const GENESIS_IDENT = 'genesis';

interface BundleRow {
  readonly height: Height;
  readonly bytes: Uint8Array;
}

/** Case-sensitive substring search, bounded in results and time; newest blocks first, values in key order. */
export class Search {
  readonly #crypto: Crypto;
  readonly #statements;

  constructor(connection: Connection, crypto: Crypto) {
    this.#crypto = crypto;
    this.#statements = prepareStatements(connection);
  }

  /**
   * Heights of the newest blocks in which origin, ident, ns or d contains the query, ascending. Texts stand
   * in a bundle's bytes as they are, so SQLite looks for the bytes, and only what it finds is decoded. That
   * costs nothing per transaction written, where an index of all substrings would cost several times the
   * transaction.
   */
  blocks(query: string, limit: number): Height[] {
    const wanted = clampLimit(limit);
    if (query.length > MAX_QUERY_LENGTH || wanted === 0) return [];
    const newest = this.#statements.newestHeight.get() ?? 0;
    if (query === '') return range(Math.max(1, newest - wanted + 1), newest);
    const found = new Set(this.#blocksOfOrigins(query, wanted));
    if (GENESIS_IDENT.includes(query)) found.add(GENESIS_HEIGHT);
    const needle = Buffer.from(query, 'utf8');
    const isOver = stepLimit();
    for (let high = newest; high > GENESIS_HEIGHT; high -= HEIGHTS_PER_STEP) {
      const rows = this.#statements.bundlesWith.all(high - HEIGHTS_PER_STEP, high, needle);
      for (const { height, bytes } of rows) {
        if (!found.has(height) && this.#hasText(bytes, query)) found.add(height);
      }
      const isEnough = countFrom(found, high - HEIGHTS_PER_STEP + 1) >= wanted;
      if (isEnough || isOver()) break;
    }
    return [...found].sort((a, b) => a - b).slice(-wanted);
  }

  /** Values whose key begins with the query are found at once, the others as far as the time goes. */
  values(query: string, limit: number): StoredValue[] {
    const wanted = clampLimit(limit);
    if (query.length > MAX_QUERY_LENGTH || wanted === 0) return [];
    const found = new Map<string, StoredValue>();
    const add = (row: StoredValue) => found.set(row.key, row);
    this.#statements.valuesFrom.all(query, `${query}\u{10ffff}`, wanted).forEach(add);
    const isOver = stepLimit();
    let after: string | undefined = '';
    while (query !== '' && found.size < wanted && after !== undefined) {
      const end: string | undefined = this.#statements.stepEnd.get(after);
      const rows = this.#statements.valuesWith.all({ after, end: end ?? '\u{10ffff}', query, limit: wanted });
      for (const row of rows) if (found.size < wanted) add(row);
      after = isOver() ? undefined : end;
    }
    return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #blocksOfOrigins(query: string, wanted: number): Height[] {
    const heights: Height[] = [];
    for (const origin of this.#statements.originsWith.all(query)) {
      const ofOrigin = new Set<Height>();
      for (const height of this.#statements.heightsOfLane.iterate(origin)) {
        ofOrigin.add(height);
        if (ofOrigin.size >= wanted) break;
      }
      heights.push(...ofOrigin);
    }
    return heights.sort((a, b) => a - b).slice(-wanted);
  }

  /** The bytes may also have stood in a signature, or across two fields. */
  #hasText(bytes: Uint8Array, query: string): boolean {
    return textsOf(decodeBundle(bytes, this.#crypto).bundle).some((text) => text.includes(query));
  }
}

function textsOf(bundle: Bundle): string[] {
  return bundle.transactions.flatMap(({ ident, commands }) => [
    ident,
    ...commands.flatMap((command) =>
      command.kind === 'data' || command.kind === 'decision' ? [command.ns, command.d] : [],
    ),
  ]);
}

function clampLimit(limit: number): number {
  return Math.max(0, Math.min(MAX_RESULTS, Math.floor(limit)));
}

function countFrom(heights: Iterable<Height>, lowest: Height): number {
  let count = 0;
  for (const height of heights) if (height >= lowest) count++;
  return count;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Counts the steps of one search; true: that was the last one. */
function stepLimit(): () => boolean {
  const end = performance.now() + SEARCH_TIME_MS;
  let steps = 0;
  return () => ++steps >= CERTAIN_STEPS && performance.now() > end;
}

function prepareStatements(connection: Connection) {
  const columns = 's.key, s.value, s.height, o.key AS origin, s.ident';
  return {
    newestHeight: connection.prepare<[], number>('SELECT height FROM tip').pluck(),
    originsWith: connection
      .prepare<[string], number>('SELECT id FROM origins WHERE instr(key, ?) > 0')
      .pluck(),
    heightsOfLane: connection
      .prepare<[number], number>('SELECT height FROM committed WHERE origin = ? ORDER BY seq DESC')
      .pluck(),
    bundlesWith: connection.prepare<[number, number, Uint8Array], BundleRow>(
      `SELECT c.height, b.bytes FROM committed c JOIN bundles b ON b.id = c.bundle
       WHERE c.height > ? AND c.height <= ? AND instr(b.bytes, ?) > 0 ORDER BY c.height DESC`,
    ),
    valuesFrom: connection.prepare<[string, string, number], StoredValue>(
      `SELECT ${columns} FROM state s JOIN origins o ON o.id = s.origin
       WHERE s.key >= ? AND s.key < ? AND s.value IS NOT NULL ORDER BY s.key LIMIT ?`,
    ),
    stepEnd: connection
      .prepare<[string], string>(
        `SELECT key FROM state WHERE key > ? ORDER BY key LIMIT 1 OFFSET ${VALUES_PER_STEP - 1}`,
      )
      .pluck(),
    valuesWith: connection.prepare<
      [{ after: string; end: string; query: string; limit: number }],
      StoredValue
    >(
      `SELECT ${columns} FROM state s JOIN origins o ON o.id = s.origin
       WHERE s.key > :after AND s.key <= :end AND s.value IS NOT NULL
         AND (instr(s.key, :query) > 0 OR instr(s.value, :query) > 0)
       ORDER BY s.key LIMIT :limit`,
    ),
  };
}
