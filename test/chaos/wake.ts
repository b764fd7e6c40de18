/**
 * A computer wakes after a long sleep, while the others went on: it has to catch up quickly, without anybody sending it
 * much more than it lacks, and to lead again.
 */
import { openReader } from '../../src-main/storage/open-store.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause } from './cluster.ts';
import type { Cluster, Status } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';
import { sleep } from './faults/processes.ts';
import { settle } from './observe.ts';

/** Looking costs the sleeper more than a block does, once it has blocks to work on. */
const LOOK_EVERY_MS = 100;
const LOOK_FOR_FIRST_EVERY_MS = 10;
/** Beyond what it lacked: STATUS, pulls, and what the others had tried while it slept. */
const MOST_TIMES_CHAIN = 3;
/** A turn at leading comes every few blocks once it is no longer passed over. */
const MOST_BLOCKS_UNTIL_LEADING = 50;

interface CatchUpFigures {
  readonly blocksBehind: number;
  /** From SIGCONT until it had the first of them: nobody knows before it has said how far it is. */
  readonly firstBlockMs: number;
  readonly caughtUpMs: number;
  /** From the first block on. */
  readonly blocksPerSecond: number;
  /** What a block took of processors, of all threads: that hardly depends on what else the machine does. */
  readonly cpuMsPerBlock: number;
}

export interface WakeFigures extends CatchUpFigures {
  /** Of the blocks that it lacked, as they are stored. */
  readonly chainBytes: number;
  /** What the others sent it, and it sent them, while it caught up. */
  readonly bytesToIt: number;
  readonly bytesFromIt: number;
  /** What the others sent towards it while it slept, per second. */
  readonly bytesPerSecondWhileAsleep: number;
  /** Whoever missed its turns is passed over for a while that doubles with each one; from its waking on. */
  readonly passedOverForBlocks: number;
  /** After that. */
  readonly blocksUntilLeading: number;
  /** Once more, while the clients of the others go on and take the same processors. */
  readonly underLoad: CatchUpFigures & { readonly blocksMadeMeanwhile: number };
}

export async function wake(
  cluster: Cluster,
  { seconds }: { readonly seconds: number },
  say: (line: string) => void,
): Promise<WakeFigures> {
  await cluster.network.start();
  return measure(cluster, seconds, say);
}

async function measure(cluster: Cluster, seconds: number, say: (line: string) => void): Promise<WakeFigures> {
  const all = cluster.nodes();
  const sleeper = all.at(-1)!;
  const others = all.slice(0, -1);
  await settle(cluster);
  const from = (await heightsOf(cluster, [sleeper]))[0]!;
  const key = sleeper.publicKey;
  const toItBefore = await sentBy(cluster, others, key);
  const fromItBefore = await sentBy(cluster, [sleeper], null);
  const wakeUp = sleep([sleeper]);
  say(`${sleeper.name} sleeps for ${seconds} s, while the others make blocks`);
  try {
    await makeBlocks(cluster, others, seconds);
  } catch (error) {
    await wakeUp();
    throw error;
  }
  const toItAsleep = await sentBy(cluster, others, key);
  const height = Math.max(...(await heightsOf(cluster, others)));
  const caughtUp = await timed(cluster, sleeper, from, height, wakeUp);
  const bytesToIt = (await sentBy(cluster, others, key)) - toItAsleep;
  const bytesFromIt = (await sentBy(cluster, [sleeper], null)) - fromItBefore;
  say(`${height - from} blocks behind, level after ${caughtUp.caughtUpMs} ms`);
  const leading = await reinstated(cluster, sleeper, others, height);
  const underLoad = await wakeUnderLoad(cluster, sleeper, others, seconds);
  say(`under load: ${underLoad.blocksBehind} blocks behind, level after ${underLoad.caughtUpMs} ms`);
  await settle(cluster);
  await cluster.network.stop();
  const chainBytes = bytesOf(cluster, sleeper, from + 1, height);
  if (bytesToIt > MOST_TIMES_CHAIN * chainBytes)
    throw new Unexpected('the sleeper was sent much more than it lacked', { bytesToIt, chainBytes });
  return {
    ...caughtUp,
    chainBytes,
    bytesToIt,
    bytesFromIt,
    bytesPerSecondWhileAsleep: Math.round((toItAsleep - toItBefore) / seconds),
    ...leading,
    underLoad,
  };
}

/** Lets the sleeper go on, and waits until it has `height`. */
async function timed(
  cluster: Cluster,
  sleeper: LocalNode,
  from: number,
  height: number,
  wakeUp: () => Promise<void>,
): Promise<CatchUpFigures> {
  const startedMs = performance.now();
  const elapsed = (): number => performance.now() - startedMs;
  await wakeUp();
  const reaches = async (wanted: number, everyMs: number): Promise<Status> => {
    for (;;) {
      const status = await cluster.status(sleeper);
      if (status !== null && status.height >= wanted) return status;
      await pause(everyMs);
    }
  };
  const first = await reaches(from + 1, LOOK_FOR_FIRST_EVERY_MS);
  const firstBlockMs = elapsed();
  const last = await reaches(height, LOOK_EVERY_MS);
  const caughtUpMs = elapsed();
  const blocks = Math.max(1, last.height - first.height);
  const cpuMicroseconds = last.process.cpuMicroseconds - first.process.cpuMicroseconds;
  return {
    blocksBehind: height - from,
    firstBlockMs: Math.round(firstBlockMs),
    caughtUpMs: Math.round(caughtUpMs),
    blocksPerSecond: Math.round((blocks * 1000) / (caughtUpMs - firstBlockMs)),
    cpuMsPerBlock: Math.round(cpuMicroseconds / blocks) / 1000,
  };
}

/** The clients do not stop: it is level when it has what the others had when it woke. */
async function wakeUnderLoad(
  cluster: Cluster,
  sleeper: LocalNode,
  others: readonly LocalNode[],
  seconds: number,
): Promise<WakeFigures['underLoad']> {
  await settle(cluster);
  const [from] = (await heightsOf(cluster, [sleeper])) as [number];
  const wakeUp = sleep([sleeper]);
  const going = new AbortController();
  const load = loadUntil(cluster, others, going.signal);
  try {
    await pause(seconds * 1000);
    const height = Math.max(...(await heightsOf(cluster, others)));
    const caughtUp = await timed(cluster, sleeper, from, height, wakeUp);
    const meanwhile = Math.max(...(await heightsOf(cluster, others))) - height;
    return { ...caughtUp, blocksMadeMeanwhile: meanwhile };
  } catch (error) {
    await wakeUp();
    throw error;
  } finally {
    going.abort();
    await load;
  }
}

/** As many small blocks as the nodes can make one after the other. */
async function makeBlocks(cluster: Cluster, nodes: readonly LocalNode[], seconds: number): Promise<void> {
  await loadUntil(cluster, nodes, AbortSignal.timeout(seconds * 1000));
  for (let isLevel = false; !isLevel; await pause(LOOK_EVERY_MS)) {
    const all = await Promise.all(nodes.map((node) => cluster.status(node)));
    isLevel =
      all.every((status) => status?.waiting === 0) && new Set(all.map((status) => status?.height)).size === 1;
  }
}

async function loadUntil(cluster: Cluster, nodes: readonly LocalNode[], end: AbortSignal): Promise<void> {
  const load = async (node: LocalNode): Promise<void> => {
    while (!end.aborted) await put(cluster, node);
  };
  await Promise.all(nodes.map(load));
}

async function put(cluster: Cluster, node: LocalNode): Promise<void> {
  const { status, body } = await cluster.put(node, '/transaction', [
    { seq: 1, command: 'data', ns: 'chaos:wake:load', d: `at ${performance.now()}` },
  ]);
  if (status === 429) await pause(LOOK_EVERY_MS);
  else if (status !== 200) throw new Unexpected(`${node.name} takes nothing`, { status, body });
}

/** Makes blocks until the sleeper has to have led one; says in which it did. */
async function reinstated(
  cluster: Cluster,
  sleeper: LocalNode,
  others: readonly LocalNode[],
  height: number,
) {
  const { members } = (await cluster.status(others[0]!))!;
  const { demotedUntil } = members.find(({ publicKey }) => publicKey === sleeper.publicKey)!;
  const from = Math.max(height, demotedUntil ?? 0) + 1;
  const to = from + MOST_BLOCKS_UNTIL_LEADING;
  while (Math.min(...(await heightsOf(cluster, others))) < to) await makeBlocks(cluster, others, 1);
  const { body } = await cluster.get(others[0]!, `/blocks/${from}/${to}`);
  const led = (body as { proposer: string }[]).findIndex(({ proposer }) => proposer === sleeper.publicKey);
  if (led < 0) throw new Unexpected(`${sleeper.name} does not lead again`, await cluster.status(sleeper));
  return { passedOverForBlocks: from - height - 1, blocksUntilLeading: led + 1 };
}

async function heightsOf(cluster: Cluster, nodes: readonly LocalNode[]): Promise<number[]> {
  const all = await Promise.all(nodes.map((node) => cluster.status(node)));
  return all.map((status) => status?.height ?? 0);
}

/** In all, to one peer or to everybody, as the senders count it. */
async function sentBy(cluster: Cluster, nodes: readonly LocalNode[], to: string | null): Promise<number> {
  const all = await Promise.all(nodes.map((node) => cluster.status(node)));
  const peers = all.flatMap((status) => status?.members ?? []);
  return peers
    .filter(({ publicKey }) => to === null || publicKey === to)
    .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}

function bytesOf(cluster: Cluster, node: LocalNode, from: number, to: number): number {
  const reader = openReader(cluster.files(node).database, { crypto: sodiumCrypto });
  try {
    let bytes = 0;
    for (let height = from; height <= to; height++) {
      const block = reader.block(height)!;
      bytes += block.headerBytes.length + block.certificateBytes.length;
      for (const bundle of block.bundles) bytes += bundle.length;
    }
    return bytes;
  } finally {
    reader.close();
  }
}
