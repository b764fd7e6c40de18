/** Processes that end or stand still without notice. */
import type { LocalNode } from '../../../src-main/networks/types.ts';
import type { Arena, Heal } from './arena.ts';

/** kill -9. */
export async function kill({ cluster: { network } }: Arena, nodes: readonly LocalNode[]): Promise<Heal> {
  await Promise.all(nodes.map(({ publicKey }) => network.killNode(publicKey)));
  return async () => {
    for (const { publicKey } of nodes) await network.startNode(publicKey);
  };
}

/** As a laptop whose lid is closed: the process is there, and does nothing. */
export function sleep(nodes: readonly LocalNode[]): Heal {
  for (const { pid } of nodes) process.kill(pid!, 'SIGSTOP');
  return () => {
    for (const { pid } of nodes) process.kill(pid!, 'SIGCONT');
    return Promise.resolve();
  };
}
