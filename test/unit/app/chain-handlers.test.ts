import { expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { chainHandlers } from '../../../src-main/app/chain-handlers.ts';
import type { NodeFacade } from '../../../src-main/node/facade.ts';
import { ChainDouble } from '../networks/chain-double.ts';
import { crypto, KEYS } from '../proof/fixture.ts';

const AUTHOR = toText(KEYS[0]!.publicKey);

function opened() {
  const chain = new ChainDouble();
  const node = { reader: chain.reader() } as NodeFacade;
  return { chain, ...chainHandlers({ crypto, node: () => node, seenAtMs: () => null }) };
}

it('a value of the state has a name space when it is data, and none when it is a decision', async () => {
  const { chain, getState } = opened();
  const vote = { kind: 'decision', ns: 'notes:rule', h: 9, d: 'yes' } as const;
  chain.append([0, [{ kind: 'data', ns: 'notes:one', d: 'x' }, vote]], [1, [vote]], [2, [vote]]);
  const data = await getState({ key: `notes:one:${AUTHOR}`, height: null });
  expect(data).toEqual({ key: `notes:one:${AUTHOR}`, ns: 'notes:one', value: 'x', height: 2 });
  expect(await getState({ key: 'notes:rule', height: null })).toMatchObject({ ns: null, value: 'yes' });
});

it('a block names the state before it, where there is one', async () => {
  const { chain, getBlock } = opened();
  for (const d of ['x', 'y']) chain.append([0, [{ kind: 'data', ns: 'notes:one', d }]]);
  const blockAt = (height: number) => getBlock({ height, transactionOffset: 0, transactionLimit: 0 });
  expect((await blockAt(2)).stateHash).toBeNull();
  expect((await blockAt(3)).stateHash).toMatch(/^(?!A{43})[\w-]{43}$/);
});
