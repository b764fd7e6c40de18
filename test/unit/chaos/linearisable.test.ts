import { describe, expect, it } from 'vitest';
import { checkRegister } from '../../chaos/linearisable.ts';
import type { RegisterRead, RegisterWrite } from '../../chaos/linearisable.ts';

const write = (value: string, invokedMs: number, completedMs: number): RegisterWrite => {
  return { value, invokedMs, completedMs };
};
const read = (value: string | null, invokedMs: number, completedMs: number): RegisterRead => {
  return { value, invokedMs, completedMs };
};
const sentences = (writes: RegisterWrite[], reads: RegisterRead[]): string[] => {
  return checkRegister('key', writes, reads).map(({ sentence }) => sentence);
};

describe('a history that can have happened', () => {
  it.each<[string, RegisterWrite[], RegisterRead[]]>([
    ['nothing at all', [], []],
    ['nothing is read before anything is written', [write('a', 5, 6)], [read(null, 1, 2)]],
    [
      'each value is read after its write',
      [write('a', 1, 2), write('b', 5, 6)],
      [read('a', 3, 4), read('b', 7, 8)],
    ],
    ['a read beside a write sees the old value', [write('a', 1, 10)], [read(null, 2, 9)]],
    ['a read beside a write sees the new value', [write('a', 1, 10)], [read('a', 2, 3)]],
    ['two writes at once, in either order', [write('a', 1, 10), write('b', 1, 10)], [read('a', 11, 12)]],
    [
      'reads beside two writes see one after the other',
      [write('a', 1, 10), write('b', 1, 10)],
      [read('a', 2, 3), read('b', 4, 5)],
    ],
    [
      'a write without an answer is seen later',
      [write('a', 1, Infinity)],
      [read(null, 2, 3), read('a', 8, 9)],
    ],
    [
      'a write without an answer is never seen',
      [write('a', 1, Infinity)],
      [read(null, 2, 3), read(null, 8, 9)],
    ],
    ['a value is overwritten unseen', [write('a', 1, 2), write('b', 3, 4)], [read('b', 5, 6)]],
  ])('%s', (_, writes, reads) => {
    expect(sentences(writes, reads)).toEqual([]);
  });
});

describe('a history that cannot have happened', () => {
  it.each<[string, RegisterWrite[], RegisterRead[], string]>([
    ['a value from nowhere', [write('a', 1, 2)], [read('x', 3, 4)], 'nobody wrote'],
    ['a value from the future', [write('a', 5, 6)], [read('a', 1, 2)], 'before it was written'],
    [
      'the old value after the write is over',
      [write('a', 1, 2), write('b', 3, 4)],
      [read('a', 5, 6)],
      'was not seen',
    ],
    ['no value after a write is over', [write('a', 1, 2)], [read(null, 3, 4)], 'was not seen'],
    [
      'back to the old value after the new one was read',
      [write('a', 1, 20), write('b', 1, 20)],
      [read('a', 2, 3), read('b', 4, 5), read('a', 6, 7)],
      'was not seen',
    ],
    [
      'readers that see two writes in opposite orders',
      [write('a', 1, 2), write('b', 1, 2)],
      [read('a', 3, 4), read('b', 5, 6)].toReversed().concat(read('a', 7, 8)),
      'after a newer one',
    ],
    [
      'no value any more after a read saw one',
      [write('a', 1, Infinity)],
      [read('a', 2, 3), read(null, 4, 5)],
      'was not seen',
    ],
  ])('%s', (_, writes, reads, sentence) => {
    const found = sentences(writes, reads);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(sentence);
  });
});

describe('against a search through all orders', () => {
  /** Wing and Gong: tries every order that the times allow. */
  const canHaveHappened = (writes: RegisterWrite[], reads: RegisterRead[]): boolean => {
    const all = [
      ...writes.map((one) => ({ ...one, isWrite: true })),
      ...reads.map((one) => ({ ...one, isWrite: false })),
    ];
    const search = (left: typeof all, value: string | null): boolean => {
      if (left.every(({ completedMs }) => completedMs === Infinity)) return true;
      const soonest = Math.min(...left.map(({ completedMs }) => completedMs));
      return left.some((next) => {
        if (next.invokedMs > soonest || (!next.isWrite && next.value !== value)) return false;
        return search(
          left.filter((one) => one !== next),
          next.isWrite ? next.value : value,
        );
      });
    };
    return search(all, null);
  };

  it('both say the same of 4000 small histories', () => {
    let state = 7;
    const below = (bound: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >>> 8) % bound;
    };
    const verdicts = { possible: 0, impossible: 0 };
    for (let round = 0; round < 4000; round++) {
      // No two moments are the same, as with a real clock.
      const moments = Array.from({ length: 12 }, (_, index) => index + below(1000) / 1001).sort(
        (a, b) => a - b,
      );
      const span = (): [number, number] => {
        const first = moments.splice(below(moments.length), 1)[0]!;
        const second = moments.splice(below(moments.length), 1)[0]!;
        return first < second ? [first, second] : [second, first];
      };
      const writes = ['a', 'b', 'c'].map((value) => {
        const [from, to] = span();
        return write(value, from, below(5) === 0 ? Infinity : to);
      });
      const reads = Array.from({ length: 3 }, () => read(['a', 'b', 'c', null][below(4)]!, ...span()));
      const expected = canHaveHappened(writes, reads);
      expect(sentences(writes, reads).length === 0, JSON.stringify({ writes, reads })).toBe(expected);
      verdicts[expected ? 'possible' : 'impossible']++;
    }
    expect(Math.min(verdicts.possible, verdicts.impossible)).toBeGreaterThan(200);
  });
});
