import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { barPercent, countKinds } from '../../../src-renderer/components/pictures/contentBar.ts';
import { lanesShape, PAGE } from '../../../src-renderer/components/pictures/lanes.ts';
import { memberPicture, PICTURE_CELLS } from '../../../src-renderer/components/pictures/memberPicture.ts';
import {
  FIRST_WORDS,
  memberWords,
  SECOND_WORDS,
} from '../../../src-renderer/components/pictures/memberWords.ts';
import { qrShape } from '../../../src-renderer/components/pictures/qrPicture.ts';
import { ringShape, type ArcState, type RingMember } from '../../../src-renderer/components/pictures/ring.ts';
import { text32 } from './fixtures/keys.ts';

const MEASURE = { centre: 50, radius: 40, strokeWidth: 10, gap: 2 };

function ring(...members: readonly (readonly [number, ArcState])[]): RingMember[] {
  return members.map(([stake, state], index) => ({ id: String(index), stake, state }));
}

describe('the ring', () => {
  it('closes only past two thirds, never at them', () => {
    expect(ringShape(ring([1, 'signed'], [1, 'signed'], [1, 'missing']), MEASURE).closed).toBe(false);
    expect(ringShape(ring([1, 'signed'], [1, 'signed'], [1, 'signed'], [1, 'missing']), MEASURE).closed).toBe(
      true,
    );
    expect(ringShape(ring([67, 'signed'], [33, 'waiting']), MEASURE).closed).toBe(true);
    expect(ringShape(ring([2 ** 49, 'signed'], [2 ** 48, 'missing']), MEASURE).closed).toBe(false);
  });

  it('stays open without stake', () => {
    const shape = ringShape(ring([0, 'signed']), MEASURE);
    expect(shape).toMatchObject({ closed: false, arcs: [] });
  });

  it('fills from the top: whoever signed comes first, in the order given', () => {
    const shape = ringShape(ring([1, 'missing'], [1, 'signed'], [1, 'waiting'], [1, 'signed']), MEASURE);
    expect(shape.arcs.map(({ id }) => id)).toEqual(['1', '3', '2', '0']);
  });

  it('draws a single member as a whole circle, and a wide arc the long way round', () => {
    const [whole] = ringShape(ring([5, 'signed']), MEASURE).arcs;
    expect(whole?.path.match(/A/g)).toHaveLength(2);
    const [wide, narrow] = ringShape(ring([3, 'signed'], [1, 'missing']), MEASURE).arcs;
    expect(wide?.path).toContain('A40 40 0 1 1');
    expect(narrow?.path).toContain('A40 40 0 0 1');
  });

  it('keeps the arcs of very small stakes visible', () => {
    for (const { path } of ringShape(ring([1, 'missing'], [10_000, 'signed']), MEASURE).arcs) {
      const [start, end] = path.split('A');
      expect(start?.slice(1)).not.toBe(end?.split(' ').slice(-2).join(' '));
    }
  });
});

describe('the bar', () => {
  it('grows with the size, and never beyond its place', () => {
    const sizes = [0, 100, 1000, 100_000, 1024 * 1024, 1e9];
    const percents = sizes.map(barPercent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(0)).toBeGreaterThan(0);
    expect(percents.at(-1)).toBe(100);
  });

  it('counts the kinds, most frequent first', () => {
    const stripes = (['data', 'decision', 'data'] as const).map((kind) => ({ kind, sizeBytes: 1 }));
    expect(countKinds(stripes)).toEqual([
      { kind: 'data', count: 2 },
      { kind: 'decision', count: 1 },
    ]);
  });
});

describe('the notebooks', () => {
  it('stand the bookmark behind the last page of each', () => {
    const shape = lanesShape([
      { id: 'a', pages: { from: 1, to: 1 } },
      { id: 'b', pages: { from: 4, to: 6 } },
      { id: 'c', pages: null },
    ]);
    expect(shape.rows.map(({ before, pages }) => [before?.seq, pages.map(({ seq }) => seq)])).toEqual([
      [undefined, [1]],
      [3, [4, 5, 6]],
      [undefined, []],
    ]);
    const stops = [...shape.bookmark.matchAll(/[MH](\d+)/g)].map(([, x]) => Number(x));
    const start = (shape.rows[0]?.pages[0]?.x ?? 0) - 3;
    expect(stops).toEqual([start + PAGE.step, start + 3 * PAGE.step, start]);
  });

  it('draw at most ten pages of one, and say how many more there are', () => {
    const [row] = lanesShape([{ id: 'a', pages: { from: 1, to: 14 } }]).rows;
    expect(row?.pages).toHaveLength(10);
    expect(row?.hidden).toBe(4);
  });

  it('survive an empty cut', () => {
    expect(lanesShape([]).rows).toEqual([]);
  });
});

describe('a member', () => {
  const keys = Array.from({ length: 200 }, (_, index) => text32(`member-${index}`));

  it('always has the same picture, symmetrical, with something on it', () => {
    for (const key of keys) {
      const picture = memberPicture(key);
      expect(picture).toEqual(memberPicture(key));
      expect(picture.cells.length).toBeGreaterThan(0);
      for (const { column, row, shape } of picture.cells) {
        expect(picture.cells).toContainEqual({ column: PICTURE_CELLS - 1 - column, row, shape });
      }
    }
  });

  it('has a picture that others do not have', () => {
    expect(new Set(keys.map((key) => JSON.stringify(memberPicture(key)))).size).toBe(keys.length);
  });

  it('has two words from lists of 256 different ones', () => {
    for (const list of [FIRST_WORDS, SECOND_WORDS]) {
      expect(new Set(list).size).toBe(256);
      expect(list.every((word) => /^[a-z]{3,12}$/.test(word))).toBe(true);
    }
    expect(new Set([...FIRST_WORDS, ...SECOND_WORDS]).size).toBe(512);
    expect(memberWords(keys[0] ?? '')).toMatch(/^[a-z]+ [a-z]+$/);
    expect(new Set(keys.map(memberWords)).size).toBeGreaterThan(190);
  });
});

describe('the QR picture', () => {
  const PIXELS = 3;

  /** The path, drawn dark on light as the window does. */
  function drawn({ size, path }: ReturnType<typeof qrShape>) {
    const width = size * PIXELS;
    const data = new Uint8ClampedArray(width * width * 4).fill(255);
    for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
      for (let row = Number(y) * PIXELS; row < (Number(y) + 1) * PIXELS; row++)
        for (let column = Number(x) * PIXELS; column < (Number(x) + Number(run)) * PIXELS; column++)
          data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
    return { width, height: width, data };
  }

  it.each([40, 480, 1100])('of a link of %i characters is read as that link', (length) => {
    const link = `diva://join/1/${'Zx9-_'.repeat(length / 5)}`;
    expect(decodeQR(drawn(qrShape(link)), { timeLimit: 10_000 })).toBe(link);
  });

  it('has four modules of nothing around it, which cameras look for', () => {
    const { size, path } = qrShape('diva://join/1/short');
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map((run) => run.slice(1).map(Number));
    const columns = runs.flatMap(([x = 0, , width = 0]) => [x, x + width]);
    const rows = runs.flatMap(([, y = 0]) => [y, y + 1]);
    for (const edges of [columns, rows])
      expect([Math.min(...edges), Math.max(...edges)]).toEqual([4, size - 4]);
  });
});
