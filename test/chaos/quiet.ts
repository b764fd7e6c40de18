/** How much nodes say that can do nothing but wait. */
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';

/** Two STATUS of some hundred bytes each way, and what repeats at its cap of 10 s. */
export const MOST_BYTES_PER_SECOND_AND_PEER = 200;

/** Waits for so long; bytes of each of these nodes, per second and to each peer, in the second half of that. */
export async function quietly(
  cluster: Cluster,
  nodes: readonly LocalNode[],
  seconds: number,
): Promise<number> {
  await pause((seconds * 1000) / 2);
  const before = await bytesOf(cluster, nodes);
  await pause((seconds * 1000) / 2);
  const peers = cluster.nodes().length - 1;
  return Math.round(((await bytesOf(cluster, nodes)) - before) / ((seconds / 2) * nodes.length * peers));
}

async function bytesOf(cluster: Cluster, nodes: readonly LocalNode[]): Promise<number> {
  const all = await Promise.all(nodes.map((node) => cluster.status(node)));
  if (all.includes(null)) throw new Unexpected('one of those that are here does not answer', all);
  return all.flatMap((status) => status!.members).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}
