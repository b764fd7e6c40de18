/** Members come and go. */
import type { LocalNode } from '../../../src-main/networks/types.ts';
import type { Arena } from './arena.ts';

export async function join({ cluster, clients }: Arena): Promise<void> {
  const node = await cluster.network.addNode();
  cluster.newcomer(node.publicKey);
  clients.startAt(node);
}

export async function leave({ cluster, clients }: Arena, node: LocalNode): Promise<void> {
  await clients.stopAt(node.publicKey);
  await cluster.network.removeNode(node.publicKey);
  clients.lose(node, 'it left the network');
}
