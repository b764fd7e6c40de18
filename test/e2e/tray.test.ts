/** Closing the window: nodes go on where a tray leads back to them, and nothing runs that nobody can reach. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { networkFiles } from '../../src-main/networks/folders.ts';
import { nodeFolder } from '../../src-main/networks/manifest.ts';
import { readRunning } from '../../src-main/networks/running-file.ts';
import type { ControlState } from '../electron-shim/control.ts';
import { desktop, HOSTS, killHosts, startHost, type HostOptions, type RunningHost } from './hosts.ts';
import { isServed, localNodes } from './nodes.ts';
import { committedHeight, createNetwork, goTo, headline, LONG, publishRecord } from './window.ts';

const QUIT = 'Quit and stop all nodes';

async function stateOf(host: RunningHost): Promise<ControlState> {
  return (await host.control({ ask: 'state' })) as ControlState;
}

function waitForVisible(host: RunningHost, visible: boolean): Promise<void> {
  return vi.waitFor(async () => expect((await stateOf(host)).visible).toBe(visible), LONG);
}

async function expectEnded(host: RunningHost): Promise<void> {
  expect(await host.ended()).toBe(0);
  for (const node of localNodes(host.dataDir)) expect(await isServed(node), node.name).toBe(false);
}

/** Of a node in a process of its own. */
function pidOf(dataDir: string, { number }: ReturnType<typeof localNodes>[number]): number {
  const networks = path.join(dataDir, 'networks');
  const [id] = readdirSync(networks);
  return readRunning(networkFiles(nodeFolder(path.join(networks, id!), number), id!).running)!.pid;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(killHosts);

describe.runIf(HOSTS.includes('electron-shim'))('closing the window', () => {
  const start = (hasTray: boolean, options: HostOptions = {}): Promise<RunningHost> =>
    startHost('electron-shim', { env: desktop(hasTray), ...options });

  it('leaves the nodes running in the tray, and says so once', async () => {
    const host = await start(true);
    const { page, dataDir } = host;
    await createNetwork(page, 2);
    await waitForVisible(host, true);
    await host.control({ ask: 'closeWindow' });
    await waitForVisible(host, false);
    const { dialogs, tray, violations } = await stateOf(host);
    expect(dialogs.map(([message]) => message)).toEqual(['Your nodes go on while the window is closed']);
    expect([tray, violations]).toEqual([['Show window', QUIT], []]);
    for (const node of localNodes(dataDir)) expect(await isServed(node), node.name).toBe(true);

    await host.control({ ask: 'clickTray', label: 'Show window' });
    await waitForVisible(host, true);
    await committedHeight(await publishRecord(page, 'diva:test:after', 'still here'));
    await host.control({ ask: 'closeWindow' });
    await waitForVisible(host, false);
    expect((await stateOf(host)).dialogs).toHaveLength(1);
    // Who sees no symbol starts the app once more.
    await host.control({ ask: 'secondInstance' });
    await waitForVisible(host, true);
    expect(await host.complaints()).toEqual([]);

    await host.control({ ask: 'closeWindow' });
    await host.control({ ask: 'clickTray', label: QUIT });
    await expectEnded(host);
    // The next start knows that it was said.
    const again = await start(true, { dataDir });
    await headline(again.page).waitFor(LONG);
    await again.control({ ask: 'closeWindow' });
    await waitForVisible(again, false);
    expect((await stateOf(again)).dialogs).toEqual([]);
    await again.stop();
  });

  it('quits when the person wants that instead', async () => {
    const host = await start(true);
    await createNetwork(host.page, 2);
    await host.control({ ask: 'answerDialogs', label: QUIT });
    await host.control({ ask: 'closeWindow' });
    await expectEnded(host);
  });

  it('quits where there is no tray, and ends all nodes', async () => {
    const host = await start(false);
    await createNetwork(host.page, 2);
    expect((await stateOf(host)).tray).toBeNull();
    await host.control({ ask: 'closeWindow' });
    await expectEnded(host);
  });

  it('quits while no network is open', async () => {
    const host = await start(true);
    await host.page.getByTestId('choose-create').waitFor(LONG);
    await host.control({ ask: 'closeWindow' });
    expect(await host.ended()).toBe(0);
  });

  it('ends all nodes from the menu too, from a hidden window', async () => {
    const host = await start(true);
    await createNetwork(host.page, 2);
    await host.control({ ask: 'closeWindow' });
    await waitForVisible(host, false);
    await host.control({ ask: 'clickMenu', labels: ['File', 'Quit'] });
    await expectEnded(host);
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('quitting', () => {
  it('says which node does not stop, and ends although it hangs', async () => {
    const host = await startHost('electron-shim', { env: desktop(false) });
    await createNetwork(host.page, 2);
    const [, other] = localNodes(host.dataDir);
    const pid = pidOf(host.dataDir, other!);
    // As on a disk that does not answer.
    process.kill(pid, 'SIGSTOP');
    await host.control({ ask: 'clickMenu', labels: ['File', 'Quit'] });
    await vi.waitFor(async () => {
      const detail = expect.stringMatching(`Still writing to disk: ${other!.name}\\.`) as string;
      expect((await stateOf(host)).dialogs).toEqual([['Quitting takes longer than usual', detail]]);
    }, LONG);
    await host.control({ ask: 'answerDialogs', label: 'End it now' });
    expect(await host.ended()).toBe(0);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), LONG);
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('a start in the tray', () => {
  it('shows the window when the tray is asked for it', async () => {
    const host = await startHost('electron-shim', { env: desktop(true), args: ['--start-in-tray'] });
    expect((await stateOf(host)).visible).toBe(false);
    await host.control({ ask: 'clickTray', label: 'Show window' });
    await waitForVisible(host, true);
    // What was held back while nobody looked is there.
    await host.page.getByTestId('choose-create').waitFor(LONG);
    await goTo(host.page, 'settings');
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });

  it('shows the window at once where there is no tray', async () => {
    const env = { ...desktop(false), DIVA_START_IN_TRAY: '1' };
    const host = await startHost('electron-shim', { env });
    await waitForVisible(host, true);
    await host.page.getByTestId('choose-create').waitFor(LONG);
    await host.stop();
  });
});
