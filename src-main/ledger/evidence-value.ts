/**
 * Committed evidence as a value of the state: who broke the rules is known by its key, when by the height that wrote
 * it, and how by both signed statements. When a key that regained stake loses it again, the older value stays
 * queryable.
 */
import { toText } from '../core/bytes.ts';
import type { PeerText, SignedStatement } from '../core/types.ts';

export const EVIDENCE_PREFIX = 'evidence:';

export function evidenceKey(culprit: PeerText): string {
  return EVIDENCE_PREFIX + culprit;
}

/** JSON, written by hand: the same bytes on every node (`{"first":{"kind":"vote","height":7,...},"second":{...}}`). */
export function evidenceValue(first: SignedStatement, second: SignedStatement): string {
  return `{"first":${statementText(first)},"second":${statementText(second)}}`;
}

function statementText(statement: SignedStatement): string {
  const { kind, height, view, signature } = statement;
  const what = statement.kind === 'skip' ? `"hn":${statement.hn}` : `"hash":"${toText(statement.hash)}"`;
  return `{"kind":"${kind}","height":${height},"view":${view},${what},"signature":"${toText(signature)}"}`;
}
