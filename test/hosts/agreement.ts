/** What nodes on several hosts have to have in common. */
import type { HostStatus, NodeOnHost } from './node-on-host.ts';

export const fullMembers = ({ members }: HostStatus): number =>
  members.filter(({ stake }) => stake > 0).length;

export function memberOf({ members }: HostStatus, key: string): HostStatus['members'][number] | undefined {
  return members.find(({ publicKey }) => publicKey === key);
}

/** A new block, written by the first of them, at all of them. */
export async function agree(nodes: readonly NodeOnHost[], name: string): Promise<void> {
  const before = await Promise.all(nodes.map((node) => node.status()));
  const target = Math.max(...before.map(({ height }) => height));
  await nodes[0]!.submit(name);
  await Promise.all(nodes.map((node) => node.until(({ height }) => height > target)));
}

/** All of them have one chain, as far as each has come. */
export async function expectOneChain(nodes: readonly NodeOnHost[]): Promise<void> {
  const heights = await Promise.all(nodes.map(async (node) => (await node.status()).height));
  const blocks = await Promise.all(nodes.map((node) => node.block(Math.min(...heights))));
  const hashes = new Set(blocks.map(({ hash }) => hash));
  if (hashes.size !== 1) throw new Error(`two chains: ${[...hashes].join(', ')}`);
}
