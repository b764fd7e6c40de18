/** Evidence of a key that broke the rules of one height (PROTOCOL section 4.9). It needs no timing. */
import { equalBytes } from './bytes.ts';
import type { SignedStatement } from './types.ts';

/**
 * Whether two statements of one key can never both come from an honest member: two hashes in one view and kind, two
 * hn in one view, or SKIP(v, hn) with COMMIT(w) where hn < w <= v. Signatures are the caller's to check.
 */
export function areConflicting(first: SignedStatement, second: SignedStatement): boolean {
  if (!equalBytes(first.signer, second.signer) || first.height !== second.height) return false;
  if (first.kind === 'skip' && second.kind === 'skip')
    return first.view === second.view && first.hn !== second.hn;
  if (first.kind === 'skip')
    return second.kind === 'commit' && first.hn < second.view && second.view <= first.view;
  if (second.kind === 'skip') return areConflicting(second, first);
  return first.kind === second.kind && first.view === second.view && !equalBytes(first.hash, second.hash);
}
