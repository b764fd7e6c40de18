/** What may be asked of the open network while it comes and goes: real handlers, a network whose work the test ends. */
import { expect, it } from 'vitest';
import type { Task } from '../../../src-main/app/contract/networks.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import type {
  LocalNetwork,
  LocalNode,
  NodeInstance,
  SharedNetwork,
} from '../../../src-main/networks/types.ts';
import { DecisionError } from '../../../src-main/node/facade.ts';
import { makeEmptyApp } from './empty-app.ts';

const ID = 'n'.repeat(43);
const OTHER = 'o'.repeat(43);
const SELF = 's'.repeat(43);
/** A member without a node here. */
const GONE = 'g'.repeat(43);

interface Scripted {
  readonly network: LocalNetwork;
  readonly asked: string[];
  /** Of the own node. */
  readonly state: { awaits: 'amnesia' | 'clone' | null };
  /** Ends the stop that is going on. */
  endStop(): void;
}

function scripted(): Scripted {
  const asked: string[] = [];
  const state: Scripted['state'] = { awaits: null };
  let endStop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (endStop = resolve));
  const other = { publicKey: OTHER, name: 'Ben', isOwn: false, state: 'stopped' } as LocalNode;
  const facade = {
    publicKey: SELF,
    subscribe: () => () => undefined,
    snapshot: () => ({
      members: [
        { publicKey: SELF, isSelf: true },
        { publicKey: GONE, isSelf: false },
      ],
    }),
    overrideSilence: (decision: string) => {
      if (decision !== state.awaits)
        return Promise.reject(new DecisionError('not-silent', 'no', state.awaits));
      asked.push(decision);
      return Promise.resolve();
    },
  };
  const network: Partial<LocalNetwork> = {
    id: ID,
    kind: 'local',
    name: 'Lab',
    stages: () => ['starting'],
    nodes: () => [other],
    own: () => ({ facade }) as unknown as NodeInstance,
    subscribe: () => () => undefined,
    start: () => Promise.resolve(),
    stop: () => {
      asked.push('stop');
      return stopped;
    },
    removeNode: () => {
      asked.push('removeNode');
      return Promise.resolve({ backupPath: null });
    },
    startNode: () => {
      asked.push('startNode');
      return Promise.resolve();
    },
  };
  return { network: network as LocalNetwork, asked, state, endStop };
}

async function opened(): Promise<Scripted & Awaited<ReturnType<typeof makeEmptyApp>>> {
  const script = scripted();
  const made = await makeEmptyApp({}, { loadNetwork: () => Promise.resolve(script.network) });
  const tasks: Task[] = [];
  made.app.attach((name, value) => name === 'task' && tasks.push(value as Task)).subscribe('task');
  await made.app.dispatch('openNetwork', { networkId: ID });
  await expect.poll(() => tasks.at(-1)?.state).toBe('done');
  return { ...script, ...made };
}

it('starts a node of the open network', async () => {
  const { app, asked } = await opened();
  expect(await app.dispatch('startNode', { publicKey: OTHER })).toEqual({ ok: true, value: {} });
  expect(asked).toEqual(['startNode']);
});

it('closes the open network and opens it again, and opens none that was not', async () => {
  const { app, asked, endStop, network } = await opened();
  let starts = 0;
  Object.assign(network, { start: () => Promise.resolve(void (starts += 1)) });
  expect(await app.dispatch('reopenNetwork', {})).toMatchObject({ ok: true });
  expect([asked, starts]).toEqual([['stop'], 0]);
  endStop();
  await expect.poll(() => starts).toBe(1);
  expect(app.hasOpenNetwork).toBe(true);
  const { app: empty } = await makeEmptyApp();
  expect(await empty.dispatch('reopenNetwork', {})).toMatchObject({ error: { code: 'no-network' } });
});

it('removes a member without a node here, but neither the own node nor a stranger', async () => {
  const { app, asked } = await opened();
  expect(await app.dispatch('removeNode', { publicKey: GONE })).toMatchObject({ ok: true });
  expect(asked).toEqual(['removeNode']);
  for (const publicKey of [SELF, 'x'.repeat(43)])
    expect(await app.dispatch('removeNode', { publicKey })).toMatchObject({ error: { code: 'not-found' } });
});

it('passes on what its owner decides about the own node, and says what it waits for instead', async () => {
  const { app, asked, state } = await opened();
  const decide = (decision?: string) =>
    app.dispatch('overrideSilence', decision === undefined ? {} : { decision });
  expect(await decide()).toMatchObject({ error: { code: 'invalid-request' } });
  expect(await decide('halted')).toMatchObject({ error: { code: 'invalid-request' } });
  expect(await decide('amnesia')).toMatchObject({
    error: { code: 'not-silent', params: { awaits: 'nothing' } },
  });
  state.awaits = 'amnesia';
  expect(await decide('clone')).toMatchObject({
    error: { code: 'not-silent', params: { awaits: 'amnesia' } },
  });
  expect(asked).toEqual([]);
  for (const awaits of ['amnesia', 'clone'] as const) {
    state.awaits = awaits;
    expect(await decide(awaits)).toEqual({ ok: true, value: {} });
  }
  expect(asked).toEqual(['amnesia', 'clone']);
});

it('starts no node of a network that is being closed: it would run on without it', async () => {
  const { app, asked, endStop } = await opened();
  await app.dispatch('closeNetwork', { networkId: ID });
  expect(asked).toEqual(['stop']);
  expect(await app.dispatch('startNode', { publicKey: OTHER })).toMatchObject({
    error: { code: 'no-network' },
  });
  endStop();
  expect(asked).toEqual(['stop']);
});

it('begins nothing while the app closes', async () => {
  const { app, asked, endStop } = await opened();
  const closing = app.close();
  await expect.poll(() => asked).toEqual(['stop']);
  expect(await app.dispatch('startNode', { publicKey: OTHER })).toMatchObject({
    error: { code: 'no-network' },
  });
  expect(await app.dispatch('closeNetwork', { networkId: ID })).toMatchObject({ ok: false });
  endStop();
  await closing;
  expect(await app.dispatch('openNetwork', { networkId: ID })).toMatchObject({ ok: false });
  expect(asked).toEqual(['stop']);
});

it('a network that is being joined is opened again at the next start, and stays when that is cancelled', async () => {
  const removed: string[] = [];
  const refused: Partial<SharedNetwork> = {
    id: ID,
    kind: 'shared',
    name: 'Class',
    nodes: () => [],
    own: () => null,
    subscribe: () => () => undefined,
    stages: () => ['reach'],
    stop: () => Promise.resolve(),
    start: ({ signal } = {}) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new NetworkError('cancelled', 'cancelled'))),
      ),
  };
  const { app } = await makeEmptyApp(
    {},
    {
      joinNetwork: () => Promise.resolve(refused as SharedNetwork),
      removeNetwork: (id) => {
        removed.push(id);
        return Promise.resolve('/backup');
      },
    },
  );
  const tasks: Task[] = [];
  app.attach((name, value) => name === 'task' && tasks.push(value as Task)).subscribe('task');
  const options = {
    displayName: 'Ben',
    passphrase: null,
    interfaces: [],
    fast: false,
    invitation: 'diva://join/1/x',
  };
  const started = await app.dispatch('joinNetwork', options);
  await expect.poll(() => app.hasOpenNetwork).toBe(true);
  await app.dispatch('cancelTask', started.ok ? started.value : {});
  await expect.poll(() => tasks.at(-1)?.state).toBe('cancelled');
  expect(tasks.at(-1)!.networkId).toBe(ID);
  expect(app.settings.openNetworkId).toBe(ID);
  expect(removed).toEqual([]);
});

it('leaving waits for the others, then closes, and moves the folder where that is wanted', async () => {
  const asked: string[] = [];
  const shared: Partial<SharedNetwork> = {
    id: ID,
    kind: 'shared',
    name: 'Class',
    nodes: () => [],
    own: () => null,
    subscribe: () => () => undefined,
    stages: () => ['starting'],
    start: () => Promise.resolve(),
    leave: () => Promise.resolve(void asked.push('leave')),
    stop: () => Promise.resolve(void asked.push('stop')),
  };
  const { app } = await makeEmptyApp(
    {},
    {
      loadNetwork: () => Promise.resolve(shared as SharedNetwork),
      removeNetwork: () => {
        asked.push('remove');
        return Promise.resolve('/backup');
      },
    },
  );
  const tasks: Task[] = [];
  app.attach((name, value) => name === 'task' && tasks.push(value as Task)).subscribe('task');
  const leave = async (confirmedName: string, keepFolder: boolean) => {
    await app.dispatch('openNetwork', { networkId: ID });
    await expect.poll(() => tasks.at(-1)?.state).toBe('done');
    const outcome = await app.dispatch('leaveNetwork', { networkId: ID, confirmedName, keepFolder });
    if (outcome.ok)
      await expect.poll(() => tasks.at(-1)).toMatchObject({ kind: 'leaveNetwork', state: 'done' });
    return outcome;
  };
  expect(await leave('Clas', true)).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  expect(asked).toEqual([]);
  expect(await app.dispatch('addNode', {})).toMatchObject({ ok: false, error: { code: 'other-kind' } });
  const request = { networkId: ID, confirmedName: 'Class', keepFolder: true };
  await app.dispatch('leaveNetwork', request);
  await expect.poll(() => app.hasOpenNetwork).toBe(false);
  await expect.poll(() => tasks.at(-1)?.state).toBe('done');
  expect(asked).toEqual(['leave', 'stop']);
  expect(app.settings.openNetworkId).toBeNull();
  await leave('Class', false);
  expect(asked).toEqual(['leave', 'stop', 'leave', 'stop', 'remove']);
  expect(tasks.at(-1)!.backupPath).toBe('/backup');
});
