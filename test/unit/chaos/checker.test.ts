import { describe, expect, it } from 'vitest';
import { check } from '../../chaos/checker.ts';
import type { Entry, NodeSeen, Observation, Read, Write } from '../../chaos/history.ts';

function write(origin: string, ident: string, times: [number, number | null, number | null]): Write {
  const [invokedMs, acknowledgedMs, finalMs] = times;
  const value = `${ident} of ${origin}`;
  return {
    client: origin,
    origin,
    ident,
    ns: 'chaos:keys:k0',
    value,
    invokedMs,
    acknowledgedMs,
    finalMs,
    refused: false,
  };
}

const entryOf = ({ origin, ident, ns, value }: Write, height: number): Entry => {
  return { height, origin, ident, data: [{ ns, value, outcome: 'applied' }] };
};

/** Two nodes, four records, everything in order. */
function sound() {
  const writes = [
    write('ada', 'one', [1, 2, 4]),
    write('ben', 'one', [1, 3, 5]),
    write('ada', 'two', [10, 11, 14]),
    write('ada', 'three', [20, 21, 24]),
  ];
  const chain = writes.map((one, index) => entryOf(one, index + 2));
  const reads: Read[] = [
    { client: 'ben', key: 'chaos:keys:k0:ada', value: 'two of ada', invokedMs: 15, completedMs: 16 },
  ];
  const blocks = [1, 2, 3, 4, 5].map((height) => ({ hash: `hash ${height}`, content: `content ${height}` }));
  const values = new Map([
    ['chaos:keys:k0:ada', 'three of ada'],
    ['chaos:keys:k0:ben', 'one of ben'],
    ['chaos:keys:k1:ada', null],
  ]);
  const verdict = { valid: true, height: 5, transactions: 4 };
  const node = (name: string, source: NodeSeen['source']): NodeSeen => {
    return { name, source, blocks, verdict, integrity: source === 'api' ? null : 'ok', values };
  };
  const nodes = [node('Ada', 'api'), node('Ben', 'api'), node('Ada', 'database'), node('Ben', 'database')];
  return { writes, reads, chain, nodes };
}

type Sound = ReturnType<typeof sound>;

function checksOf(
  change: (all: Sound) => Partial<Sound> & { losses?: Observation['history']['losses'] },
): string[] {
  const all = sound();
  const { writes, reads, chain, nodes, losses = [] } = { ...all, ...change(all) };
  return check({ history: { writes, reads, losses }, nodes, chain }).map(({ check: name }) => name);
}

const lossAt = (atMs: number) => [{ origin: 'ada', atMs, reason: 'a test' }];

describe('a sound run', () => {
  it('has no violation', () => {
    expect(checksOf(() => ({}))).toEqual([]);
  });

  it('may have lost what only a lost disk had, and nobody knows whether it was taken', () => {
    const lost = write('ada', 'lost', [30, 31, null]);
    const unknown = write('ben', 'unknown', [30, null, null]);
    expect(checksOf(({ writes }) => ({ writes: [...writes, lost, unknown], losses: lossAt(32) }))).toEqual(
      [],
    );
  });

  it('may have committed what nobody got an answer for', () => {
    const late = write('ben', 'two', [0, null, null]);
    expect(
      checksOf(({ writes, chain, nodes }) => ({
        writes: [...writes, late],
        chain: [...chain, entryOf(late, 6)],
        nodes: nodes.map((node) => {
          const blocks = [...node.blocks, { hash: 'hash 6', content: 'content 6' }];
          const values = new Map([...node.values, ['chaos:keys:k0:ben', late.value]]);
          return { ...node, blocks, values, verdict: { valid: true, height: 6, transactions: 5 } };
        }),
      })),
    ).toEqual([]);
  });
});

/** One node of the four says something else. */
const withNode = (index: number, change: (node: NodeSeen) => Partial<NodeSeen>) => {
  return ({ nodes }: Sound) => ({
    nodes: nodes.map((node, at) => (at === index ? { ...node, ...change(node) } : node)),
  });
};
const replaced = (blocks: NodeSeen['blocks'], at: number, change: object) => {
  return blocks.map((block, index) => (index === at ? { ...block, ...change } : block));
};

describe('a bad run is noticed:', () => {
  it.each<[string, Parameters<typeof checksOf>[0], string[]]>([
    ['no node was read', () => ({ nodes: [] }), ['one chain']],
    [
      'another block at one height',
      withNode(1, ({ blocks }) => ({ blocks: replaced(blocks, 2, { hash: 'fork' }) })),
      ['one chain'],
    ],
    [
      'a database that differs from what its node said',
      withNode(2, ({ blocks }) => ({ blocks: replaced(blocks, 4, { hash: 'fork' }) })),
      ['one chain'],
    ],
    [
      'a node that stayed behind',
      withNode(3, ({ blocks }) => ({
        blocks: blocks.slice(0, 4),
        verdict: { valid: true, height: 4, transactions: 3 },
      })),
      ['one chain', 'valid chain'],
    ],
    [
      'another result of the same block',
      withNode(1, ({ blocks }) => ({ blocks: replaced(blocks, 3, { content: 'rejected' }) })),
      ['equal results'],
    ],
    [
      'a chain that does not verify',
      withNode(0, () => ({ verdict: { valid: false, reason: 'bad-certificate', height: 3 } })),
      ['valid chain'],
    ],
    [
      'a verification of another chain',
      withNode(0, () => ({ verdict: { valid: true, height: 5, transactions: 3 } })),
      ['valid chain'],
    ],
    [
      'a damaged database',
      withNode(2, () => ({ integrity: 'row 7 missing from index' })),
      ['sound database'],
    ],
    [
      'a value that the chain did not write last',
      withNode(1, ({ values }) => ({ values: new Map([...values, ['chaos:keys:k0:ada', 'two of ada']]) })),
      ['equal values'],
    ],
    [
      'a value where there is none',
      withNode(1, ({ values }) => ({ values: new Map([...values, ['chaos:keys:k1:ada', 'x']]) })),
      ['equal values'],
    ],
    [
      'a transaction that is there twice',
      ({ chain }) => ({ chain: [...chain.slice(0, 3), chain[2]!, chain[3]!] }),
      ['valid chain', 'valid chain', 'valid chain', 'valid chain', 'exactly once'],
    ],
    [
      'something accepted that is not there',
      ({ writes }) => ({ writes: [...writes, write('ada', 'four', [30, 31, null])] }),
      ['nothing lost'],
    ],
    [
      'something accepted after the disk was lost that is not there',
      ({ writes }) => ({ writes: [...writes, write('ada', 'four', [30, 33, null])], losses: lossAt(32) }),
      ['nothing lost'],
    ],
    [
      'something of another node that is not there',
      ({ writes }) => ({ writes: [...writes, write('ben', 'four', [30, 31, null])], losses: lossAt(32) }),
      ['nothing lost'],
    ],
    [
      'something final that is not there, whatever was lost',
      ({ writes }) => {
        return {
          writes: [...writes, { ...write('ada', 'four', [30, 31, 32]), ns: 'chaos:keys:k2' }],
          losses: lossAt(33),
        };
      },
      ['nothing lost'],
    ],
    [
      'a record that nobody wrote',
      ({ writes }) => ({ writes: writes.filter(({ ident }) => ident !== 'three') }),
      ['nothing invented'],
    ],
    [
      'a record that was refused',
      ({ writes }) => ({
        writes: writes.map((one) => {
          return one.ident === 'three' ? { ...one, refused: true, acknowledgedMs: null, finalMs: null } : one;
        }),
      }),
      ['nothing invented'],
    ],
    [
      'a record with another content',
      ({ writes }) => ({
        writes: writes.map((one) => (one.ident === 'three' ? { ...one, value: 'something else' } : one)),
      }),
      ['nothing invented'],
    ],
  ])('%s', (_, change, expected) => {
    expect(checksOf(change)).toEqual(expected);
  });

  const swapped = ({ chain }: Sound, one: number, other: number): Entry[] => {
    const changed = [...chain];
    [changed[one], changed[other]] = [chain[other]!, chain[one]!];
    return changed;
  };
  const unseen = (writes: readonly Write[]) => writes.map((one) => ({ ...one, finalMs: null }));
  const values = (last: string) => (all: Sound) => {
    return all.nodes.map((node) => ({
      ...node,
      values: new Map([...node.values, ['chaos:keys:k0:ada', last]]),
    }));
  };

  it('a node that commits what it accepted later first', () => {
    const change = (all: Sound) => {
      return {
        writes: unseen(all.writes),
        chain: swapped(all, 2, 3),
        nodes: values('two of ada')(all),
        reads: [],
      };
    };
    expect(checksOf(change)).toEqual(['lane order']);
    // The lane may have to be put together again from what others had.
    expect(checksOf((all) => ({ ...change(all), losses: lossAt(15) }))).toEqual([]);
    expect(checksOf((all) => ({ ...change(all), losses: lossAt(25) }))).toEqual(['lane order']);
  });

  it('a record before one that was final when it was written', () => {
    expect(checksOf((all) => ({ chain: swapped(all, 1, 2) }))).toEqual(['real-time order']);
  });

  it('an old value that was read after a new one was final', () => {
    expect(
      checksOf(({ reads }) => ({ reads: reads.map((read) => ({ ...read, value: 'one of ada' })) })),
    ).toEqual(['linearisable per key']);
  });

  it('a value that was read and is not in the chain', () => {
    expect(
      checksOf(({ reads }) => ({ reads: reads.map((read) => ({ ...read, value: 'four of ada' })) })),
    ).toEqual(['linearisable per key']);
  });
});
