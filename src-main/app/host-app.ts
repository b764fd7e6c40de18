/** Puts the app of a host together: lock, log, settings, backend. */
import path from 'node:path';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { clearAside } from '../networks/backup/aside.ts';
import { folderFault, makeFolder } from '../networks/folder-faults.ts';
import { openLogger, systemClock } from '../networks/system.ts';
import { VERSION } from '../networks/version.ts';
import type { Logger } from '../node/ports.ts';
import { StorageError } from '../storage/errors.ts';
import { lockFolder, type FolderLock } from '../storage/folder-lock.ts';
import { App } from './app.ts';
import type { AppBackend } from './backend.ts';
import type { AppInfo } from './contract/shell.ts';
import { FolderError, OptionError, type HostOptions } from './host-options.ts';
import type { ChooseFile } from './keeping-handlers.ts';
import { localBackend, type LocalBackendDependencies } from './local-backend.ts';
import { readPassphraseFile } from './passphrase-file.ts';

export interface HostAppOptions extends HostOptions {
  readonly host: AppInfo['host'];
  readonly systemLanguage: AppInfo['systemLanguage'];
}

export interface HostAppDependencies extends LocalBackendDependencies {
  readonly openFolder: ((folder: string) => Promise<void>) | null;
  readonly chooseFile: ChooseFile | null;
}

/** What the browser host needs of the process that it runs in. */
export interface BrowserHostDependencies extends Pick<LocalBackendDependencies, 'processes' | 'protector'> {
  /** The built window. */
  readonly windowFolder: string;
}

/**
 * The program `browser-host.js`: Electron loads it by its name, because the two hosts do not know each other. False:
 * the window of another process was shown, and there is nothing left to do.
 */
export type RunBrowserHost = (
  options: HostOptions,
  dependencies: BrowserHostDependencies,
) => Promise<boolean>;

export interface HostApp {
  readonly app: App;
  readonly logger: Logger;
  /** Stops the open network and unlocks the data folder. */
  close(): Promise<void>;
}

/**
 * Rejects with StorageError `locked` while another process works with the data folder, with FolderError when that
 * cannot be used, and with OptionError for options that name what is not there.
 */
export async function openHostApp(
  options: HostAppOptions,
  dependencies: HostAppDependencies,
): Promise<HostApp> {
  const { dataDir, host, systemLanguage, language, fixedPorts, logLevel, passphraseFile } = options;
  const { openFolder, chooseFile, ...backendDependencies } = dependencies;
  const passphrase = passphraseFile === undefined ? null : readPassphraseFile(passphraseFile);
  const lock = ownFolder(dataDir);
  try {
    const logDir = path.join(dataDir, 'logs');
    const logger = openLogger(path.join(logDir, 'app.log'), logLevel);
    const backend = localBackend({ dataDir, fixedPorts, logLevel, passphrase }, backendDependencies);
    await clearAside(dataDir);
    await refuseUnknownNetwork(options, backend);
    const overrides = language === undefined ? {} : { language };
    const app = await App.create(
      { dataDir, logDir, host, version: VERSION, systemLanguage, overrides },
      { backend, crypto: sodiumCrypto, clock: systemClock, logger, openFolder, chooseFile },
    );
    const close = async (): Promise<void> => {
      await app.close();
      lock.release();
    };
    return { app, logger, close };
  } catch (error) {
    lock.release();
    throw sentenceFor(error);
  }
}

function ownFolder(dataDir: string): FolderLock {
  try {
    makeFolder(dataDir);
    return lockFolder(dataDir);
  } catch (error) {
    throw sentenceFor(error);
  }
}

function sentenceFor(error: unknown): unknown {
  if (error instanceof StorageError && error.code === 'locked') return error;
  const fault = folderFault(error);
  return fault === undefined ? error : new FolderError(fault.message, { cause: error });
}

async function refuseUnknownNetwork({ networkId, dataDir }: HostOptions, backend: AppBackend): Promise<void> {
  if (networkId === undefined) return;
  const known = await backend.listNetworks();
  if (known.some(({ id }) => id === networkId)) return;
  const names = known.map(({ id, name }) => `  ${id}  ${name}`).join('\n');
  const there = known.length === 0 ? 'There is none.' : `There are:\n${names}`;
  throw new OptionError(`There is no network ${networkId} in ${dataDir}. ${there}`);
}
