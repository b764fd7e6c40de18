/**
 * The hosts of the window, one small interface: the headless host with a real Chromium, Electron's real main and
 * preload with the test double of the `electron` module, and real Electron where `npm run test:electron` found
 * it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { _electron, chromium, type Browser, type Page } from 'playwright-core';
import { afterEach, type TestContext } from 'vitest';
import type { ControlRequest, ControlState } from '../electron-shim/control.ts';
import { keepConsole, keepEvidence } from './evidence.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const EVIDENCE = path.join(root, '.cache', 'e2e');
const ONLY_LOOPBACK = ['--import', path.join(root, 'test/e2e/only-loopback.ts')];
const VIEWPORT = { width: 1280, height: 860 };
const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

export type HostName = 'headless' | 'electron-shim' | 'electron';

export interface RunningHost {
  readonly name: HostName;
  readonly page: Page;
  readonly dataDir: string;
  /** Requests that would have left the machine, console errors, page errors, unsafe window settings. */
  complaints(): Promise<readonly string[]>;
  /** Only with the double: what it was told, and what a test makes the system do. */
  control(request: DistributiveOmit<ControlRequest, 'id'>): Promise<unknown>;
  /** With which its window was opened; undefined where the host has a window of its own. */
  readonly address?: string;
  /** What it has written to stderr; only where a process is ours to read. */
  stderr(): string;
  /** Resolves with the exit code when it ends, whoever ended it. */
  ended(): Promise<number | null>;
  /** Ends the process alone: its page stays open. */
  end(): Promise<void>;
  /** Ends it as a person would; rejects unless it ends with code 0. */
  stop(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

export interface HostOptions {
  /** Kept from an earlier run; otherwise a new one. */
  readonly dataDir?: string;
  readonly language?: 'en' | 'de' | 'ru';
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** For the double: a system without a keyring. */
export const NO_KEYRING = { ELECTRON_SHIM_NO_KEYRING: '1' } as const;

/** For the double: a session bus that knows of a tray, or of none, whatever this machine has. */
export function desktop(hasTray: boolean): NodeJS.ProcessEnv {
  const folder = mkdtempSync(path.join(tmpdir(), 'diva-e2e-bus-'));
  const tool = path.join(folder, 'dbus-send');
  writeFileSync(tool, `#!/bin/sh\necho "   boolean ${hasTray}"\n`);
  chmodSync(tool, 0o755);
  return { PATH: `${folder}${path.delimiter}${process.env['PATH']}` };
}

const electronExecutable = process.env['DIVA_TEST_ELECTRON'];

/** Where the specs run: with real Electron alone, or with the two that run everywhere. */
export const HOSTS: readonly HostName[] =
  electronExecutable === undefined ? ['headless', 'electron-shim'] : ['electron'];

const running = new Set<RunningHost>();

// For hosts that all tests of a file share; the script for screenshots is no test.
if (process.env['VITEST'] !== undefined) {
  afterEach(async (context) => {
    await keepEvidence(context, EVIDENCE);
  });
}

/** For `afterEach`: a test that failed halfway leaves evidence, and no host behind. */
export async function killHosts(context?: TestContext): Promise<void> {
  if (context !== undefined) await keepEvidence(context, EVIDENCE);
  await Promise.all([...running].map((host) => host.kill()));
  running.clear();
}

export async function startHost(name: HostName, options: HostOptions = {}): Promise<RunningHost> {
  const host = await launch(name, options);
  running.add(host);
  return host;
}

function launch(name: HostName, options: HostOptions): Promise<RunningHost> {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'diva-e2e-'));
  const args = ['--data-dir', dataDir, '--lang', options.language ?? 'en', ...(options.args ?? [])];
  const env = { ...process.env, ...options.env };
  if (name === 'headless') return startHeadless(dataDir, args, env);
  return name === 'electron' ? startElectron(dataDir, args) : startShim(dataDir, args, env);
}

function startHeadless(
  dataDir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<RunningHost> {
  const program = path.join(root, 'dist/main/headless.js');
  return openInBrowser([...ONLY_LOOPBACK, program, ...args, '--no-open'], dataDir, env);
}

/** A program that prints the address of its window, and that window in a browser. */
export async function openInBrowser(
  command: readonly string[],
  dataDir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunningHost> {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: root });
  const stderr = readStderr(child);
  const address = await firstAddress(child);
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: VIEWPORT, acceptDownloads: true });
  const page = await context.newPage();
  const watch = watchPage(page, (url) => new URL(url).origin === new URL(address).origin);
  await page.goto(address);
  return {
    name: 'headless',
    page,
    dataDir,
    address,
    complaints: () => Promise.resolve(watch.complaints),
    control: () => Promise.reject(new Error('the headless host has no double')),
    stderr,
    ended: () => endOf(child),
    end: () => endChild(child),
    stop: () => stopChild(child, browser),
    kill: () => killChild(child, browser),
  };
}

async function startShim(
  dataDir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<RunningHost> {
  const port = await freePort();
  const register = path.join(root, 'test/electron-shim/register.ts');
  const child = spawn(
    process.execPath,
    [...ONLY_LOOPBACK, '--import', register, path.join(root, 'dist/main/main.js'), ...args],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: {
        ...env,
        ELECTRON_SHIM_CDP_PORT: String(port),
        ELECTRON_SHIM_USER_DATA: path.join(dataDir, 'electron'),
        // The same keyring for every run on this data folder.
        ELECTRON_SHIM_KEYRING: '11'.repeat(32),
      },
    },
  );
  const stderr = readStderr(child);
  const control = controlOf(child);
  const browser = await connected(port, child);
  const page = await windowOf(browser);
  await page.setViewportSize(VIEWPORT);
  const watch = watchPage(page, (url) => new URL(url).hostname.endsWith('.electron-shim.test'));
  return {
    name: 'electron-shim',
    page,
    dataDir,
    complaints: async () => {
      const { violations } = (await control({ ask: 'state' })) as ControlState;
      return [...watch.complaints, ...violations.map(({ type, detail }) => `${type}: ${detail}`)];
    },
    control,
    stderr,
    ended: () => endOf(child),
    end: () => endChild(child),
    stop: () => stopChild(child, browser),
    kill: () => killChild(child, browser),
  };
}

async function startElectron(dataDir: string, args: readonly string[]): Promise<RunningHost> {
  const app = await _electron.launch({
    executablePath: electronExecutable!,
    args: [root, ...args],
    cwd: root,
  });
  const page = await app.firstWindow();
  const watch = watchPage(page, (url) => url.startsWith('app://bundle/'));
  return {
    name: 'electron',
    page,
    dataDir,
    complaints: () => Promise.resolve(watch.complaints),
    control: () => Promise.reject(new Error('real Electron has no double')),
    stderr: () => '',
    ended: () => endOf(app.process()),
    end: () => app.close(),
    stop: () => app.close(),
    kill: async () => {
      const child = app.process();
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** The host prints the address of its window on a line of its own. */
async function firstAddress(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const address = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line)?.[0];
    if (address !== undefined) {
      // What it prints later has to go somewhere.
      child.stdout!.resume();
      return address;
    }
  }
  throw new Error('the headless host ended before it printed its address');
}

/** The double opens its debugging port when its first window opens. */
async function connected(port: number, child: ChildProcess): Promise<Browser> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the Electron host ended with code ${child.exitCode}`);
    try {
      return await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function windowOf(browser: Browser): Promise<Page> {
  const context = browser.contexts()[0]!;
  const isWindow = (page: Page): boolean => page.url().includes('.electron-shim.test/');
  for (;;) {
    const page = context.pages().find(isWindow);
    if (page !== undefined) return page;
    await Promise.race([
      context.waitForEvent('page', { timeout: 0 }),
      ...context.pages().map((open) => open.waitForURL(/electron-shim\.test/, { timeout: 0 })),
    ]);
  }
}

export function watchPage(page: Page, isOwn: (url: string) => boolean): { readonly complaints: string[] } {
  keepConsole(page);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(blob|data|about):/.test(url) && !isOwn(url)) complaints.push(`request: ${url}`);
  });
  return { complaints };
}

function controlOf(child: ChildProcess): RunningHost['control'] {
  let lastId = 0;
  const waiting = new Map<number, (answer: unknown) => void>();
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  return (request) =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      child.send({ ...request, id });
    });
}

/** Collects it, and passes it on. */
function readStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    process.stderr.write(part);
  });
  return () => text;
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function stopChild(child: ChildProcess, browser: Browser): Promise<void> {
  await browser.close().catch(() => undefined);
  await endChild(child);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  if (child.exitCode !== 0) throw new Error(`the host ended with ${child.exitCode ?? child.signalCode}`);
}

async function killChild(child: ChildProcess, browser: Browser): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await browser.close().catch(() => undefined);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Chromium for pages that need no host. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: BROWSER_ARGS });
}

function chromiumPath(): string {
  return process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
}
