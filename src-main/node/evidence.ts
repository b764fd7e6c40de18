/** What is on the chain against a member, for people: read back from the state that the ledger wrote. */
import { toText } from '../core/bytes.ts';
import type { HashText, Height, PeerText, SignedStatement, View } from '../core/types.ts';
import { evidenceKey } from '../ledger/evidence-value.ts';
import type { ChainReader } from './ports.ts';

/** A signed statement as text: with `hash`, or for a skip with `hn`, the highest stamped view that it names. */
export interface StatementText {
  readonly kind: SignedStatement['kind'];
  readonly height: Height;
  readonly view: View;
  readonly hash?: HashText;
  readonly hn?: number;
  readonly signature: string;
}

export interface MemberEvidence {
  /** The block that holds it. */
  readonly block: Height;
  /** What cannot both come from an honest member. */
  readonly first: StatementText;
  readonly second: StatementText;
}

/** The newest committed evidence against a key; null when there is none. */
export function evidenceAgainst(reader: ChainReader, culprit: PeerText): MemberEvidence | null {
  const found = reader.value(evidenceKey(culprit));
  if (found === undefined) return null;
  // Nothing but the ledger writes under this key.
  const { first, second } = JSON.parse(found.value) as Pick<MemberEvidence, 'first' | 'second'>;
  return { block: found.height, first, second };
}

export function statementText(statement: SignedStatement): StatementText {
  const { kind, height, view } = statement;
  const signature = toText(statement.signature);
  return statement.kind === 'skip'
    ? { kind, height, view, hn: statement.hn, signature }
    : { kind, height, view, hash: toText(statement.hash), signature };
}
