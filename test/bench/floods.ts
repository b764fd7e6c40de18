/** How much slower honest entries become while one node is flooded: paired, each flood right after its calm. */
import fs from 'node:fs';
import path from 'node:path';
import { MEMBER_FLOODS, OUTSIDER_FLOODS } from '../floods/kinds.ts';
import type { FloodKind } from '../floods/order.ts';
import { memberKeyOf } from '../floods/sessions.ts';
import { startFlood } from '../floods/start-flood.ts';
import { pause, type Cluster } from './cluster.ts';
import { Feeds } from './feeds.ts';

const PER_SECOND = 50_000;
/** Bounds a flood that nobody stops. */
const MOST_DATAGRAMS = 30 * PER_SECOND;
const WARM_UP_SUBMITS = 300;
const SUBMITS = 60;

export async function floodLatency(cluster: Cluster): Promise<object[]> {
  const [target] = cluster.nodes();
  const faulty = cluster.nodes().at(-1)!;
  const feeds = await Feeds.open(cluster.running());
  await medianOf(cluster, feeds, WARM_UP_SUBMITS);
  const results: object[] = [];
  for (const { kind, addresses } of OUTSIDER_FLOODS) {
    console.error(`flood of ${kind} from ${addresses}`);
    results.push(await flooded(cluster, feeds, { kind, addresses }));
  }
  feeds.close();
  await cluster.network.stopNode(faulty.publicKey);
  const key = memberKeyOf(fs.readFileSync(path.join(faulty.dataDir, 'identity', 'key.json'), 'utf8'));
  const others = await Feeds.open(cluster.running());
  for (const kind of MEMBER_FLOODS) {
    console.error(`flood of ${kind} to ${target!.name}`);
    results.push(await flooded(cluster, others, { kind, addresses: 1, memberKey: key }));
  }
  others.close();
  return results;
}

async function flooded(
  cluster: Cluster,
  feeds: Feeds,
  plan: { readonly kind: FloodKind; readonly addresses: number; readonly memberKey?: string },
): Promise<object> {
  const [target] = cluster.nodes();
  const before = (await cluster.figures(target!)).process.residentBytes;
  const calmMs = await medianOf(cluster, feeds, SUBMITS);
  const flood = await startFlood({
    ...plan,
    port: target!.ports.udp,
    publicKey: target!.publicKey,
    chainId: cluster.network.id,
    perSecond: PER_SECOND,
    count: MOST_DATAGRAMS,
  });
  const floodedMs = await medianOf(cluster, feeds, SUBMITS);
  const { sent, seconds, sentBytes, receivedBytes } = await flood.stop();
  const after = (await cluster.figures(target!)).process.residentBytes;
  return {
    kind: plan.kind,
    addresses: plan.addresses,
    datagramsPerSecond: Math.round(sent / seconds),
    calmP50Ms: round(calmMs),
    floodedP50Ms: round(floodedMs),
    ratio: round(floodedMs / calmMs),
    amplification: round(receivedBytes / Math.max(1, sentBytes)),
    grownBytes: after - before,
  };
}

async function medianOf(cluster: Cluster, feeds: Feeds, count: number): Promise<number> {
  const nodes = cluster.running();
  const latencies: number[] = [];
  while (latencies.length < count) {
    latencies.push(await feeds.latencyOf(nodes[latencies.length % nodes.length]!));
    await pause(10);
  }
  return latencies.sort((a, b) => a - b)[count >> 1]!;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
