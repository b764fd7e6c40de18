import { describe, expect, it } from 'vitest';
import { areConflicting } from '../../../src-main/core/evidence.ts';
import { contradictionOf } from '../../../src-main/core/statements.ts';
import type { SignedStatement } from '../../../src-main/core/types.ts';
import { hashOf, keyOf, networkOf, statementBy } from './builders.ts';

const { chainId } = networkOf();
const say = (kind: SignedStatement['kind'], view: number, what: Uint8Array | number, height = 5, key = 0) =>
  statementBy(chainId, keyOf(key), kind, height, view, what);
const [a, b] = [hashOf(1), hashOf(2)];

const conflicts: readonly (readonly [string, SignedStatement, SignedStatement])[] = [
  ['two PROPOSE of one view', say('propose', 3, a), say('propose', 3, b)],
  ['two VOTE of one view', say('vote', 3, a), say('vote', 3, b)],
  ['two COMMIT of one view', say('commit', 3, a), say('commit', 3, b)],
  ['two SKIP of one view with different hn', say('skip', 3, 1), say('skip', 3, -1)],
  ['SKIP(v, none) and COMMIT of view 0', say('skip', 3, -1), say('commit', 0, a)],
  ['SKIP(v, hn) and COMMIT(v)', say('skip', 3, 2), say('commit', 3, a)],
  ['SKIP(v, hn) and COMMIT(hn + 1)', say('skip', 3, 1), say('commit', 2, a)],
];

const harmless: readonly (readonly [string, SignedStatement, SignedStatement])[] = [
  ['one PROPOSE twice', say('propose', 3, a), say('propose', 3, a)],
  ['VOTE and COMMIT of different blocks', say('vote', 3, a), say('commit', 3, b)],
  ['PROPOSE and VOTE of different blocks', say('propose', 3, a), say('vote', 3, b)],
  ['VOTE in two views', say('vote', 3, a), say('vote', 4, b)],
  ['COMMIT in two views', say('commit', 3, a), say('commit', 4, b)],
  ['two SKIP of different views', say('skip', 3, 1), say('skip', 4, 2)],
  ['SKIP(v, hn) and COMMIT(hn)', say('skip', 3, 2), say('commit', 2, a)],
  ['SKIP(v, hn) and COMMIT after v', say('skip', 3, 1), say('commit', 4, a)],
  ['SKIP and VOTE of one view', say('skip', 3, -1), say('vote', 3, a)],
  ['two heights', say('vote', 3, a), say('vote', 3, b, 6)],
  ['two members', say('vote', 3, a), say('vote', 3, b, 5, 1)],
];

describe('evidence (PROTOCOL 4.9)', () => {
  it.each(conflicts)('is %s, in any order', (_, first, second) => {
    expect(areConflicting(first, second)).toBe(true);
    expect(areConflicting(second, first)).toBe(true);
  });

  it.each(harmless)('is not %s', (_, first, second) => {
    expect(areConflicting(first, second)).toBe(false);
    expect(areConflicting(second, first)).toBe(false);
  });

  it('is found among what one member said', () => {
    const said = [say('commit', 1, a), say('skip', 2, 1), say('skip', 4, 1), say('commit', 3, a)];
    expect(contradictionOf(said)).toEqual([said[2], said[3]]);
    expect(contradictionOf(said.slice(0, 3))).toBeUndefined();
  });
});
