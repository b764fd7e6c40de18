import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { EvidenceBook, evidenceAgainst } from '../../../src-main/node/evidence.ts';
import { evidenceValue, statementText } from '../../../src-main/ledger/evidence-value.ts';
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
  it('is the same text on every node', () => {
    const skip = statementBy(chainId, culprit, 'skip', 5, 2, -1);
    const commit = statementBy(chainId, culprit, 'commit', 5, 1, hashOf(1));
    expect(evidenceValue(skip, commit)).toBe(
      `{"first":{"kind":"skip","height":5,"view":2,"hn":-1,"signature":"${toText(skip.signature)}"},` +
        `"second":{"kind":"commit","height":5,"view":1,"hash":"${toText(hashOf(1))}",` +
        `"signature":"${toText(commit.signature)}"}}`,
    );
  });

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

describe('for snapshots', () => {
  const first = statementBy(chainId, culprit, 'vote', 5, 2, hashOf(1));
  const second = statementBy(chainId, culprit, 'vote', 5, 2, hashOf(2));
  const stored = readerOf(`evidence:${culprit.text}`, evidenceValue(first, second));

  it('it is read once for each time that the stake was taken', () => {
    let reads = 0;
    const value = (key: string) => {
      reads++;
      return stored.value(key);
    };
    const book = new EvidenceBook({ value } as unknown as ChainReader);
    for (const punishedAt of [9, 9, 12, 12]) expect(book.against(culprit.text, punishedAt)?.block).toBe(9);
    expect(reads).toBe(2);
  });

  it('a disk that cannot be read is no reason to have no picture, and is tried again', () => {
    let isBroken = true;
    const value = (key: string) => {
      if (isBroken) throw new Error('EIO');
      return stored.value(key);
    };
    const book = new EvidenceBook({ value } as unknown as ChainReader);
    expect(book.against(culprit.text, 9)).toBeNull();
    isBroken = false;
    expect(book.against(culprit.text, 9)?.block).toBe(9);
  });
});
