import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useChainStore } from '../../../src-renderer/stores/chain.ts';
import { useEntriesStore } from '../../../src-renderer/stores/entries.ts';
import { useIdentityStore } from '../../../src-renderer/stores/identity.ts';
import { useNetworksStore } from '../../../src-renderer/stores/networks.ts';
import { useNodeStore } from '../../../src-renderer/stores/node.ts';
import { useNoticesStore } from '../../../src-renderer/stores/notices.ts';
import { useSetupStore } from '../../../src-renderer/stores/setup.ts';
import { useTaskStore } from '../../../src-renderer/stores/task.ts';
import { type Answers, FakeBridge } from './fixtures/bridge.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample, sampleTask } from './fixtures/sample.ts';

const sample = new Sample({ nodeCount: 4, away: [], height: 300 }, text32);

function host(answers: Answers = {}): FakeBridge {
  const fake = new FakeBridge(answers);
  vi.stubGlobal('window', { diva: fake.bridge });
  return fake;
}

/** The chain up to `tip` as the host would page it. */
function pages(tip: () => number): Answers {
  return {
    listBlocks: ({ before, limit }) => {
      const from = before === null ? tip() : before - 1;
      const count = Math.max(0, Math.min(limit, from));
      return {
        blocks: Array.from({ length: count }, (_, index) => sample.summary(from - index)),
        tipHeight: tip(),
      };
    },
  };
}

function heights(chain: ReturnType<typeof useChainStore>): number[] {
  return chain.blocks.map(({ height }) => height);
}

function downFrom(tip: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => tip - index);
}

beforeEach(() => setActivePinia(createPinia()));
afterEach(() => void vi.unstubAllGlobals());

describe('the chain', () => {
  it('takes new blocks in front, and older ones behind, without gaps', async () => {
    const fake = host(pages(() => 120));
    const chain = useChainStore();
    chain.connect();
    await chain.loadNewest();
    expect(heights(chain)).toEqual(downFrom(120, 50));
    fake.push('block', sample.summary(121));
    await chain.loadOlder();
    expect(heights(chain)).toEqual(downFrom(121, 101));
    await chain.loadOlder();
    expect(heights(chain)).toEqual(downFrom(121, 121));
    expect(chain.hasOlder).toBe(false);
  });

  it('asks for what was left out while the window was hidden', async () => {
    let tip = 60;
    const fake = host(pages(() => tip));
    const chain = useChainStore();
    chain.connect();
    await chain.loadNewest();
    tip = 70;
    fake.push('block', sample.summary(70));
    await vi.waitFor(() => expect(chain.newestHeight).toBe(70));
    expect(heights(chain)).toEqual(downFrom(70, 60));
  });

  it('begins anew when more was left out than one page holds', async () => {
    let tip = 60;
    const fake = host(pages(() => tip));
    const chain = useChainStore();
    chain.connect();
    await chain.loadNewest();
    tip = 250;
    fake.push('block', sample.summary(250));
    await vi.waitFor(() => expect(chain.newestHeight).toBe(250));
    expect(heights(chain)).toEqual(downFrom(250, 50));
  });

  it('ignores a block that it has', async () => {
    const fake = host(pages(() => 5));
    const chain = useChainStore();
    chain.connect();
    await chain.loadNewest();
    fake.push('block', sample.summary(5));
    expect(heights(chain)).toEqual([5, 4, 3, 2, 1]);
  });

  it('says when the blocks cannot be read', async () => {
    host({ listBlocks: () => ({ code: 'internal', params: {} }) });
    await useChainStore().loadNewest();
    expect(useNoticesStore().notices).toMatchObject([{ action: 'listBlocks', error: { code: 'internal' } }]);
  });
});

describe('the node', () => {
  it('keeps the newest snapshot, and takes any from a host that came back', () => {
    const fake = host();
    const node = useNodeStore();
    node.connect();
    fake.push('node', sample.snapshot(7));
    fake.push('node', { ...sample.snapshot(6), phase: 'starting' });
    expect(node.phase).toBe('running');
    fake.push('link', { connected: false });
    fake.push('link', { connected: true });
    fake.push('node', { ...sample.snapshot(1), phase: 'checking' });
    expect(node.phase).toBe('checking');
  });

  it('counts the peers that are here and up to date as agreeing', () => {
    const fake = host();
    const node = useNodeStore();
    node.connect();
    fake.push('node', sample.snapshot(1));
    expect(node.peers).toHaveLength(3);
    expect(node.agreeing.map(({ name }) => name)).toEqual(['Node 2', 'Node 3']);
  });
});

describe('long work', () => {
  it('can be tried again after it failed, and is put aside when dismissed', async () => {
    const fake = host({ addNode: () => ({ taskId: 'task-1' }) });
    const tasks = useTaskStore();
    tasks.connect();
    await useNodeStore().addNode();
    fake.push('task', sampleTask('addNode', 'running', false));
    expect(tasks.running).toBe(true);
    fake.push('task', { ...sampleTask('addNode', 'failed', false), version: 2 });
    expect(tasks).toMatchObject({ running: false, canRetry: true });
    await tasks.retry();
    expect(fake.calls.filter(({ name }) => name === 'addNode')).toHaveLength(2);
    tasks.dismiss();
    expect(tasks.shown).toBeNull();
    // What was asked for may hold a passphrase: it is forgotten.
    await tasks.retry();
    expect(fake.calls.filter(({ name }) => name === 'addNode')).toHaveLength(2);
  });

  it('ignores an older push of the same task', () => {
    const fake = host();
    const tasks = useTaskStore();
    tasks.connect();
    fake.push('task', { ...sampleTask('addNode', 'done', false), version: 5 });
    fake.push('task', { ...sampleTask('addNode', 'running', false), version: 4 });
    expect(tasks.running).toBe(false);
  });

  it('says why it could not even begin', async () => {
    host({ addNode: () => ({ code: 'busy', params: { task: 'openNetwork' } }) });
    expect(await useNodeStore().addNode()).toBe(false);
    expect(useNoticesStore().notices).toMatchObject([{ action: 'addNode', error: { code: 'busy' } }]);
  });
});

describe('the set-up', () => {
  const wish = { displayName: 'Ada', networkName: 'Lab', nodeCount: 7, passphrase: 'four words to remember' };

  async function begun(): Promise<FakeBridge> {
    const fake = host({ createLocalNetwork: () => ({ taskId: 'task-1' }) });
    useTaskStore().connect();
    Object.assign(useSetupStore(), { making: 'local', displayName: 'Ada', networkName: 'Lab', nodeCount: 7 });
    await useNetworksStore().createLocal(wish);
    fake.push('task', sampleTask('createLocalNetwork', 'running', false));
    return fake;
  }

  it('keeps what was typed when it is cancelled, and forgets how to try again with the passphrase', async () => {
    const fake = await begun();
    fake.push('task', { ...sampleTask('createLocalNetwork', 'cancelled', false), version: 2 });
    expect(useSetupStore()).toMatchObject({
      making: 'local',
      displayName: 'Ada',
      networkName: 'Lab',
      nodeCount: 7,
    });
    await useTaskStore().retry();
    expect(fake.calls.filter(({ name }) => name === 'createLocalNetwork')).toHaveLength(1);
  });

  it('begins anew when the network is there', async () => {
    const fake = await begun();
    fake.push('task', { ...sampleTask('createLocalNetwork', 'done', false), version: 2 });
    await vi.waitFor(() =>
      expect(useSetupStore()).toMatchObject({ making: null, displayName: null, nodeCount: 4 }),
    );
  });
});

describe('the own key', () => {
  const identity = {
    displayName: 'Ada',
    publicKey: sample.key(0),
    fingerprint: sample.member(0).fingerprint,
    protection: 'passphrase',
    access: 'locked',
    keyring: null,
  } as const;

  it('is closed until the host says that it is open', () => {
    const fake = host();
    const store = useIdentityStore();
    store.connect();
    expect([store.known, store.closed]).toEqual([false, false]);
    fake.push('identity', { identity, problem: null, newKey: 'unprotected' });
    expect([store.known, store.closed]).toEqual([true, true]);
    fake.push('identity', {
      identity: { ...identity, access: 'open' },
      problem: null,
      newKey: 'unprotected',
    });
    expect(store.closed).toBe(false);
  });

  it('says why it stays closed, and where it went', async () => {
    host({
      unlockIdentity: () => ({ code: 'wrong-passphrase', params: {} }),
      startOver: () => ({ backupPath: '/backups/start-over' }),
    });
    const store = useIdentityStore();
    expect(await store.unlock('guessed')).toMatchObject({ code: 'wrong-passphrase' });
    await store.startOver();
    expect(store.backupPath).toBe('/backups/start-over');
  });

  it('says when it could not be put aside', async () => {
    host({ startOver: () => ({ code: 'busy', params: { task: 'removeNetwork' } }) });
    await useIdentityStore().startOver();
    expect(useNoticesStore().notices).toMatchObject([{ action: 'startOver', error: { code: 'busy' } }]);
  });
});

describe('the own entries', () => {
  const self = sample.key(0);
  const ns = `diva:seal:${text32('file')}`;
  const accepted = { origin: self, ident: 'i1', ns };

  function connected(answers: Answers): { fake: FakeBridge; entries: ReturnType<typeof useEntriesStore> } {
    const fake = host({ getTransaction: () => ({ code: 'not-found', params: {} }), ...answers });
    useNodeStore().connect();
    fake.push('node', sample.snapshot(1));
    const entries = useEntriesStore();
    entries.connect();
    return { fake, entries };
  }

  it('wait until their block is there', async () => {
    const { fake, entries } = connected({ sealFile: () => accepted, searchState: () => ({ entries: [] }) });
    expect(await entries.seal(text32('file'), 'thesis.pdf', '')).toBeNull();
    expect(entries.entries).toMatchObject([{ fileName: 'thesis.pdf', stage: 'waiting', height: null }]);
    fake.push('transaction', { ...accepted, stage: 'committed', height: 9, results: [] } as never);
    expect(entries.entries).toMatchObject([{ stage: 'committed', height: 9, fileHash: text32('file') }]);
  });

  it('are found in their block when that was faster than the answer', async () => {
    const { entries } = connected({
      sealFile: () => accepted,
      getTransaction: () => ({ height: 4, transaction: sample.transaction(4, 0) }),
    });
    await entries.seal(text32('file'), 'thesis.pdf', '');
    await vi.waitFor(() => expect(entries.entries[0]).toMatchObject({ stage: 'committed', height: 4 }));
  });

  it('are read from the chain, each only once, and only the own ones', async () => {
    const { entries } = connected({
      sealFile: () => accepted,
      searchState: () => ({
        entries: [
          { key: `${ns}:${self}`, ns, value: '', height: 3 },
          { key: `notes:one:${self}`, ns: 'notes:one', value: 'x', height: 8 },
          { key: `notes:two:${sample.key(1)}`, ns: 'notes:two', value: `:${self}`, height: 8 },
          { key: `peer:${self}`, ns: null, value: '1', height: 8 },
        ],
      }),
    });
    await entries.loadRecords();
    expect(entries.entries.map((entry) => [entry.ns, entry.height])).toEqual([
      ['notes:one', 8],
      [ns, 3],
    ]);
    await entries.seal(text32('file'), 'thesis.pdf', '');
    expect(entries.entries.map((entry) => entry.ns)).toEqual([ns, 'notes:one']);
  });

  it('give back the reason when the host refuses one', async () => {
    const { entries } = connected({ publishData: () => ({ code: 'lane-full', params: {} }) });
    expect(await entries.publish('notes:one', 'x')).toMatchObject({ code: 'lane-full' });
    expect(entries.entries).toEqual([]);
  });
});
