import type { Bundle } from '../core/types.ts';
import { toText } from '../core/bytes.ts';
import type { CommandResult, ExecutedTransaction, RejectionReason } from '../ledger/types.ts';

/** Codes on disk are for ever: new ones are only added. */
const OUTCOME_CODES = { applied: 0, noted: 1, unchanged: 2 } as const;
const REASON_CODES: Readonly<Record<RejectionReason, number>> = {
  'invalid-namespace': 16,
  'invalid-value': 17,
  'not-a-member': 18,
  'no-stake': 19,
  'decision-taken': 20,
  'decision-expired': 21,
  'join-expired': 22,
  'join-signature': 23,
  'members-full': 24,
  'sponsor-limit': 25,
  'too-many-votes': 26,
  'already-applied': 27,
  'not-ready': 28,
  'last-stake': 29,
  'evidence-invalid': 30,
  'evidence-stale': 31,
};

type Coded =
  | { readonly outcome: keyof typeof OUTCOME_CODES }
  | { readonly outcome: 'rejected'; readonly reason: RejectionReason };

const CODED = new Map<number, Coded>();
for (const [outcome, code] of Object.entries(OUTCOME_CODES)) {
  CODED.set(code, { outcome: outcome as keyof typeof OUTCOME_CODES });
}
for (const [reason, code] of Object.entries(REASON_CODES)) {
  CODED.set(code, { outcome: 'rejected', reason: reason as RejectionReason });
}

function codeOf(result: CommandResult): number {
  return result.outcome === 'rejected' ? REASON_CODES[result.reason] : OUTCOME_CODES[result.outcome];
}

/**
 * The results of a block in execution order, compact: per transaction the number of its commands, then one
 * byte each. Whose results they are, and of which kind of command, is in the bundles.
 */
export function encodeResults(transactions: readonly ExecutedTransaction[]): Uint8Array {
  let length = transactions.length;
  for (const { results } of transactions) length += results.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const { results } of transactions) {
    bytes[offset++] = results.length;
    for (const result of results) bytes[offset++] = codeOf(result);
  }
  return bytes;
}

/** undefined when the bytes are not the results of exactly these bundles. */
export function decodeResults(
  bytes: Uint8Array,
  bundles: readonly Bundle[],
): ExecutedTransaction[] | undefined {
  const executed: ExecutedTransaction[] = [];
  let offset = 0;
  for (const [bundleIndex, bundle] of bundles.entries()) {
    const origin = toText(bundle.origin);
    for (const [transactionIndex, { ident, commands }] of bundle.transactions.entries()) {
      if (bytes[offset++] !== commands.length) return undefined;
      const results: CommandResult[] = [];
      for (const { kind } of commands) {
        const coded = CODED.get(bytes[offset++] ?? -1);
        if (coded === undefined) return undefined;
        results.push({ ...coded, kind });
      }
      executed.push({ origin, ident, bundleIndex, transactionIndex, results });
    }
  }
  return offset === bytes.length ? executed : undefined;
}
