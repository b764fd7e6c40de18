/** The end of a run: every node is read through its API, then its database, and checked against the history. */
import { check } from './checker.ts';
import type { Cluster } from './cluster.ts';
import type { Entry, History, NodeSeen, Violation } from './history.ts';
import { databaseBytes, readDatabase, readNode, settle } from './observe.ts';

export interface Examined {
  readonly violations: readonly Violation[];
  readonly figures: {
    readonly blocks: number;
    readonly transactions: number;
    readonly databaseBytes: number;
  };
}

/** `level`: what is to be looked at once all are level and still run. Stops the network. */
export async function examine(
  cluster: Cluster,
  history: History,
  level: () => Promise<void> = () => Promise.resolve(),
): Promise<Examined> {
  await settle(cluster);
  await level();
  const keys = [...new Set(history.writes.map(({ ns, origin }) => `${ns}:${origin}`))];
  const chain: Entry[] = [];
  const nodes: NodeSeen[] = [];
  for (const node of cluster.nodes()) {
    const onEntry = nodes.length === 0 ? (entry: Entry) => void chain.push(entry) : undefined;
    nodes.push(await readNode(cluster, node, keys, onEntry));
  }
  await cluster.network.stop();
  for (const node of cluster.nodes()) nodes.push(readDatabase(cluster, node, keys));
  const blocks = nodes[0]!.blocks.length;
  return {
    violations: check({ history, nodes, chain }),
    figures: { blocks, transactions: chain.length, databaseBytes: databaseBytes(cluster) },
  };
}
