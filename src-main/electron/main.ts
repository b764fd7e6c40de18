/** The Electron host: composes app, window, menu and tray. */
import { app, BrowserWindow, dialog, nativeTheme, powerMonitor, shell, type Tray } from 'electron';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveNode } from '../api/server.ts';
import type { Language, Settings } from '../app/contract/shell.ts';
import { openHostApp, type HostApp, type RunBrowserHost } from '../app/host-app.ts';
import {
  exitCodeOf,
  HOST_HELP,
  parseHostOptions,
  supportedLanguage,
  type HostOptions,
} from '../app/host-options.ts';
import { loadWindowAssets } from '../app/window-assets.ts';
import { VERSION } from '../networks/version.ts';
import type { ProcessHost } from '../networks/types.ts';
import { StorageError } from '../storage/errors.ts';
import { hideOnClose } from './closing.ts';
import { harden } from './hardening.ts';
import { WindowIpc } from './ipc.ts';
import { systemKeyring } from './keyring.ts';
import { chooseFile } from './choose-file.ts';
import { openOutside } from './links.ts';
import { setApplicationMenu } from './menu.ts';
import { OpenedInvitations } from './opened-invitations.ts';
import { utilityProcessHost } from './process-host.ts';
import { registerScheme, serveAssets } from './protocol.ts';
import { quitInOrder } from './quitting.ts';
import { NATIVE_TEXTS } from './texts.ts';
import { createTray, setTrayMenu } from './tray.ts';
import { createWindow, loadWindow } from './window.ts';

const here = import.meta.dirname;
const WINDOW_FOLDER = path.join(here, '../renderer');
/** Kept, because a tray that nobody refers to disappears. */
let tray: Tray | null = null;
let language: Language = 'en';

// Electron is not ready before this module was run to its end: nothing here may wait for that.
try {
  main(parseHostOptions(process.argv.slice(1), process.env, true));
} catch (error) {
  fail(error);
}

function main(options: HostOptions): void {
  if (options.version || options.help) {
    process.stdout.write(options.version ? `${VERSION}\n` : HOST_HELP);
    app.exit(0);
    return;
  }
  // Beside the node's data, so that one data folder means one running app.
  app.setPath('userData', path.join(options.dataDir, 'electron'));
  if (options.headless) {
    app
      .whenReady()
      .then(() => startHeadless(options))
      .catch(failInTerminal);
    return;
  }
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  app.enableSandbox();
  registerScheme();
  const invitations = new OpenedInvitations(process.argv.slice(1));
  app
    .whenReady()
    .then(() => start(options, invitations))
    .catch(fail);
}

async function start(options: HostOptions, invitations: OpenedInvitations): Promise<void> {
  harden((url) => void openOutside(url, NATIVE_TEXTS[language]));
  serveAssets(await loadWindowAssets(WINDOW_FOLDER));
  const systemLanguage = supportedLanguage(app.getPreferredSystemLanguages());
  language = options.language ?? systemLanguage;
  const opened = await openHostApp(
    { ...options, host: 'electron', systemLanguage },
    { processes: nodeProcesses(), serve: serveNode, protector: systemKeyring(), openFolder, chooseFile },
  );
  endWith(opened);
  powerMonitor.on('resume', () => opened.app.woke());
  tray = await createTray(path.join(app.getAppPath(), 'assets'));
  followSettings(opened, options, systemLanguage);
  const ipc = new WindowIpc(opened.app);
  // Without a tray a hidden window could not be found.
  const isHidden = options.startInTray && tray !== null;
  const preload = path.join(here, '../preload/preload.cjs');
  const window = createWindow(preload, nativeTheme.shouldUseDarkColors, isHidden);
  ipc.attach(window);
  hideOnClose(window, {
    mayHide: () => tray !== null && opened.app.hasOpenNetwork,
    isExplained: () => opened.app.settings.closingExplained,
    explained: () => void opened.app.settings.setClosingExplained(),
    texts: () => NATIVE_TEXTS[language],
  });
  invitations.listen((invitation) => {
    opened.app.openInvitation(invitation);
    showWindow();
  });
  app.on('second-instance', (_event, args, workingFolder) => {
    invitations.take(args, workingFolder);
    showWindow();
  });
  // macOS: a click on the symbol in the dock.
  app.on('activate', () => showWindow());
  await Promise.all([opened.app.resume(options.networkId), loadWindow(window)]);
}

/** `--headless`: the same app for a browser, with this process's keyring and its way to start nodes. */
async function startHeadless(options: HostOptions): Promise<void> {
  if (process.platform === 'darwin') app.dock?.hide();
  const program = pathToFileURL(path.join(here, 'browser-host.js')).href;
  const { runBrowserHost } = (await import(/* @vite-ignore */ program)) as { runBrowserHost: RunBrowserHost };
  const dependencies = {
    processes: nodeProcesses(),
    protector: systemKeyring(),
    windowFolder: WINDOW_FOLDER,
  };
  if (!(await runBrowserHost(options, dependencies))) app.exit(0);
}

function nodeProcesses(): ProcessHost {
  return utilityProcessHost(path.join(here, 'node-process.js'));
}

function endWith({ app: divaApp, close, logger }: HostApp): void {
  quitInOrder({
    close: () =>
      close().catch((error: unknown) => {
        logger.log('error', 'the app did not close', { error: String(error) });
      }),
    unfinished: () => divaApp.unfinishedNodes.map(({ name }) => name),
    abandon: () => divaApp.abandon(),
    texts: () => NATIVE_TEXTS[language],
  });
  app.on('window-all-closed', () => app.quit());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
}

/** Theme and language of what is outside of the window. */
function followSettings({ app: divaApp }: HostApp, { dataDir }: HostOptions, systemLanguage: Language): void {
  const apply = ({ theme, language: chosen }: Settings): void => {
    nativeTheme.themeSource = theme;
    language = chosen === 'system' ? systemLanguage : chosen;
    const texts = NATIVE_TEXTS[language];
    setApplicationMenu(texts, {
      openDataFolder: () => void openFolder(dataDir),
      openLogs: () => void openFolder(path.join(dataDir, 'logs')),
      lock: () => void lock(divaApp),
    });
    if (tray !== null) setTrayMenu(tray, texts, { show: showWindow, quit: () => app.quit() });
  };
  divaApp.onSettings(apply);
  apply(divaApp.settings.state().settings);
}

/** What cannot be locked is said in a box: the window may be hidden. */
async function lock(divaApp: HostApp['app']): Promise<void> {
  const outcome = await divaApp.dispatch('lockIdentity', {});
  if (outcome.ok || outcome.error.code !== 'not-lockable') return;
  const { lockMessage, lockDetail } = NATIVE_TEXTS[language];
  await dialog.showMessageBox({ type: 'info', message: lockMessage, detail: lockDetail });
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

async function openFolder(folder: string): Promise<void> {
  const failure = await shell.openPath(folder);
  if (failure !== '') throw new Error(failure);
}

/** Nothing runs without a window: what prevents one is said in a box of the system. */
function fail(error: unknown): void {
  dialog.showErrorBox('DIVA Node', sentenceOf(error));
  app.exit(exitCodeOf(error));
}

function sentenceOf(error: unknown): string {
  if (error instanceof StorageError && error.code === 'locked')
    return NATIVE_TEXTS[language].folderInUse.replace('{pid}', String(error.pid ?? '–'));
  return error instanceof Error ? error.message : String(error);
}

function failInTerminal(error: unknown): void {
  process.stderr.write(`diva-node: ${error instanceof Error ? error.message : String(error)}\n`);
  app.exit(exitCodeOf(error));
}
