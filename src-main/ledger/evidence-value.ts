/**
 * Committed evidence as a value of the state: who broke the rules is known by its key, when by the height that wrote
 * it, and how by both signed statements. When a key that regained stake loses it again, the older value stays
 * queryable.
 */
import { toText } from '../core/bytes.ts';
import type { HashText, Height, PeerText, SignedStatement, View } from '../core/types.ts';

export const EVIDENCE_PREFIX = 'evidence:';

/** A signed statement as text: with `hash`, or for a skip with `hn`, the highest stamped view that it names. */
export interface StatementText {
  readonly kind: SignedStatement['kind'];
  readonly height: Height;
  readonly view: View;
  readonly hash?: HashText;
  readonly hn?: View;
  readonly signature: string;
}

/** What cannot both come from an honest member. */
export interface EvidenceText {
  readonly first: StatementText;
  readonly second: StatementText;
}

export function evidenceKey(culprit: PeerText): string {
  return EVIDENCE_PREFIX + culprit;
}

/** JSON, written by hand: the same bytes on every node (`{"first":{"kind":"vote","height":7,...},"second":{...}}`). */
export function evidenceValue(first: SignedStatement, second: SignedStatement): string {
  return `{"first":${jsonOf(statementText(first))},"second":${jsonOf(statementText(second))}}`;
}

/** Of a value under an evidence key: nothing but the ledger writes there. */
export function readEvidence(value: string): EvidenceText {
  return JSON.parse(value) as EvidenceText;
}

/** The order of its fields is that of the bytes on the chain. */
export function statementText(statement: SignedStatement): StatementText {
  const { kind, height, view } = statement;
  const what = statement.kind === 'skip' ? { hn: statement.hn } : { hash: toText(statement.hash) };
  return { kind, height, view, ...what, signature: toText(statement.signature) };
}

/** All texts in it are words and base64url: nothing has to be escaped. */
function jsonOf(text: StatementText): string {
  const fields = Object.entries(text).map(([name, value]: [string, string | number]) => {
    return `"${name}":${typeof value === 'number' ? value : `"${value}"`}`;
  });
  return `{${fields.join(',')}}`;
}
