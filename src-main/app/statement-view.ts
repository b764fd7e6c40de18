/** Signed statements as the window shows them: every field is there. */
import type { StatementText } from '../ledger/evidence-value.ts';
import type { MemberEvidence } from '../node/evidence.ts';
import type { Evidence, Statement } from './contract/node.ts';

export function statementView(statement: StatementText): Statement {
  return { ...statement, hash: statement.hash ?? null, hn: statement.hn ?? null };
}

export function evidenceView({ block, first, second }: MemberEvidence): Evidence {
  return { block, first: statementView(first), second: statementView(second) };
}
