/** Files in the data folder that somebody else may have written: what cannot be used is refused by the error for it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SettingsStore } from '../../../src-main/app/settings.ts';
import { IdentityError } from '../../../src-main/identity/errors.ts';
import { decodeKeyFile, encodeKeyFile } from '../../../src-main/identity/key-file.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import { readManifest } from '../../../src-main/networks/manifest.ts';
import { nodeConfigFile } from '../../../src-main/networks/node-config.ts';
import { readRunning } from '../../../src-main/networks/running-file.ts';
import { accepts, asBytes, assert, asText, type Target } from '../target.ts';

const JSON_WORDS = [
  'null',
  'true',
  '1e999',
  '-1',
  '""',
  '[]',
  '{}',
  '"__proto__":{}',
  '\\ud800',
  '4294967296',
];
const publicKey = new Uint8Array(32).fill(1);
const bytesOf = (length: number): Uint8Array => new Uint8Array(length).fill(2);

const keyFile: Target = {
  name: 'key-file',
  maxBytes: 8 * 1024,
  testRuns: 1_000,
  words: JSON_WORDS,
  seeds: () =>
    [
      encodeKeyFile({ publicKey, protection: { kind: 'none' }, secret: bytesOf(32) }),
      encodeKeyFile({ publicKey, protection: { kind: 'keyring', name: 'x' }, secret: bytesOf(100) }),
      encodeKeyFile({
        publicKey,
        protection: {
          kind: 'passphrase',
          operations: 3,
          memoryBytes: 2 ** 28,
          salt: bytesOf(16),
          nonce: bytesOf(24),
        },
        secret: bytesOf(48),
      }),
    ].flatMap((text) =>
      [text, text.replace(String(2 ** 28), String(2 ** 40)), text.replace(': 3,', ': 99,')].map(asBytes),
    ),
  run: (input) => {
    accepts(() => {
      const { protection } = decodeKeyFile(asText(input), 'x');
      if (protection.kind !== 'passphrase') return;
      const { operations, memoryBytes } = protection;
      assert(
        operations <= 8 && memoryBytes <= 512 * 1024 * 1024,
        'a file may not ask for more than a laptop has',
      );
    }, IdentityError);
  },
};

/** Made at the first input: a folder of this process. */
let folder: string | undefined;
function inFolder(name: string, input: Uint8Array): string {
  folder ??= fs.mkdtempSync(path.join(os.tmpdir(), 'diva-fuzz-'));
  const file = path.join(folder, name);
  fs.writeFileSync(file, input);
  return file;
}

function json(name: string, value: unknown, run: Target['run']): Target {
  const seeds = () => [asBytes(JSON.stringify(value, null, 2))];
  return { name, run, seeds, maxBytes: 4_096, testRuns: 300, words: JSON_WORDS };
}

const key = 'A'.repeat(43);
const ports = { udp: 1, api: 2, feed: 3 };
const faults = { lossPermille: 0, delayMs: 0 };
const node = { number: 1, name: 'Ada', publicKey: key, isOwn: true, ports };
const MANIFEST = { version: 1, id: key, name: 'Test', createdAtMs: 1, nextNumber: 2, faults, nodes: [node] };
const peers = [{ publicKey: key, name: 'Bob', ports }];
const CONFIG = { version: 1, name: 'Ada', ports, peers, faults, joins: false };
const RUNNING = { version: 1, pid: 1, publicKey: key, name: 'Ada', ports };
const SETTINGS = {
  language: 'de',
  theme: 'dark',
  openNetworkId: null,
  displayName: 'Ada',
  closingExplained: true,
};

export const fileTargets: readonly Target[] = [
  keyFile,
  json('manifest', MANIFEST, (input) => {
    const file = inFolder('local-network.json', input);
    accepts(() => readManifest(path.dirname(file)), NetworkError);
  }),
  json('node-config', CONFIG, (input) => {
    accepts(() => nodeConfigFile.read(inFolder('node.json', input)), NetworkError);
  }),
  json('running', RUNNING, (input) => {
    accepts(() => readRunning(inFolder('running.json', input)), NetworkError);
  }),
  json('settings', SETTINGS, async (input) => {
    const dataDir = path.dirname(inFolder('settings.json', input));
    const store = await SettingsStore.load({ dataDir, overrides: {} }, { log: () => undefined });
    store.state();
  }),
];
