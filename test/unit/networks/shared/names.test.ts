import { describe, expect, test } from 'vitest';
import { memberNames, shownName, withLookAlikes } from '../../../../src-main/networks/shared/names.ts';
import type { ChainReader } from '../../../../src-main/node/ports.ts';

const looks = (...names: readonly (string | null)[]) => {
  const said = names.map((name, index) => [String(index), name] as const);
  return [...withLookAlikes(said).values()].map(({ looksLike }) => looksLike);
};

describe('a name', () => {
  test.each([
    ['Anna', 'Anna'],
    ['  Anna \n Maria\t', 'Anna Maria'],
    ['\u202eannA\u202c', 'annA'],
    ['A\u0000n\u0007na', 'Anna'],
    ['Анна 🦊', 'Анна 🦊'],
    ['x'.repeat(100), 'x'.repeat(64)],
    ['🦊'.repeat(100), '🦊'.repeat(32)],
  ])('%j is shown as one line that cannot turn the text around', (said, shown) => {
    expect(shownName(said)).toBe(shown);
  });

  test.each(['', ' ', '\u200b\u200d', '\u0301', '\u3164'])(
    '%j is none: nothing of it could be seen',
    (said) => {
      expect(shownName(said)).toBeNull();
    },
  );
});

describe('a name that a person may take for another one', () => {
  test.each([
    ['in another case', 'Anna', 'ANNA'],
    ['with a letter of another alphabet', 'Anna', 'Аnnа'],
    ['with a digit for a letter', 'Carlo', 'Car1o'],
    ['with a capital for a small letter', 'Paul', 'PauI'],
    ['with another blank', 'Anna Maria', 'AnnaMaria'],
    ['with what is not drawn', 'Anna', 'An\u200bna'],
    ['in its compatibility form', 'Anna', 'Ａｎｎａ'],
    ['composed differently', 'J\u00f6rg', 'Jo\u0308rg'],
    ['with rn for m', 'Emma', 'Ernma'],
  ])('is marked: %s', (_, first, second) => {
    expect(looks(first, second)).toEqual([null, '0']);
    expect(looks(second, first)).toEqual([null, '0']);
  });

  test.each([
    ['Anna', 'Hanna'],
    ['Jörg', 'Jorg'],
    ['Ben', 'Bea'],
    ['Анна', 'Инна'],
  ])('is not: %s and %s', (first, second) => expect(looks(first, second)).toEqual([null, null]));

  test('points to the first who has it, and who has no name looks like nobody', () => {
    expect(looks('Ada', null, 'ada', 'ADA', null)).toEqual([null, null, '0', '0', null]);
  });
});

test('names are read once per block', () => {
  let reads = 0;
  const reader = {
    value: (key: string) => {
      reads += 1;
      return key === 'diva:name:member:A' ? { value: ' Ada ' } : undefined;
    },
  } as unknown as ChainReader;
  const members = [{ publicKey: 'A' }, { publicKey: 'B' }];
  const names = memberNames(reader, 5, members);
  expect([...names.values()].map(({ name }) => name)).toEqual(['Ada', null]);
  expect(memberNames(reader, 5, members)).toBe(names);
  expect(reads).toBe(2);
  memberNames(reader, 6, members);
  expect(reads).toBe(4);
});
