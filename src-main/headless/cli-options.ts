/** Arguments of the commands: checked, with the environment (`DIVA_*`) as the second source. */
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { defaultDataDir, environmentName } from '../app/host-options.ts';
import { usageError } from './cli-errors.ts';

type OptionTypes = Readonly<Record<string, 'string' | 'boolean'>>;

/** What every command understands. */
const COMMON = { 'data-dir': 'string', network: 'string', json: 'boolean', help: 'boolean' } as const;

/** DESIGN, Command line: what says where something is may also come from the environment, as for the app. */
const FROM_ENVIRONMENT: ReadonlySet<string> = new Set(['data-dir', 'network', 'passphrase-file']);

/** An empty text is a value for these; for all others it is an unset variable of somebody's script. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['data', 'note']);

export class Options {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | undefined>>;

  /** Throws a usage error for what is unknown or too much. */
  constructor(args: readonly string[], own: OptionTypes, positionals: readonly string[]) {
    const types = Object.entries({ ...COMMON, ...own }).map(([name, type]) => [name, { type }] as const);
    const options = Object.fromEntries(types) as NonNullable<ParseArgsConfig['options']>;
    try {
      const parsed = parseArgs({
        args: withNegatives(args, options),
        options,
        allowPositionals: true,
        strict: true,
      });
      this.#values = parsed.values as Record<string, string | boolean | undefined>;
      this.positionals = parsed.positionals;
    } catch (error) {
      throw usageError(optionFault(error));
    }
    for (const [name, value] of Object.entries(this.#values)) {
      if (value === '' && !MAY_BE_EMPTY.has(name)) throw usageError(`--${name} is empty`);
    }
    if (this.isSet('help')) return;
    const missing = positionals[this.positionals.length];
    if (missing !== undefined) throw usageError(`${missing} is missing`);
    const extra = this.positionals[positionals.length];
    if (extra !== undefined) throw usageError(`unexpected argument: ${extra}`);
  }

  isSet(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const given = this.#values[name];
    if (typeof given === 'string') return given;
    return FROM_ENVIRONMENT.has(name) ? process.env[environmentName(name)] || undefined : undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw usageError(`--${name} is missing`);
    return value;
  }

  /** A number within bounds; `whole` refuses fractions. */
  number(name: string, bounds: { least: number; most: number; whole: boolean }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const fits = /^\d+(\.\d+)?$/.test(text) && value >= bounds.least && value <= bounds.most;
    if (!fits || (bounds.whole && !Number.isInteger(value))) {
      const kind = bounds.whole ? 'a whole number' : 'a number';
      throw usageError(`--${name} must be ${kind} from ${bounds.least} to ${bounds.most}, not ${text}`);
    }
    return value;
  }

  /** `--data-dir`, otherwise where the app keeps its data. */
  get dataDir(): string {
    return path.resolve(this.text('data-dir') ?? defaultDataDir(process.platform, process.env, os.homedir()));
  }
}

/** One sentence: parseArgs explains at length how to write an argument that begins with a dash. */
function optionFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const [, name] = /'(?:-\w, )?(--?[\w-]+)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no option ${name}; --help lists them`;
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && message.includes('argument missing'))
    return `${name} needs a value`;
  return message.replaceAll('\n', ' ');
}

/** `--delay -1` is a wrong number and no other option: parseArgs would give a lecture instead. */
function withNegatives(
  args: readonly string[],
  options: Readonly<Record<string, { type: 'string' | 'boolean' }>>,
): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const isValue =
      /^-\d/.test(arg) && before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** What all commands understand may stand before the command as well: `--json status` becomes `status --json`. */
export function commandFirst(args: readonly string[]): readonly string[] {
  let at = 0;
  for (let arg = args[0]; arg !== undefined; arg = args[at]) {
    if (arg === '--json' || /^--(data-dir|network)=/.test(arg)) at += 1;
    else if (arg === '--data-dir' || arg === '--network') at += 2;
    else break;
  }
  const name = args[at];
  const isCommand =
    name !== undefined && (!name.startsWith('-') || name === '--version' || name === '--help');
  return isCommand ? [name, ...args.slice(0, at), ...args.slice(at + 1)] : args;
}
