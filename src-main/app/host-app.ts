/** Puts the app of a host together: lock, log, settings, backend. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { openLogger, systemClock } from '../networks/system.ts';
import { VERSION } from '../networks/version.ts';
import type { Logger } from '../node/ports.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import { App } from './app.ts';
import type { AppInfo } from './contract/shell.ts';
import type { HostOptions } from './host-options.ts';
import { localBackend, type LocalBackendDependencies } from './local-backend.ts';

export interface HostAppOptions extends HostOptions {
  readonly host: AppInfo['host'];
  readonly systemLanguage: AppInfo['systemLanguage'];
}

export interface HostAppDependencies extends LocalBackendDependencies {
  readonly openFolder: ((folder: string) => Promise<void>) | null;
}

export interface HostApp {
  readonly app: App;
  readonly logger: Logger;
  /** Stops the open network and unlocks the data folder. */
  close(): Promise<void>;
}

/** Rejects with StorageError `locked` while another process works with the data folder. */
export async function openHostApp(
  options: HostAppOptions,
  dependencies: HostAppDependencies,
): Promise<HostApp> {
  const { dataDir, host, systemLanguage, language, fixedPorts, logLevel } = options;
  const { openFolder, ...backendDependencies } = dependencies;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(dataDir);
  try {
    const logDir = path.join(dataDir, 'logs');
    const logger = openLogger(path.join(logDir, 'app.log'), logLevel);
    const backend = localBackend({ dataDir, fixedPorts, logLevel }, backendDependencies);
    const overrides = language === undefined ? {} : { language };
    const app = await App.create(
      { dataDir, logDir, host, version: VERSION, systemLanguage, overrides },
      { backend, crypto: sodiumCrypto, clock: systemClock, logger, openFolder },
    );
    const close = async (): Promise<void> => {
      await app.close();
      lock.release();
    };
    return { app, logger, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}
