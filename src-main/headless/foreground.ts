/** What commands share that run nodes in the foreground: ports, keys, signals, and how a node is told of. */
import type { Unlocking } from '../identity/key-protector.ts';
import type { TakenPort } from '../networks/free-ports.ts';
import { isConsent } from '../networks/reach-consent.ts';
import type { LocalNode, NodePorts } from '../networks/types.ts';
import type { TransportFaults } from '../node/ports.ts';
import { usageError } from './cli-errors.ts';
import type { Options } from './cli-options.ts';
import { passphraseFrom } from './cli-passphrase.ts';

export const STOPPED = 'stopped; everything is on disk, and the same command goes on from there';
export const PORT = { least: 1, most: 65_535, whole: true } as const;
export const PORT_OPTIONS = { 'api-port': 'string', 'feed-port': 'string', 'udp-port': 'string' } as const;
export const FAULT_OPTIONS = { loss: 'string', delay: 'string' } as const;

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
  const passphrase = passphraseFrom(options, 'passphrase-file');
  return passphrase === undefined ? {} : { passphrase };
}

/**
 * `--interface eth0,wlan0`, names as the system calls them, or `none`: where others may reach the node. Undefined
 * without that option.
 */
export function readInterfaceNames(options: Options): readonly string[] | undefined {
  const text = options.text('interface');
  if (text === undefined) return undefined;
  const interfaces = text === 'none' ? [] : text.split(',');
  if (!isConsent({ interfaces, announce: false }))
    throw usageError(`--interface is names with commas between them, or none, not ${text}`);
  return interfaces;
}

export function readPorts(options: Options): Partial<NodePorts> {
  const given = { api: 'api-port', feed: 'feed-port', udp: 'udp-port' } as const;
  const ports = Object.entries(given).map(
    ([purpose, name]) => [purpose, options.number(name, PORT)] as const,
  );
  return Object.fromEntries(ports.filter(([, port]) => port !== undefined));
}

/** `--loss` in percent, `--delay` in milliseconds; undefined when neither is given. */
export function readFaults(options: Options): TransportFaults | undefined {
  const loss = options.number('loss', { least: 0, most: 90, whole: false });
  const delay = options.number('delay', { least: 0, most: 60_000, whole: true });
  if (loss === undefined && delay === undefined) return undefined;
  return { lossPermille: Math.round((loss ?? 0) * 10), delayMs: delay ?? 0 };
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
