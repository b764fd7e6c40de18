/** What is measured of one cluster; all durations in milliseconds, all sizes in bytes. */
import type { Cluster, NodeFigures } from './cluster.ts';
import { pause } from './cluster.ts';
import { Feeds } from './feeds.ts';
import { load } from './load.ts';

/** A node that has just started compiles what it runs for the first time; its first entries are shown apart. */
const FIRST_SUBMITS = 20;
const WARM_UP_SUBMITS = 300;

export async function idleLatency(cluster: Cluster, count: number): Promise<object> {
  const nodes = cluster.running();
  const feeds = await Feeds.open(nodes);
  const latencies: number[] = [];
  for (let index = 0; index < WARM_UP_SUBMITS + count; index++) {
    latencies.push(await feeds.latencyOf(nodes[index % nodes.length]!));
    await pause(10);
  }
  feeds.close();
  const first = percentiles(latencies.slice(0, FIRST_SUBMITS));
  return { ...percentiles(latencies.slice(WARM_UP_SUBMITS)), first };
}

export async function idleTraffic(cluster: Cluster, seconds: number): Promise<object> {
  const before = await cluster.settled();
  const startedAtMs = performance.now();
  await pause(seconds * 1000);
  const after = await cluster.allFigures();
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
  const peers = before.length - 1;
  const sent = (figures: NodeFigures) => figures.members.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  const perNode = after.map((figures, index) => (sent(figures) - sent(before[index]!)) / elapsedSeconds);
  return {
    seconds: round(elapsedSeconds),
    blocks: Math.max(...after.map(({ height }, index) => height - before[index]!.height)),
    bytesPerSecondPerNodeAndPeer: peers === 0 ? 0 : round(average(perNode) / peers),
    cpuPercentPerNode: cpuPercent(before, after, elapsedSeconds),
  };
}

/** Load on all nodes at once; what counts is what every node has committed within the time. */
export async function throughput(cluster: Cluster, seconds: number, commandsEach: number): Promise<object> {
  const before = await cluster.settled();
  const [sample] = cluster.running();
  const diskBefore = cluster.diskBytes(sample!);
  const startedAtMs = performance.now();
  const loaded = await load(cluster.running(), { seconds, commandsEach });
  const during = await cluster.allFigures();
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
  const after = await cluster.settled();
  const least = (pick: (figures: NodeFigures) => number, among: readonly NodeFigures[]) => {
    return Math.min(...among.map((figures, index) => pick(figures) - pick(before[index]!)));
  };
  const transactions = least(({ committed }) => committed.transactions, during);
  const allTransactions = least(({ committed }) => committed.transactions, after);
  return {
    seconds: round(elapsedSeconds),
    commandsPerTransaction: commandsEach,
    accepted: loaded.accepted,
    deferred: loaded.deferred,
    refused: loaded.otherwise,
    /** Those that the nodes made themselves (`ready`) are among them. */
    committed: allTransactions,
    transactionsPerSecond: round(transactions / elapsedSeconds),
    commandsPerSecond: round(least(({ committed }) => committed.commands, during) / elapsedSeconds),
    blocksPerSecond: round(least(({ committed }) => committed.blocks, during) / elapsedSeconds),
    skippedViewsPerBlock: round(await cluster.skippedViews(sample!, before[0]!.height + 1, after[0]!.height)),
    cpuPercentPerNode: cpuPercent(before, during, elapsedSeconds),
    residentBytesPerNode: after.map(({ process: { residentBytes } }) => residentBytes),
    diskBytesPerTransaction: round((cluster.diskBytes(sample!) - diskBefore) / Math.max(1, allTransactions)),
  };
}

/** One node misses a stretch of the chain, and fetches it. */
export async function catchUp(cluster: Cluster, seconds: number): Promise<object> {
  const missing = cluster.nodes().at(-1)!;
  await cluster.kill(missing);
  const before = await cluster.settled();
  await load(cluster.running(), { seconds, commandsEach: 1 });
  const after = await cluster.settled();
  const blocks = after[0]!.height - before[0]!.height;
  const transactions = after[0]!.committed.transactions - before[0]!.committed.transactions;
  await cluster.network.startNode(missing.publicKey);
  const startedAtMs = performance.now();
  await cluster.reaches(missing, after[0]!.height);
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
  return {
    blocks,
    transactions,
    seconds: round(elapsedSeconds),
    blocksPerSecond: round(blocks / elapsedSeconds),
    transactionsPerSecond: round(transactions / elapsedSeconds),
  };
}

/** kill -9 of `count` nodes, then entries one after the other: the slowest shows how long the crash was felt. */
export async function crash(cluster: Cluster, count: number): Promise<object> {
  const victims = cluster.nodes().slice(1, count + 1);
  const gone = new Set(victims.map(({ publicKey }) => publicKey));
  const survivors = cluster.nodes().filter(({ publicKey }) => !gone.has(publicKey));
  const feeds = await Feeds.open(survivors);
  await Promise.all(victims.map((node) => cluster.kill(node)));
  const latencies: number[] = [];
  for (let index = 0; index < 40; index++) {
    latencies.push(await feeds.latencyOf(survivors[index % survivors.length]!));
  }
  feeds.close();
  await Promise.all(victims.map(({ publicKey }) => cluster.network.startNode(publicKey)));
  await cluster.settled();
  const felt = latencies
    .filter((latencyMs) => latencyMs > 100)
    .reduce((sum, latencyMs) => sum + latencyMs, 0);
  return {
    crashed: count,
    firstEntryMs: round(latencies[0]!),
    slowestEntryMs: round(Math.max(...latencies)),
    feltMs: round(felt),
  };
}

function cpuPercent(
  before: readonly NodeFigures[],
  after: readonly NodeFigures[],
  elapsedSeconds: number,
): number[] {
  return after.map((figures, index) => {
    const used = figures.process.cpuMicroseconds - before[index]!.process.cpuMicroseconds;
    return round(used / 10_000 / elapsedSeconds);
  });
}

function percentiles(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
