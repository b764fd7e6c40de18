import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { data } from './chain-fixture.ts';
import { newStore, type OpenedStore } from './folder.ts';

function commit({ chain, store }: OpenedStore, member: number, ident: string, ns: string, d: string): number {
  const block = chain.block([chain.bundle(member, [{ ident, commands: [data(ns, d)] }])]);
  store.write([{ type: 'commitBlock', block }]);
  return block.sealed.header.height;
}

describe('searchBlocks', () => {
  it('looks into origin, ident, ns and d, whatever SQL makes of the characters', () => {
    const opened = newStore();
    const { chain, store } = opened;
    commit(opened, 1, 'ident-alpha', 'diva:seal:first', 'plain');
    commit(opened, 2, 'beta', 'diva:note:second', '100% of _it\'s_ "quoted" \\ end');
    commit(opened, 1, 'gamma', 'diva:note:third', 'Grüße из Цюриха 🙂');
    expect(store.searchBlocks('alpha', 100)).toEqual([2]);
    expect(store.searchBlocks('diva:note', 100)).toEqual([3, 4]);
    for (const query of ['100%', '_it', "it's", '"quoted"', '\\ end']) {
      expect(store.searchBlocks(query, 100)).toEqual([3]);
    }
    for (const query of ['Grüße', 'Цюриха', '🙂']) expect(store.searchBlocks(query, 100)).toEqual([4]);
    expect(store.searchBlocks(toText(chain.keys[1]!), 100)).toEqual([2, 4]);
    expect(store.searchBlocks(toText(chain.keys[2]!).slice(3, 20), 100)).toEqual([3]);
  });

  it('is case-sensitive, knows no wildcards and finds nothing in signatures or digests', () => {
    const opened = newStore();
    const { store } = opened;
    commit(opened, 1, 'ident', 'diva:seal:first', 'plain');
    for (const query of ['PLAIN', 'pl%n', 'p_ain', '%', '*', '\0'])
      expect(store.searchBlocks(query, 100)).toEqual([]);
  });

  it('gives the newest ones, at most 100, ascending', () => {
    const opened = newStore();
    const { store, chain } = opened;
    for (let i = 0; i < 130; i++) commit(opened, i % 4, `i${i}`, 'diva:many:x', i % 2 === 0 ? 'even' : 'odd');
    const even = Array.from({ length: 65 }, (_, i) => 2 + 2 * i);
    expect(store.searchBlocks('even', 3)).toEqual([126, 128, 130]);
    expect(store.searchBlocks('even', 1_000)).toEqual(even);
    expect(store.searchBlocks('diva:many', 1_000)).toEqual(Array.from({ length: 100 }, (_, i) => 32 + i));
    expect(store.searchBlocks('', 2)).toEqual([130, 131]);
    expect(store.searchBlocks(toText(chain.keys[0]!), 2)).toEqual([126, 130]);
    expect(store.searchBlocks('even', 0)).toEqual([]);
    expect(store.searchBlocks('even', -1)).toEqual([]);
  });

  it('finds the genesis by its name, and refuses absurd queries', () => {
    const { store } = newStore();
    expect(store.searchBlocks('genesis', 100)).toEqual([1]);
    expect(store.searchBlocks('', 100)).toEqual([1]);
    expect(store.searchBlocks('x'.repeat(10_000), 100)).toEqual([]);
  });
});

describe('searchValues', () => {
  it('looks into keys and current values, in key order', () => {
    const opened = newStore();
    const { chain, store } = opened;
    commit(opened, 1, 'a', 'diva:book:b', 'needle in the value');
    commit(opened, 1, 'b', 'diva:book:a', 'nothing');
    commit(opened, 2, 'c', 'diva:needle:c', '50%');
    commit(opened, 2, 'd', 'diva:book:old', 'needle was here');
    commit(opened, 2, 'e', 'diva:book:old', 'and is gone');
    const keys = (query: string, limit = 100) => store.searchValues(query, limit).map(({ key }) => key);
    const [one, two] = [toText(chain.keys[1]!), toText(chain.keys[2]!)];
    expect(keys('needle')).toEqual([`diva:book:b:${one}`, `diva:needle:c:${two}`]);
    expect(keys('diva:book:')).toEqual([`diva:book:a:${one}`, `diva:book:b:${one}`, `diva:book:old:${two}`]);
    expect(keys('%')).toEqual([`diva:needle:c:${two}`]);
    expect(keys('NEEDLE')).toEqual([]);
    expect(keys('', 2)).toEqual([`diva:book:a:${one}`, `diva:book:b:${one}`]);
    expect(keys('peer:')).toHaveLength(4);
    expect(store.searchValues('diva:needle', 1)).toEqual([
      { key: `diva:needle:c:${two}`, value: '50%', height: 4, origin: two, ident: 'c' },
    ]);
  });

  it('leaves out what has ended, and reads through many steps', () => {
    const opened = newStore();
    const { chain, store } = opened;
    const block = chain.block([]);
    const origin = toText(chain.ownKey);
    const writes = Array.from({ length: 5_000 }, (_, i) => ({
      key: `test:many:${String(i).padStart(5, '0')}`,
      value: i % 1_000 === 999 ? 'rare' : 'common',
      height: 2,
      origin,
      ident: 'w',
    }));
    store.write([{ type: 'commitBlock', block: { ...block, writes } }]);
    expect(store.searchValues('common', 1_000)).toHaveLength(100);
    expect(store.searchValues('rare', 100).map(({ key }) => key.slice(-5))).toEqual([
      '00999',
      '01999',
      '02999',
      '03999',
      '04999',
    ]);
    const end = { key: 'test:many:00999', value: null, height: 3, origin, ident: 'end' };
    store.write([{ type: 'commitBlock', block: chain.block([], { writes: [end] }) }]);
    expect(store.searchValues('rare', 100)).toHaveLength(4);
    expect(store.searchValues('test:many:00999', 100)).toEqual([]);
  });
});
