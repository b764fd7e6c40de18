/** A node on a full disk: it says so, signs nothing any more, and goes on answering. */
import type { LocalNode } from '../../../src-main/networks/types.ts';
import type { Cluster, Status } from '../cluster.ts';
import { pause } from '../cluster.ts';
import type { Arena, Heal } from './arena.ts';
import { Unexpected } from './arena.ts';

const LOOK_EVERY_MS = 100;
/** Clients write all the time: a node on a full disk has to notice soon. */
const NOTICED_WITHIN_MS = 120_000;

/** Resolves when the node has said that it cannot write, and while it still answers who asks. */
export async function fillDisk(arena: Arena, node: LocalNode): Promise<Heal> {
  const { cluster, disks } = arena;
  // The summary says so: nothing here is pretended.
  if (disks.kind === 'none') return () => Promise.resolve();
  disks.fill(node);
  await untilHalted(cluster, node);
  const { status } = await cluster.get(node, '/block/latest');
  if (status !== 200)
    throw new Unexpected(`${node.name} on a full disk does not serve its chain`, { status });
  return async () => {
    disks.empty(node);
    // It signs nothing any more until somebody has looked after it.
    await cluster.network.stopNode(node.publicKey);
    await cluster.network.startNode(node.publicKey);
  };
}

async function untilHalted(cluster: Cluster, node: LocalNode): Promise<void> {
  const endMs = performance.now() + NOTICED_WITHIN_MS;
  for (;;) {
    const status: Status | null = await cluster.status(node);
    if (status?.phase === 'halted') return;
    const { state, failure } = cluster.nodes().find(({ publicKey }) => publicKey === node.publicKey)!;
    if (state !== 'running' || performance.now() > endMs) {
      const evidence = { state, failure: failure?.message, status };
      throw new Unexpected(`${node.name} on a full disk did not halt and go on answering`, evidence);
    }
    await pause(LOOK_EVERY_MS);
  }
}
