/**
 * More than a third is away: nothing is decided, the others wait quietly and say who is missing; when those are back,
 * everything that waits goes on within two status periods.
 */
import { marginOf } from '../../src-main/app/margin.ts';
import { TIMINGS } from '../../src-main/node/timing.ts';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause } from './cluster.ts';
import type { Cluster, Status } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';
import { sleep } from './faults/processes.ts';
import { settle } from './observe.ts';
import { MOST_BYTES_PER_SECOND_AND_PEER, quietly } from './quiet.ts';

const LOOK_EVERY_MS = 50;
/** STATUS comes with 20 % jitter; what goes on needs a little work besides. */
const STATUS_PERIOD_MS = TIMINGS.loopback.idleStatusMs * 1.2;
const IDENT = 'waits';

export interface AwayFigures {
  readonly away: readonly string[];
  readonly goesOnAfterMs: number;
  /** Of each node that is here, to each peer, in the second half of the absence. */
  readonly bytesPerSecondAndPeer: number;
  /** Until the last of those that are here says so. */
  readonly noticedAfterMs: number;
}

export async function away(
  cluster: Cluster,
  { seconds }: { readonly seconds: number },
  say: (line: string) => void,
): Promise<AwayFigures> {
  await cluster.network.start();
  await settle(cluster);
  return measure(cluster, seconds, say);
}

async function measure(cluster: Cluster, seconds: number, say: (line: string) => void): Promise<AwayFigures> {
  const all = cluster.nodes();
  const count = Math.floor((all.length - 1) / 3) + 1;
  const gone = all.slice(-count);
  const here = all.slice(0, -count);
  // One of them asleep, the others killed: both are absences that nobody announces.
  const [sleeper, ...killed] = gone;
  const wakeUp = sleep([sleeper!]);
  const leftMs = performance.now();
  try {
    await Promise.all(killed.map(({ publicKey }) => cluster.network.killNode(publicKey)));
    const { height } = await statusOf(cluster, here[0]!);
    const { status } = await cluster.put(here[0]!, `/transaction/${IDENT}`, [
      { seq: 1, command: 'data', ns: 'chaos:away:note', d: 'waits for the others' },
    ]);
    if (status !== 200) throw new Unexpected('nothing is taken while others are away', { status });
    say(`${gone.map(({ name }) => name).join(', ')} are away for ${seconds} s`);
    await untilNoticed(cluster, here, gone);
    const noticedAfterMs = Math.round(performance.now() - leftMs);
    const bytesPerSecondAndPeer = await quietly(cluster, here, seconds);
    const still = await statusOf(cluster, here[0]!);
    if (still.height !== height) throw new Unexpected('a block without two thirds', still);
    if (bytesPerSecondAndPeer > MOST_BYTES_PER_SECOND_AND_PEER)
      throw new Unexpected('the others do not wait quietly', { bytesPerSecondAndPeer });
    await wakeUp();
    for (const { publicKey } of killed) await cluster.network.startNode(publicKey);
    const goesOnAfterMs = await untilCommitted(cluster, here[0]!.publicKey);
    return { away: gone.map(({ name }) => name), goesOnAfterMs, bytesPerSecondAndPeer, noticedAfterMs };
  } finally {
    await wakeUp();
  }
}

/** What the window says is made of this very margin, and of the names of those that are not connected. */
async function untilNoticed(
  cluster: Cluster,
  here: readonly LocalNode[],
  gone: readonly LocalNode[],
): Promise<void> {
  const missing = new Set(gone.map(({ publicKey }) => publicKey));
  for (const node of here) {
    for (;;) {
      const { members } = await statusOf(cluster, node);
      const absent = members.filter(({ connected }) => !connected);
      const isRight =
        absent.length === missing.size && absent.every(({ publicKey }) => missing.has(publicKey));
      if (isRight && marginOf(members).state === 'waits') break;
      await pause(LOOK_EVERY_MS);
    }
  }
}

/** On every node; from the moment on in which all of them run. */
async function untilCommitted(cluster: Cluster, origin: string): Promise<number> {
  const backMs = performance.now();
  for (const node of cluster.nodes()) {
    while ((await cluster.get(node, `/transaction/${origin}/${IDENT}`)).status !== 200)
      await pause(LOOK_EVERY_MS);
  }
  const goesOnAfterMs = Math.round(performance.now() - backMs);
  if (goesOnAfterMs > 2 * STATUS_PERIOD_MS)
    throw new Unexpected('what waited went on later than two status periods after all were back', {
      goesOnAfterMs,
    });
  return goesOnAfterMs;
}

async function statusOf(cluster: Cluster, node: LocalNode): Promise<Status> {
  const status = await cluster.status(node);
  if (status === null) throw new Unexpected(`${node.name} does not answer`, null);
  return status;
}
