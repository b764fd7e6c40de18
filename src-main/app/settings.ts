/**
 * `settings.json` in the data folder. Replaced as a whole by renaming, so that a crash leaves the old or the new
 * one; a file that cannot be read is kept beside it under another name and the defaults are used.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Logger } from '../node/ports.ts';
import { LastBackup } from './contract/keeping.ts';
import { DisplayName, NetworkId, Nullable } from './contract/primitives.ts';
import { Settings, type SetSettingsRequest, type SettingsState } from './contract/shell.ts';

const FILE_NAME = 'settings.json';

const DEFAULTS: StoredSettings = {
  language: 'system',
  theme: 'system',
  openNetworkId: null,
  displayName: null,
  closingExplained: false,
  lastBackup: null,
};

/** Fields of other versions are kept, so that going back and forth between versions loses nothing. */
const StoredSettings = Type.Object({
  language: Settings.properties.language,
  theme: Settings.properties.theme,
  /** The network to open at the next start. */
  openNetworkId: Nullable(NetworkId),
  /** The name that the person chose for the own node. */
  displayName: Nullable(DisplayName),
  /** The person was told that nodes go on while the window is closed. */
  closingExplained: Type.Boolean(),
  lastBackup: Nullable(LastBackup),
});
type StoredSettings = Type.Static<typeof StoredSettings>;

export interface SettingsOptions {
  readonly dataDir: string;
  /** From the command line or the environment: in force, but never written. */
  readonly overrides: Partial<Settings>;
}

export class SettingsStore {
  readonly #options: SettingsOptions;
  readonly #logger: Logger;
  #stored: StoredSettings;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: SettingsOptions, stored: StoredSettings, logger: Logger) {
    this.#options = options;
    this.#stored = stored;
    this.#logger = logger;
  }

  static async load(options: SettingsOptions, logger: Logger): Promise<SettingsStore> {
    return new SettingsStore(options, await read(path.join(options.dataDir, FILE_NAME), logger), logger);
  }

  /** After a restore: the file is another one. What was open or saved elsewhere is not so here. */
  async reload(): Promise<void> {
    await this.#writing;
    this.#stored = await read(path.join(this.#options.dataDir, FILE_NAME), this.#logger);
    await this.#write({ openNetworkId: null, lastBackup: null });
  }

  state(): SettingsState {
    const { language, theme } = this.#stored;
    const overridden = (['language', 'theme'] as const).filter(
      (name) => this.#options.overrides[name] !== undefined,
    );
    return { settings: { language, theme, ...this.#options.overrides }, overridden };
  }

  get openNetworkId(): string | null {
    return this.#stored.openNetworkId;
  }

  get displayName(): string | null {
    return this.#stored.displayName;
  }

  get closingExplained(): boolean {
    return this.#stored.closingExplained;
  }

  get lastBackup(): LastBackup | null {
    return this.#stored.lastBackup;
  }

  async setLastBackup(lastBackup: LastBackup): Promise<void> {
    await this.#write({ lastBackup });
  }

  async setClosingExplained(): Promise<void> {
    if (!this.#stored.closingExplained) await this.#write({ closingExplained: true });
  }

  async setDisplayName(displayName: string): Promise<void> {
    if (displayName !== this.#stored.displayName) await this.#write({ displayName });
  }

  async set(change: SetSettingsRequest): Promise<SettingsState> {
    await this.#write(change);
    return this.state();
  }

  async setOpenNetwork(openNetworkId: string | null): Promise<void> {
    if (openNetworkId !== this.#stored.openNetworkId) await this.#write({ openNetworkId });
  }

  /** One write after the other; memory changes only when the file has. */
  #write(change: Partial<StoredSettings>): Promise<void> {
    const write = async (): Promise<void> => {
      const next = { ...this.#stored, ...change };
      const file = path.join(this.#options.dataDir, FILE_NAME);
      await mkdir(this.#options.dataDir, { recursive: true, mode: 0o700 });
      await writeFile(`${file}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
      await rename(`${file}.new`, file);
      this.#stored = next;
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

async function read(file: string, logger: Logger): Promise<StoredSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return DEFAULTS;
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    const stored: unknown = isFields(parsed) ? { ...DEFAULTS, ...parsed } : parsed;
    if (Value.Check(StoredSettings, stored)) return stored;
  } catch (error) {
    logger.log('debug', 'settings are not JSON', { error: String(error) });
  }
  await rename(file, `${file}.unreadable`);
  logger.log('warn', 'settings could not be read; the defaults are used', { kept: `${file}.unreadable` });
  return DEFAULTS;
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
