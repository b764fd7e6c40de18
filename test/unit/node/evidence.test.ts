import { describe, expect, it } from 'vitest';
import { evidenceAgainst, statementText } from '../../../src-main/node/evidence.ts';
import { evidenceValue } from '../../../src-main/ledger/evidence-value.ts';
import type { ChainReader } from '../../../src-main/node/ports.ts';
import { hashOf, keyOf, networkOf, statementBy } from '../core/builders.ts';

const { chainId } = networkOf();
const culprit = keyOf(3);

/** A reader of one value, which block 9 wrote. */
function readerOf(key: string, value: string): ChainReader {
  const stored = { key, value, height: 9, origin: '', ident: '' };
  return { value: (asked: string) => (asked === key ? stored : undefined) } as unknown as ChainReader;
}

describe('what is on the chain against a member', () => {
  it.each([
    ['two votes', statementBy(chainId, culprit, 'vote', 5, 2, hashOf(1)), hashOf(2)],
    ['two skips', statementBy(chainId, culprit, 'skip', 5, 2, -1), 1],
  ] as const)('is read back as it was written: %s', (_, first, what) => {
    const second = statementBy(chainId, culprit, first.kind, 5, 2, what);
    const reader = readerOf(`evidence:${culprit.text}`, evidenceValue(first, second));
    const expected = { block: 9, first: statementText(first), second: statementText(second) };
    expect(evidenceAgainst(reader, culprit.text)).toEqual(expected);
    expect(evidenceAgainst(reader, keyOf(2).text)).toBeNull();
  });
});
