/** Nodes that outlived an earlier start of the app: real handlers, over processes that the test makes up. */
import { describe, expect, it } from 'vitest';
import type { Leftovers, Task } from '../../../src-main/app/contract/networks.ts';
import type { Leftover } from '../../../src-main/networks/leftovers.ts';
import type { LocalNetwork, LocalNode, NodeInstance } from '../../../src-main/networks/types.ts';
import { makeEmptyApp } from './empty-app.ts';

const ID = 'n'.repeat(43);
const ANOTHER = 'm'.repeat(43);
const BEN = 'b'.repeat(43);

const left: Leftover = {
  ...{ networkId: ID, networkName: 'Lab', publicKey: BEN, name: 'Ben', pid: 4711 },
  dataDir: '/data/networks/lab/nodes/2',
};
const ended = { nodes: [] };
const shown = { nodes: [{ networkId: ID, networkName: 'Lab', name: 'Ben', pid: 4711 }] };

/** An app that starts beside these processes. `openPid`: of Ben, once his network is open. */
async function started(found: Leftover[], openPid: number | null = null) {
  const asked: string[] = [];
  const facade = { subscribe: () => () => undefined, snapshot: () => ({ members: [] }) };
  const networkOf = (id: string): LocalNetwork => {
    const network: Partial<LocalNetwork> = {
      ...{ id, kind: 'local', name: 'Lab' },
      stages: () => ['starting'],
      nodes: () => [{ publicKey: BEN, name: 'Ben', isOwn: false, pid: openPid } as LocalNode],
      own: () => ({ facade }) as unknown as NodeInstance,
      subscribe: () => () => undefined,
      start: () => Promise.resolve(void asked.push(`open ${id.slice(0, 1)}`)),
      startNode: () => Promise.resolve(void asked.push('startNode')),
    };
    return network as LocalNetwork;
  };
  const made = await makeEmptyApp(
    {},
    {
      loadNetwork: (id) => Promise.resolve(networkOf(id)),
      leftovers: () => Promise.resolve([...found]),
      endLeftover: ({ pid }) => {
        asked.push(`end ${pid}`);
        found.splice(0);
        return Promise.resolve();
      },
    },
  );
  const told: Leftovers[] = [];
  made.app.attach((_, value) => told.push(value as Leftovers)).subscribe('leftovers');
  const tasks: Task[] = [];
  made.app.attach((_, value) => tasks.push(value as Task)).subscribe('task');
  const open = async (networkId: string): Promise<void> => {
    await made.app.dispatch('openNetwork', { networkId });
    await expect.poll(() => tasks.at(-1)?.state).toBe('done');
  };
  const answer = (networkId: string, restart: boolean) =>
    made.app.dispatch('endLeftovers', { networkId, restart });
  return { ...made, asked, told, tasks, open, answer };
}

describe('nodes that were left behind', () => {
  it('are said at the start, and until they end by themselves', async () => {
    const found = [left];
    const { told, clock } = await started(found);
    expect(told).toEqual([shown]);
    clock.advance(5_000);
    await new Promise(setImmediate);
    expect(told).toEqual([shown]);
    found.splice(0);
    clock.advance(5_000);
    await expect.poll(() => told).toEqual([shown, ended]);
    // Nobody is looked for any more.
    found.push(left);
    clock.advance(5_000);
    await new Promise(setImmediate);
    expect(told).toEqual([shown, ended]);
  });

  it('are none where there is nothing, and none that the open network runs', async () => {
    const found: Leftover[] = [];
    const { told, open, answer, asked } = await started(found, left.pid);
    expect(told).toEqual([ended]);
    await open(ID);
    found.push(left);
    expect(await answer(ID, false)).toEqual({ ok: true, value: {} });
    expect([told, asked]).toEqual([[ended], ['open n']]);
  });

  it('end when their owner says so, and those of other networks do not', async () => {
    const { told, asked, answer } = await started([left]);
    expect(await answer(ANOTHER, false)).toEqual({ ok: true, value: {} });
    expect([told, asked]).toEqual([[shown], []]);
    expect(await answer(ID, false)).toEqual({ ok: true, value: {} });
    expect([told, asked]).toEqual([[shown, ended], ['end 4711']]);
  });

  it('run again with their network, where that is closed', async () => {
    const { asked, answer, tasks } = await started([left]);
    expect(await answer(ID, true)).toEqual({ ok: true, value: {} });
    await expect.poll(() => tasks.at(-1)?.state).toBe('done');
    expect(asked).toEqual(['end 4711', 'open n']);
  });

  it('run again in their network, where that is open, and stay as they are where another one is', async () => {
    const { asked, answer, open } = await started([left]);
    await open(ID);
    expect(await answer(ID, true)).toEqual({ ok: true, value: {} });
    expect(asked).toEqual(['open n', 'end 4711', 'startNode']);

    const other = await started([left]);
    await other.open(ANOTHER);
    expect(await other.answer(ID, true)).toMatchObject({ ok: false, error: { code: 'network-open' } });
    expect(other.asked).toEqual(['open m']);
  });
});
