/** The headless host: the same app without a window of its own, served to a browser of this machine. */
import { serveNode } from '../api/server.ts';
import type { ContractError } from '../app/contract/errors.ts';
import type { Task } from '../app/contract/networks.ts';
import { openHostApp, type BrowserHostDependencies, type HostApp } from '../app/host-app.ts';
import { supportedLanguage, type HostOptions } from '../app/host-options.ts';
import { loadWindowAssets } from '../app/window-assets.ts';
import { systemClock } from '../networks/system.ts';
import { StorageError } from '../storage/errors.ts';
import { isClosedKey, keySentences } from './key-sentences.ts';
import { openBrowser } from './open-browser.ts';
import { startWebServer } from './web-server.ts';
import { readAddress, removeAddress, writeAddress } from './window-address.ts';

/** A host that cannot close itself in this time is ended as it is: everything accepted is durable anyway. */
const LONGEST_CLOSE_MS = 30_000;
const LONGEST_ANSWER_MS = 5_000;
const EXIT_FAILED = 1;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`diva-node: ${text}\n`);

/** Implements RunBrowserHost. Resolves when the window can be opened; signals end the process later. */
export async function runBrowserHost(
  options: HostOptions,
  dependencies: BrowserHostDependencies,
): Promise<boolean> {
  const { dataDir } = options;
  const { processes, protector, windowFolder } = dependencies;
  const assets = await loadWindowAssets(windowFolder);
  const opened = await openHostApp(
    { ...options, host: 'browser', systemLanguage: supportedLanguage(systemLanguages()) },
    { processes, serve: serveNode, protector, openFolder: null, chooseFile: null },
  ).catch((error: unknown) => showRunning(error, options));
  if (opened === null) return false;
  const { app, close } = opened;
  reportFailures(opened);
  const server = await startWebServer(
    { port: 0 },
    {
      app,
      assets,
      nowMs: () => systemClock.nowMs(),
      onAddress: (address) => writeAddress(dataDir, address),
    },
  );
  writeAddress(dataDir, server.address);
  endOnSignals(async () => {
    // First: whoever starts meanwhile is not sent to a window that is going away.
    removeAddress(dataDir);
    await server.close();
    await close();
  });
  complainOfKey(await app.resume(options.networkId));
  await show(server.address, options);
  say('Ctrl+C ends DIVA Node.');
  return true;
}

/** Whoever started this on a server looks here, not at the window. */
function reportFailures({ app, logger }: HostApp): void {
  const attachment = app.attach((_name, value) => {
    const { kind, state, failure } = value as Task;
    if (state !== 'failed' || failure === null) return;
    const sentence = failureSentence(kind, failure);
    logger.log('error', sentence, { code: failure.code, ...failure.params });
    complain(sentence);
  });
  attachment.subscribe('task');
}

function failureSentence(kind: Task['kind'], { code, params }: ContractError): string {
  if (code === 'port-in-use')
    return (
      `Another program is using port ${params['port']}. ` +
      'End that program, or choose another port when you start the app.'
    );
  return `${kind} failed (${code}); the window says more.`;
}

/** The window asks for it; on a server there is nobody. */
function complainOfKey(obstacle: ContractError | null): void {
  if (obstacle === null || !isClosedKey(obstacle.code)) return;
  complain(
    keySentences(obstacle.code, 'Enter it in the window, or start again with --passphrase-file FILE.'),
  );
}

/** The folder is in use: by a host whose window can be opened once more, or by something else. */
async function showRunning(error: unknown, options: HostOptions): Promise<null> {
  if (!(error instanceof StorageError) || error.code !== 'locked') throw error;
  const { dataDir } = options;
  const address = readAddress(dataDir);
  if (address === null || !(await answers(address)))
    throw new Error(
      `DIVA Node is running already in ${dataDir}: ${error.message}. Use its window, or end it.`,
    );
  say('DIVA Node is running already.');
  await show(address, options);
  return null;
}

/** A host that was killed leaves its address behind. */
async function answers(address: string): Promise<boolean> {
  try {
    const { ok } = await fetch(new URL('/', address), { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    return ok;
  } catch {
    return false;
  }
}

async function show(address: string, { noOpen }: HostOptions): Promise<void> {
  const isOpened = !noOpen && (await openBrowser(address));
  say(
    isOpened
      ? 'The window opens in your browser. Should it not:'
      : 'Open this in a browser on this machine, once:',
  );
  say(address);
}

function endOnSignals(close: () => Promise<void>): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(EXIT_FAILED), LONGEST_CLOSE_MS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(String(error));
        process.exit(EXIT_FAILED);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
}

function systemLanguages(): string[] {
  const { LANGUAGE, LC_ALL, LC_MESSAGES, LANG } = process.env;
  const told = [LANGUAGE, LC_ALL, LC_MESSAGES, LANG].flatMap((value) => value?.split(':') ?? []);
  return [...told, Intl.DateTimeFormat().resolvedOptions().locale].filter((tag) => tag !== '');
}
