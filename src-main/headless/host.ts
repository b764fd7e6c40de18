/** The headless host: the same app without a window of its own, served to a browser of this machine. */
import path from 'node:path';
import { serveNode } from '../api/server.ts';
import { openHostApp } from '../app/host-app.ts';
import {
  HOST_HELP,
  OptionError,
  parseHostOptions,
  supportedLanguage,
  type HostOptions,
} from '../app/host-options.ts';
import { loadWindowAssets } from '../app/window-assets.ts';
import { forkProcessHost } from '../networks/fork-host.ts';
import { systemClock } from '../networks/system.ts';
import { VERSION } from '../networks/version.ts';
import { StorageError } from '../storage/errors.ts';
import { openBrowser } from './open-browser.ts';
import { startWebServer } from './web-server.ts';
import { readAddress, removeAddress, writeAddress } from './window-address.ts';

/** A host that cannot close itself in this time is ended as it is: everything accepted is durable anyway. */
const LONGEST_CLOSE_MS = 30_000;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const options = parseHostOptions(process.argv.slice(2), process.env);
  if (options.version) say(VERSION);
  else if (options.help) say(HOST_HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`diva-node: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof OptionError ? EXIT_USAGE : EXIT_FAILED;
}

async function run(options: HostOptions): Promise<void> {
  const { dataDir } = options;
  const assets = await loadWindowAssets(path.join(import.meta.dirname, '../renderer'));
  const opened = await openHostApp(
    { ...options, host: 'browser', systemLanguage: supportedLanguage(systemLanguages()) },
    {
      processes: forkProcessHost(path.join(import.meta.dirname, 'node-process.js')),
      serve: serveNode,
      protector: null,
      openFolder: null,
    },
  ).catch((error: unknown) => showRunning(error, options));
  if (opened === null) return;
  const { app, close } = opened;
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
    await server.close();
    await close();
    removeAddress(dataDir);
  });
  app.resume();
  await show(server.address, options);
}

/** The folder is in use: by a host whose window can be opened once more, or by something else. */
async function showRunning(error: unknown, options: HostOptions): Promise<null> {
  const address = readAddress(options.dataDir);
  if (!(error instanceof StorageError) || error.code !== 'locked' || address === null) throw error;
  say('DIVA Node is running already.');
  await show(address, options);
  return null;
}

async function show(address: string, { noOpen }: HostOptions): Promise<void> {
  const isOpened = !noOpen && (await openBrowser(address));
  say(
    isOpened
      ? 'The window opens in your browser. Should it not:'
      : 'Open this in a browser on this machine, once:',
  );
  say(address);
  say('Ctrl+C ends DIVA Node.');
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
        process.stderr.write(`diva-node: ${String(error)}\n`);
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
