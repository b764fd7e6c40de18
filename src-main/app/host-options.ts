/** What both hosts take from the command line and the environment (DESIGN, Command line). */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LogLevel } from '../core/types.ts';
import type { NodePorts } from '../networks/types.ts';
import type { Language } from './contract/shell.ts';

export interface HostOptions {
  readonly dataDir: string;
  /** Ports that were asked for by number. */
  readonly fixedPorts: Partial<NodePorts>;
  /** Undefined: as the settings say. */
  readonly language: Language | undefined;
  readonly logLevel: LogLevel;
  /** The network to open at the start; undefined: the one that was open last. */
  readonly networkId: string | undefined;
  /** Where the passphrase of the own key is. */
  readonly passphraseFile: string | undefined;
  /** Without a window of its own: a browser of this machine shows it. */
  readonly headless: boolean;
  /** Only prints the address of the window (browser host). */
  readonly noOpen: boolean;
  /** The window waits in the tray, where there is one (Electron). */
  readonly startInTray: boolean;
  readonly version: boolean;
  readonly help: boolean;
}

/** A wrong option; the message is for the person at the terminal. */
export class OptionError extends Error {}

/** The data folder cannot be used; the message is for the person at the terminal. */
export class FolderError extends Error {}

/** What a host ends with; the same numbers as the commands (docs/api.md). */
export function exitCodeOf(error: unknown): number {
  if (error instanceof OptionError) return 2;
  return error instanceof FolderError ? 6 : 1;
}

type Environment = Readonly<Record<string, string | undefined>>;

const OPTIONS = {
  'data-dir': { type: 'string' },
  network: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'api-port': { type: 'string' },
  'feed-port': { type: 'string' },
  'udp-port': { type: 'string' },
  lang: { type: 'string' },
  'log-level': { type: 'string' },
  headless: { type: 'boolean' },
  'no-open': { type: 'boolean' },
  'start-in-tray': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const LANGUAGES: readonly Language[] = ['en', 'de', 'ru'];

export const HOST_HELP = `diva-node [options] starts the app; diva-node help lists the commands for scripts.

Options, each also as an environment variable (DIVA_DATA_DIR, DIVA_NETWORK, DIVA_HEADLESS=1, …):
  --data-dir DIR           where keys, networks, settings and logs are kept
  --network ID             which network to open; otherwise the one that was open last
  --passphrase-file FILE   holds the passphrase of the own key, which the app asks for otherwise
  --headless               no window of its own: a browser of this machine shows it
  --no-open                headless, and only print the address of the window
  --start-in-tray          start without showing the window, where the desktop has a tray
  --api-port PORT          REST API of the own node (17468)
  --feed-port PORT         block feed of the own node (17469)
  --udp-port PORT          datagrams of the own node (17470)
  --lang en|de|ru          language of the window
  --log-level LEVEL        debug, info, warn or error
  --version, --help
`;

/**
 * `lenient` ignores unknown options: Electron has many of its own.
 * @throws OptionError
 */
export function parseHostOptions(args: readonly string[], env: Environment, lenient = false): HostOptions {
  const values = parse(args, lenient);
  const text = (name: keyof typeof OPTIONS): string | undefined => {
    const value = values[name] ?? env[environmentName(name)];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const flag = (name: 'headless' | 'no-open' | 'start-in-tray'): boolean => {
    const value = values[name] ?? env[environmentName(name)];
    return value === true || value === '1' || value === 'true';
  };
  const port = (name: 'api-port' | 'feed-port' | 'udp-port'): number | undefined => portOf(name, text(name));
  const ports = { api: port('api-port'), feed: port('feed-port'), udp: port('udp-port') };
  if (values['data-dir'] === '') throw new OptionError('--data-dir is empty.');
  const passphraseFile = text('passphrase-file');
  return {
    dataDir: path.resolve(text('data-dir') ?? defaultDataDir(process.platform, env, os.homedir())),
    fixedPorts: Object.fromEntries(Object.entries(ports).filter(([, value]) => value !== undefined)),
    language: oneOf('lang', text('lang'), LANGUAGES),
    logLevel: oneOf('log-level', text('log-level'), LOG_LEVELS) ?? 'info',
    networkId: text('network'),
    passphraseFile: passphraseFile === undefined ? undefined : path.resolve(passphraseFile),
    headless: flag('headless') || flag('no-open'),
    noOpen: flag('no-open'),
    startInTray: flag('start-in-tray'),
    version: values['version'] === true,
    help: values['help'] === true,
  };
}

/** DESIGN, Command line: every option is an environment variable too. */
export function environmentName(option: string): string {
  return `DIVA_${option.toUpperCase().replaceAll('-', '_')}`;
}

/** DESIGN, Data on disk. */
export function defaultDataDir(platform: NodeJS.Platform, env: Environment, home: string): string {
  const folder = (name: string, ...otherwise: string[]): string => env[name] || path.join(home, ...otherwise);
  if (platform === 'win32') return path.join(folder('APPDATA', 'AppData', 'Roaming'), 'diva-node');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'diva-node');
  return path.join(folder('XDG_DATA_HOME', '.local', 'share'), 'diva-node');
}

/** The first of the system's languages that the window speaks. */
export function supportedLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const language = LANGUAGES.find((candidate) => candidate === tag.toLowerCase().split(/[-_.]/)[0]);
    if (language !== undefined) return language;
  }
  return 'en';
}

function parse(
  args: readonly string[],
  lenient: boolean,
): Readonly<Record<string, string | boolean | undefined>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: !lenient, allowPositionals: lenient })
      .values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function portOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535)
    throw new OptionError(`--${name} ${text} is not a port.`);
  return port;
}

function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new OptionError(`--${name} must be one of ${words.join(', ')}.`);
  return word;
}
