/** What the window says above everything else, from what its host pushes. */
import { createPinia, type Pinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineState } from '../../../src-main/app/contract/machine.ts';
import type { Leftovers } from '../../../src-main/app/contract/networks.ts';
import type { NodePhase } from '../../../src-main/app/contract/node.ts';
import type { Reach } from '../../../src-main/app/contract/reach.ts';
import type { Language } from '../../../src-main/app/contract/shell.ts';
import LeftoverBanners from '../../../src-renderer/components/LeftoverBanners.vue';
import MachineBanners from '../../../src-renderer/components/MachineBanners.vue';
import { useIdentityStore } from '../../../src-renderer/stores/identity.ts';
import { useLeftoversStore } from '../../../src-renderer/stores/leftovers.ts';
import { useMachineStore } from '../../../src-renderer/stores/machine.ts';
import { useNetworksStore } from '../../../src-renderer/stores/networks.ts';
import { useNodeStore } from '../../../src-renderer/stores/node.ts';
import { useNoticesStore } from '../../../src-renderer/stores/notices.ts';
import { useTaskStore } from '../../../src-renderer/stores/task.ts';
import { type Answers, FakeBridge } from './fixtures/bridge.ts';
import { heard } from './fixtures/heard.ts';
import { JoiningSample } from './fixtures/joining.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample, sampleTask } from './fixtures/sample.ts';

const sample = new Sample({ nodeCount: 4, away: [], height: 9 }, text32);
const joining = new JoiningSample(sample, text32);
const QUIET: MachineState = { disk: null, sleptMs: null, clockSetMs: null };

let pinia: Pinia;
let fake: FakeBridge;
let version = 0;

function host(answers: Answers = {}): void {
  pinia = createPinia();
  setActivePinia(pinia);
  fake = new FakeBridge(answers);
  vi.stubGlobal('window', { diva: fake.bridge });
  const stores = [useNodeStore, useMachineStore, useTaskStore, useLeftoversStore];
  for (const use of [...stores, useNetworksStore, useIdentityStore]) use().connect();
}

beforeEach(() => host());
afterEach(() => void vi.unstubAllGlobals());

describe('what happens to the computer', () => {
  const banners = (state: Partial<MachineState>, language?: Language): Promise<string> => {
    fake.push('machine', { ...QUIET, ...state });
    return heard(MachineBanners, {}, pinia, language);
  };
  const open = (phase: NodePhase, problem: Reach['problem'] = null): void => {
    const snapshot = joining.snapshot(++version);
    const network = snapshot.network && { ...snapshot.network, reach: joining.reach(problem) };
    fake.push('node', { ...snapshot, phase, network });
  };

  it('is nothing, mostly', async () => {
    expect(await banners({})).toBe('');
    open('running');
    expect(await banners({ disk: { freeBytes: 2e9, isLow: false } })).toBe('');
  });

  it('is sleep: for how long, and what the node does about it', async () => {
    const sleptMs = 9.5 * 3_600_000;
    expect(await banners({ sleptMs })).toBe('This computer slept for 9 hr 30 min. Everything is as it was.');
    open('catchingUp');
    expect(await banners({ sleptMs })).toContain('Your node catches up with the others; nothing is lost.');
    open('running');
    expect(await banners({ sleptMs })).toContain('Your node takes part again; nothing is lost.');
    expect(await banners({ sleptMs }, 'de')).toContain('Dieser Computer hat 9 Std. 30 Min. geschlafen.');
  });

  it('is another time of day, which decides nothing', async () => {
    const forward = await banners({ clockSetMs: 26 * 3_600_000 });
    expect(forward).toContain('The clock of this computer was set forward by 1 day 2 hr.');
    expect(forward).toContain('the network agrees on order, never on time');
    expect(await banners({ clockSetMs: -120_000 }, 'de')).toContain('um 2 Min. 0 Sek. zurückgestellt.');
  });

  it('is a disk that is nearly full: how much is left, and what happens on a full one', async () => {
    const low = await banners({ disk: { freeBytes: 120_000_000, isLow: true } });
    expect(low).toContain('The disk is nearly full: 120 MB are left.');
    expect(low).toContain(
      'your node stops signing, so that it never forgets what it said; what is written stays.',
    );
  });

  it('is flight mode, or another Wi-Fi: why nobody reaches the node, and that nothing is lost', async () => {
    open('running', 'no-network');
    const flight = await banners({});
    expect(flight).toContain('Only this computer reaches your node. It is in no network');
    expect(flight).toContain('What you write meanwhile is safe on disk, and your node goes on by itself.');
    expect(flight).not.toContain('Where others reach you');
    open('running', 'other-interface');
    expect(await banners({})).toMatch(/Agree to one that is\. .* Where others reach you$/);
    open('running', 'port-taken');
    expect(await banners({})).toContain('Another program has its port.');
    open('running', 'cannot-listen');
    expect(await banners({}, 'de')).toContain('Erlaube DIVA Node in Firewall');
  });

  it('is not that nobody was allowed to reach it yet, and not while a network opens', async () => {
    open('running', 'not-allowed');
    expect(await banners({})).toBe('');
    open('running', 'no-network');
    fake.push('task', sampleTask('openNetwork', 'running', false));
    expect(await banners({})).toBe('');
  });

  it('is a disk that failed: the node goes on when its owner opens the network again', async () => {
    open('halted');
    expect(await banners({})).toContain('Close the network and open it again');
    fake.push('task', sampleTask('openNetwork', 'running', false));
    expect(await banners({})).toBe('');
  });
});

describe('nodes that were left behind', () => {
  const id = sample.network('open').id;
  const node = { networkId: id, networkName: 'Lab', name: 'Ben', pid: 4711 };
  const banners = (nodes: Leftovers['nodes'], language?: Language): Promise<string> => {
    fake.push('leftovers', { nodes });
    return heard(LeftoverBanners, {}, pinia, language);
  };

  it('are none, or are said by network with their processes', async () => {
    expect(await banners([])).toBe('');
    const other = { ...node, networkId: text32('other'), networkName: 'Class', name: 'Eve', pid: 12 };
    const all = await banners([node, other, { ...node, name: 'Carl', pid: 4712 }]);
    expect(all).toMatch(/2 nodes of “Lab” still run .* Ben \(process 4711\), Carl \(process 4712\)/);
    expect(all).toMatch(/A node of “Class” still runs .* Eve \(process 12\)/);
    expect(await banners([node], 'ru')).toContain('Узел сети «Lab» всё ещё работает');
  });

  it('come back with their network, or into it where it is open', async () => {
    expect(await banners([node])).toContain('Open the network again');
    fake.push('networks', { networks: [sample.network('open')] });
    expect(await banners([node])).toContain('Take back into the network');
  });

  it('end when their owner says so; a failure is said', async () => {
    host({ endLeftovers: ({ restart }) => (restart ? { code: 'network-open', params: {} } : {}) });
    const leftovers = useLeftoversStore();
    const ending = leftovers.end(id, false);
    expect(leftovers.endingId).toBe(id);
    await ending;
    await leftovers.end(id, true);
    const requests = fake.calls.map(({ request }) => request);
    expect(requests).toEqual([
      { networkId: id, restart: false },
      { networkId: id, restart: true },
    ]);
    expect(useNoticesStore().notices).toMatchObject([
      { action: 'endLeftovers', error: { code: 'network-open' } },
    ]);
    expect(leftovers.endingId).toBeNull();
  });
});
