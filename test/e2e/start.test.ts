/** How the app is started: `diva-node` without a command, without a window of its own, on a network of choice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HOSTS, killHosts, openInBrowser, root, startHost } from './hosts.ts';
import { isServed, localNodes } from './nodes.ts';
import { createNetwork, goTo, headline, LONG, waitForText } from './window.ts';

const CLI = path.join(root, 'dist/main/cli.js');
const ELECTRON = [
  '--import',
  path.join(root, 'test/electron-shim/register.ts'),
  path.join(root, 'dist/main/main.js'),
];

const dataFolder = (): string => mkdtempSync(path.join(tmpdir(), 'diva-e2e-'));

/** Runs to its end. */
function outputOf(...command: readonly string[]): Promise<Outcome> {
  return outcomeOf(command, process.env);
}

function outputWithoutDisplay(...command: readonly string[]): Promise<Outcome> {
  return outcomeOf(command, { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' });
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function outcomeOf(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], cwd: root, env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

async function closeNetwork(page: Page): Promise<void> {
  await goTo(page, 'start');
  await page.getByRole('button', { name: /^Close/ }).click();
  await page.getByRole('button', { name: /^Open/ }).first().waitFor(LONG);
}

afterEach(killHosts);

describe.runIf(HOSTS.includes('headless'))('diva-node without a command', () => {
  it('starts the app, and all of it ends with one signal', async () => {
    const dataDir = dataFolder();
    const host = await openInBrowser([CLI, '--data-dir', dataDir, '--headless', '--no-open'], dataDir);
    await createNetwork(host.page, 2);
    expect(await host.complaints()).toEqual([]);
    await host.stop();
    for (const node of localNodes(dataDir)) expect(await isServed(node), node.name).toBe(false);
  });

  it.each([
    [['--data-dir', '/x', '--frobnicate'], '--frobnicate'],
    [['--no-open', '--lang', 'fr'], '--lang must be one of'],
    [['--headless', '--passphrase-file', '/nonexistent'], 'cannot be read (ENOENT)'],
    [['--no-open', 'status'], 'status'],
  ])('refuses %j with a sentence', async (args, reason) => {
    const { code, stdout, stderr } = await outputOf(CLI, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
  });
});

describe.runIf(HOSTS.includes('headless'))('a second start in the same data folder', () => {
  const again = (dataDir: string) => outputOf(CLI, '--no-open', '--data-dir', dataDir);

  it('shows the window of the first one', async () => {
    const host = await startHost('headless');
    const { code, stdout } = await again(host.dataDir);
    expect([code, stdout.includes('running already')]).toEqual([0, true]);
    const address = /^http:\/\/127\.0\.0\.1:\d+\/#token=\S+$/m.exec(stdout)?.[0];
    expect(address).not.toBe(host.address);
    // It has ended: there is nothing left for Ctrl+C.
    expect(stdout).not.toContain('Ctrl+C');
    await host.stop();
  });

  it('is not sent to the window of a host that was killed before', async () => {
    const host = await startHost('headless');
    // What a host leaves that another one without a browser's window came after.
    writeFileSync(path.join(host.dataDir, 'window.address'), 'http://127.0.0.1:1/#token=gone');
    const { code, stdout, stderr } = await again(host.dataDir);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /running already in .+: process \d+ is using this folder\. Use its window, or end it/,
    );
    await host.stop();
  });
});

describe.runIf(HOSTS.includes('headless'))('a port of the own node', () => {
  const logOf = ({ dataDir }: { dataDir: string }): string =>
    readFileSync(path.join(dataDir, 'logs', 'app.log'), 'utf8');

  it('that was asked for and is taken is complained of in the terminal and in the log', async () => {
    const first = await startHost('headless');
    const { dataDir } = first;
    await createNetwork(first.page, 1);
    await first.stop();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    // The ports that the node really has are in the log, whatever was free.
    expect(logOf(first)).toMatch(/"api":\d+.*"msg":"network is open"/);
    const host = await startHost('headless', { dataDir, args: ['--api-port', String(port)] });
    const sentence = `Another program is using port ${port}. End that program, or choose another port`;
    await vi.waitFor(() => expect(host.stderr()).toContain(`diva-node: ${sentence}`), LONG);
    expect(logOf(host)).toContain(sentence);
    await host.stop();
    taken.close();
  });
});

describe('npm start', () => {
  const start = (...args: readonly string[]) => outputOf(path.join(root, 'scripts/start.js'), ...args);

  it.each(['--help', '--version'])('says nothing of windows with %s', async (option) => {
    const { code, stderr } = await start(option);
    expect(code).toBe(0);
    expect(stderr).not.toContain('a browser shows the window');
  });

  it('says nothing of windows with a wrong option', async () => {
    // With a display it is Electron's to judge, and that has many options of its own.
    const { code, stderr } = await outputWithoutDisplay(path.join(root, 'scripts/start.js'), '--frobnicate');
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--frobnicate'");
    expect(stderr).not.toContain('a browser shows the window');
  });
});

describe.runIf(HOSTS.includes('headless'))('--network', () => {
  it('opens that network instead of the last one, and names those that there are', async () => {
    const first = await startHost('headless');
    const { page, dataDir } = first;
    await createNetwork(page, 1);
    const [id] = readdirSync(path.join(dataDir, 'networks'));
    await closeNetwork(page);
    await page.getByTestId('choose-create').click(LONG);
    await page.getByLabel('Name of the network').fill('Second');
    await page.locator('#node-count').fill('1');
    await page.getByTestId('create-network').click();
    await waitForText(page.getByTestId('nav-start').first(), 'Second');
    await first.stop();
    const chosen = await startHost('headless', { dataDir, args: ['--network', id!] });
    await headline(chosen.page).waitFor(LONG);
    await waitForText(chosen.page.getByTestId('nav-start').first(), 'Lab');
    await chosen.stop();
    const wrong = await outputOf(CLI, '--no-open', '--data-dir', dataDir, '--network', 'nowhere');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(
      /There is no network nowhere in .+ There are:\n(.+ {2}Lab\n|.+ {2}Second\n){2}/,
    );
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('Electron beside a host in a browser', () => {
  it('says in the language of the person why there is no window', async () => {
    const host = await startHost('headless');
    const { code, stderr } = await outputOf(...ELECTRON, '--data-dir', host.dataDir, '--lang', 'de');
    expect(code).toBe(1);
    expect(stderr).toMatch(/DIVA Node läuft schon mit diesem Datenordner \(Prozess \d+\)/);
    await host.stop();
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('Electron with --headless', () => {
  it('serves the window to a browser, with its own keyring and its own way to start nodes', async () => {
    const dataDir = dataFolder();
    const command = [...ELECTRON, '--data-dir', dataDir, '--headless', '--no-open'];
    const host = await openInBrowser(command, dataDir);
    await createNetwork(host.page, 2);
    const key = readFileSync(path.join(dataDir, 'identity', 'key.json'), 'utf8');
    expect(JSON.parse(key)).toMatchObject({ protection: { kind: 'keyring' } });
    // A second start shows the first one's window, and ends.
    const second = await outputOf(...command);
    expect([second.code, second.stdout.includes('running already')]).toEqual([0, true]);
    expect(await host.complaints()).toEqual([]);
    await host.stop();
    for (const node of localNodes(dataDir)) expect(await isServed(node), node.name).toBe(false);
  });

  it('says in the terminal what prevents it', async () => {
    const { code, stderr } = await outputOf(
      ...ELECTRON,
      '--headless',
      '--data-dir',
      dataFolder(),
      '--network',
      'x',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('There is no network x');
  });
});
