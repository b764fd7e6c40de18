import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type AppDependencies } from '../../../src-main/app/app.ts';
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

/** The real app over an empty data folder: nothing was ever made there. */
export async function makeEmptyApp(changes: Partial<AppDependencies> = {}): Promise<EmptyApp> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'diva-app-'));
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
        identity: () => Promise.resolve(null),
        listNetworks: () => Promise.resolve([]),
        createLocalNetwork: missing,
        loadNetwork: missing,
        removeNetwork: missing,
      },
      crypto: sodiumCrypto,
      clock,
      logger: { log: (level, message) => void logged.push({ level, message }) },
      openFolder: null,
      ...changes,
    },
  );
  return { app, dataDir, clock, logged };
}
