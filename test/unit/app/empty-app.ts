import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type AppDependencies } from '../../../src-main/app/app.ts';
import type { AppBackend } from '../../../src-main/app/backend.ts';
import type { LogLevel } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import { ManualClock } from './manual-clock.ts';

export interface EmptyApp {
  readonly app: App;
  readonly dataDir: string;
  readonly clock: ManualClock;
  readonly logged: { level: LogLevel; message: string }[];
}

export function temporaryDataDir(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'diva-app-'));
}

/** The real app over a data folder where nothing was ever made, as far as the backend is not told otherwise. */
export async function makeEmptyApp(
  changes: Partial<AppDependencies> = {},
  backend: Partial<AppBackend> = {},
  folder?: string,
): Promise<EmptyApp> {
  const dataDir = folder ?? (await temporaryDataDir());
  const clock = new ManualClock();
  const logged: EmptyApp['logged'] = [];
  const missing = (): Promise<never> => Promise.reject(new NetworkError('not-found', 'nothing here'));
  const app = await App.create(
    {
      dataDir,
      logDir: path.join(dataDir, 'logs'),
      host: 'browser',
      version: '0.0.0',
      systemLanguage: 'en',
      overrides: {},
    },
    {
      backend: {
        key: {
          newKey: 'unprotected',
          state: () => Promise.resolve(null),
          open: missing,
          unlock: missing,
          setPassphrase: missing,
          lock: missing,
        },
        backup: {
          make: missing,
          inspect: missing,
          prove: missing,
          restore: missing,
          roll: () => Promise.resolve(false),
          rolling: () => null,
        },
        listNetworks: () => Promise.resolve([]),
        createLocalNetwork: missing,
        createSharedNetwork: missing,
        joinNetwork: missing,
        loadNetwork: missing,
        removeNetwork: missing,
        leftovers: () => Promise.resolve([]),
        endLeftover: missing,
        startOver: missing,
        ...backend,
      },
      crypto: sodiumCrypto,
      clock,
      logger: { log: (level, message) => void logged.push({ level, message }) },
      openFolder: null,
      chooseFile: null,
      ...changes,
    },
  );
  return { app, dataDir, clock, logged };
}
