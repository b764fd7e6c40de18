import { describe, expect, it } from 'vitest';
import { isAboutKey, isReserved, namespaceOfData } from '../../../src-main/ledger/own-keys.ts';

const KEY = 'k'.repeat(43);

describe('what the ledger itself keeps', () => {
  it.each(['peer:', 'evidence:', 'lane:'])('about a key under %s is no data of that key', (prefix) => {
    expect(isAboutKey(prefix + KEY)).toBe(true);
    expect(isReserved(`${prefix}x`)).toBe(true);
    expect(namespaceOfData(prefix + KEY, KEY)).toBeNull();
  });

  it('are also taken decisions, which are about no key', () => {
    expect(isReserved('decision:taken:x')).toBe(true);
    expect(isAboutKey('decision:taken:x')).toBe(false);
  });
});

describe('data', () => {
  it('is known by the key of its author at the end', () => {
    expect(namespaceOfData(`notes:lane:${KEY}`, KEY)).toBe('notes:lane');
    expect(namespaceOfData('notes:lane', KEY)).toBeNull();
    expect(namespaceOfData(`notes:lane:${KEY}`, 'o'.repeat(43))).toBeNull();
  });

  it('may stand in every name space that only resembles a reserved one', () => {
    for (const ns of ['peers:x', 'lanes:x', 'notes:peer:x', 'decisions:x'])
      expect(isReserved(ns), ns).toBe(false);
  });
});
