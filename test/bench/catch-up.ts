/**
 * How fast one node catches up when nothing but its own processors limit it: `node test/bench/catch-up.ts
 * [--members 7] [--blocks 3000] [--bundles 6] [--threads 1] [--trusting] [--fast]`. A chain of that committee is made
 * first; then a node that has nothing but the genesis gets it as answers that are ready at once, over a real database.
 * `--threads`: how many others check signatures ahead; `--trusting`: nobody checks any, to see what they cost;
 * `--fast`: the fast way of joining, without what is checked afterwards. Prints JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeMessage, encodeMessage } from '../../src-main/core/message-encoding.ts';
import { instanceSigningBytes } from '../../src-main/core/signing.ts';
import type { Crypto } from '../../src-main/core/crypto.ts';
import type { Height, PeerText } from '../../src-main/core/types.ts';
import { randomBytes, sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { VerifyAhead } from '../../src-main/identity/verify-ahead.ts';
import { openNode } from '../../src-main/node/diva-node.ts';
import type { VerifyAhead as Ahead } from '../../src-main/node/answers-ahead.ts';
import { FastWay } from '../../src-main/node/fast-way.ts';
import type { Logger, Transport, TransportHandlers } from '../../src-main/node/ports.ts';
import type { SqliteStore } from '../../src-main/storage/sqlite-store.ts';
import { TIMINGS } from '../../src-main/node/timing.ts';
import { makeDatabase } from '../../src-main/networks/database.ts';
import { systemClock, systemDefer, systemRandom } from '../../src-main/networks/system.ts';
import { encodeGenesis } from '../../src-main/core/genesis.ts';
import { openStore } from '../../src-main/storage/open-store.ts';
import { hashOf, networkOf } from '../unit/core/builders.ts';
import { makeChain } from './chain.ts';

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '7' },
    blocks: { type: 'string', default: '3000' },
    bundles: { type: 'string', default: '6' },
    threads: { type: 'string', default: '1' },
    trusting: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
  },
});
const checking = new VerifyAhead({
  threads: Number(values.threads),
  onFailure: (error) => void process.stderr.write(`${error.message}\n`),
});
const crypto: Crypto = values.trusting ? { ...sodiumCrypto, verify: () => true } : checking;
const network = networkOf(Array.from({ length: Number(values.members) }, () => 1));
const chain = makeChain(network, { blocks: Number(values.blocks), bundles: Number(values.bundles) });
const tip: Height = chain.length + 1;
const key = network.keys.at(-1)!;
const sizeBytes = chain.reduce((sum, { bytes }) => sum + bytes, 0);
const folder = mkdtempSync(join(tmpdir(), 'diva-bench-'));

/** Answers are made before they are asked for: nobody's time but that of the node counts. */
const answers = new Map<Height, Uint8Array>();
for (let from = 2; from <= tip; from += 64) {
  const blocks = chain.slice(from - 2, from + 62).map(({ block }) => block);
  answers.set(from, encodeMessage({ type: 'syncResponse', blocks }));
}

function statusOf(index: number): Uint8Array {
  const nonce = randomBytes(16);
  const { signer } = network.keys[index]!;
  const none = new Uint8Array(16);
  return encodeMessage({
    ...{ type: 'status', height: tip + 1, tipHash: hashOf(1), view: -1 + 1, laneTips: [] },
    ...{ votes: none, commits: none, skips: none, highNotarisedView: -1, hasHeader: false, echoes: [] },
    instance: { nonce, signature: signer.sign(instanceSigningBytes(network.chainId, nonce)) },
  });
}

let handlers: TransportHandlers;
const transport: Transport = {
  localAddress: '127.0.0.1:1',
  open: (given) => {
    handlers = given;
    return Promise.resolve();
  },
  setPeer: () => undefined,
  removePeer: () => undefined,
  send: (to: PeerText, payload) => {
    const message = decodeMessage(payload, sodiumCrypto);
    if (message.type !== 'syncRequest') return;
    const answer = answers.get(message.fromHeight);
    if (answer === undefined) throw new Error(`nobody asks from ${message.fromHeight}`);
    setImmediate(() => handlers.onMessage(to, answer));
  },
  flush: () => undefined,
  links: () => [],
  rejections: () => ({}),
  setFaults: () => undefined,
  close: () => Promise.resolve(),
};

async function catchUp(store: SqliteStore): Promise<void> {
  const logger: Logger = {
    log: (_, message, fields) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  };
  const system = { clock: systemClock, defer: systemDefer, random: systemRandom, transport, store, logger };
  const verifyAhead: Ahead = (checks) => (values.trusting ? null : checking.ahead(checks));
  const { genesis, chainId } = network;
  const node = await openNode(
    {
      ...{ genesis, chainId, timing: TIMINGS.loopback, addressHintsOf: () => [], contacts: [] },
      policy: { sponsor: 'ask', raiseTo: null, keepsFounder: false, announceReady: false },
    },
    { ...system, crypto, verifyAhead, signer: key.signer },
  );
  const level = new Promise<void>((resolve) => {
    node.subscribe((event) => {
      if (event.type === 'committed' && event.height === tip) resolve();
      if (event.type === 'rejected') process.stderr.write(`${event.reason}\n`);
    });
  });
  greet();
  await level;
}

async function takeFastWay(store: SqliteStore): Promise<void> {
  const { genesis, chainId } = network;
  const peers = network.keys.slice(0, 3).map(({ text }) => {
    return { publicKey: text, peerClass: 'member', addressHints: [] } as const;
  });
  const checkpoint = { height: tip, hash: chain.at(-1)!.hash };
  const options = { genesis, chainId, timing: TIMINGS.loopback, checkpoint, peers, join: null };
  const way = new FastWay(options, { clock: systemClock, transport, store, crypto });
  const done = way.run();
  await Promise.resolve();
  greet();
  const outcome = await done;
  if (outcome !== 'taken') throw new Error(outcome);
}

function greet(): void {
  for (const [index, { text }] of network.keys.slice(0, -1).entries()) {
    handlers.onConnected(text);
    handlers.onMessage(text, statusOf(index));
  }
}

try {
  const path = join(folder, 'node.sqlite');
  makeDatabase(path, encodeGenesis(network.genesis), key.publicKey);
  const store = openStore({ path, publicKey: key.publicKey }, { crypto: sodiumCrypto });
  const cpu = process.cpuUsage();
  const threadCpu = process.threadCpuUsage();
  const startedMs = performance.now();
  await (values.fast ? takeFastWay(store) : catchUp(store));
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const own = process.threadCpuUsage(threadCpu);
  const report = {
    members: network.keys.length,
    blocks: chain.length,
    blockBytes: Math.round(sizeBytes / chain.length),
    ms: Math.round(ms),
    cpuMs: Math.round((user + system) / 1000),
    // Of the node's own thread: with processors to spare it decides how fast the node is.
    threadCpuMs: Math.round((own.user + own.system) / 1000),
    blocksPerSecond: Math.round((chain.length * 1000) / ms),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
