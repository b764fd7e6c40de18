/** What commands share that run nodes in the foreground: ports, keys, signals, and how a node is told of. */
import { OptionError } from '../app/host-options.ts';
import { readPassphraseFile } from '../app/passphrase-file.ts';
import type { Unlocking } from '../identity/key-protector.ts';
import type { TakenPort } from '../networks/free-ports.ts';
import type { LocalNode, NodePorts } from '../networks/types.ts';
import { usageError } from './cli-errors.ts';
import type { Options } from './cli-options.ts';

export const STOPPED = 'stopped; everything is on disk, and the same command goes on from there';
export const PORT = { least: 1, most: 65_535, whole: true } as const;
export const PORT_OPTIONS = { 'api-port': 'string', 'feed-port': 'string', 'udp-port': 'string' } as const;

type NodeLine = Pick<LocalNode, 'name' | 'publicKey' | 'pid' | 'ports' | 'dataDir' | 'tokenFile'>;

export function nodeLine({ name, publicKey, pid, ports, dataDir, tokenFile }: NodeLine): object {
  const { udp: udpPort, api: apiPort, feed: feedPort } = ports;
  return { name, publicKey, pid, udpPort, apiPort, feedPort, dataDir, tokenFile };
}

export function apiText({ api, feed }: NodePorts): string {
  return `API http://127.0.0.1:${api}, feed ws://127.0.0.1:${feed}`;
}

export function takenText(name: string, { purpose, wanted, used }: TakenPort): string {
  return `port ${wanted} is taken: ${name} uses ${used} (${purpose})`;
}

export function readUnlocking(options: Options): Unlocking {
  const file = options.text('passphrase-file');
  try {
    return file === undefined ? {} : { passphrase: readPassphraseFile(file) };
  } catch (error) {
    throw error instanceof OptionError ? usageError(error.message) : error;
  }
}

export function readPorts(options: Options): Partial<NodePorts> {
  const given = { api: 'api-port', feed: 'feed-port', udp: 'udp-port' } as const;
  const ports = Object.entries(given).map(
    ([purpose, name]) => [purpose, options.number(name, PORT)] as const,
  );
  return Object.fromEntries(ports.filter(([, port]) => port !== undefined));
}

/**
 * Resolves when a signal asks for the end. A terminal's Ctrl+C comes twice, from the terminal and from `npm run cli`:
 * one more must not cut the end short. Where nobody reads the events any more, nobody is left to ask.
 */
export function onSignals(abort: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      abort.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
    process.stdout.on('error', end);
  });
}
