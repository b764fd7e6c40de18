/**
 * The databases of more nodes are gone at once than the network can miss. Those nodes may not say again what they may
 * have said, and the others are too few: nothing is decided, everybody waits quietly and says why, until the owner of
 * one of them decides. Then it goes on, with what waited, and nobody has said two things.
 */
import type { LocalNode } from '../../src-main/networks/types.ts';
import { Clients } from './clients.ts';
import { pause } from './cluster.ts';
import type { Cluster, Status } from './cluster.ts';
import { examine } from './examine.ts';
import type { Examined } from './examine.ts';
import { Unexpected } from './faults/arena.ts';
import { loseDatabases } from './faults/database.ts';
import { MOST_BYTES_PER_SECOND_AND_PEER, quietly } from './quiet.ts';
import { settle } from './observe.ts';

const LOOK_EVERY_MS = 100;
const ENTRIES_BEFORE = 5;

export interface ForgottenFigures {
  readonly forgotten: readonly string[];
  readonly bytesPerSecondAndPeer: number;
  /** From the decision until what waited was in a block on every node. */
  readonly goesOnAfterMs: number;
}

export async function forgotten(
  cluster: Cluster,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
  say: (line: string) => void,
): Promise<Examined & { readonly figures: ForgottenFigures }> {
  await cluster.network.start();
  const clients = new Clients(cluster, seed);
  const write = (node: LocalNode, ident: string) =>
    clients.write(node, node.name, `${node.name}-${ident}`, 'chaos:forgotten:note', `${node.name} ${ident}`);
  for (let count = 1; count <= ENTRIES_BEFORE; count++)
    await Promise.all(cluster.nodes().map((node) => write(node, `before-${count}`)));
  await settle(cluster);

  const all = cluster.nodes();
  const count = Math.floor((all.length - 1) / 3) + 1;
  const losers = all.slice(-count).map(({ publicKey }) => publicKey);
  const [writer] = all;
  const { height } = await statusOf(cluster, writer!);
  const beginAnew = await loseDatabases({ cluster, clients }, all.slice(-count));
  await beginAnew();
  const here = () => cluster.nodes().filter(({ publicKey }) => losers.includes(publicKey));
  say(
    `${here()
      .map(({ name }) => name)
      .join(', ')} lost their databases at block ${height}`,
  );
  await untilAllSayWhy(cluster, losers);
  const waits = write(cluster.nodes()[0]!, 'waits');
  const bytesPerSecondAndPeer = await quietly(cluster, cluster.nodes(), seconds);
  if (bytesPerSecondAndPeer > MOST_BYTES_PER_SECOND_AND_PEER)
    throw new Unexpected('they do not wait quietly', { bytesPerSecondAndPeer });
  const still = await Promise.all(cluster.nodes().map((node) => statusOf(cluster, node)));
  if (still.some((status) => status.height !== height))
    throw new Unexpected('a block without two thirds', still);
  await untilAllSayWhy(cluster, losers);

  const [first] = here();
  await decide(cluster, first!, 'clone', 403);
  const decidedMs = performance.now();
  await decide(cluster, first!, 'amnesia', 200);
  say(`${first!.name} signs again, as its owner decided`);
  await waits;
  await untilEverywhere(cluster, writer!, `${writer!.name}-waits`);
  const goesOnAfterMs = Math.round(performance.now() - decidedMs);
  // Three blocks later the others take part by themselves.
  for (let block = 1; (await silentOnes(cluster)).length > 0; block++)
    await write(cluster.nodes()[0]!, `after-${block}`);
  for (const node of cluster.nodes()) await write(node, 'whole');
  await untilNobodyIsPunished(cluster);
  const { writes, reads, losses } = clients;
  const examined = await examine(cluster, { writes, reads, losses });
  const names = all.slice(-count).map(({ name }) => name);
  return {
    ...examined,
    figures: { ...examined.figures, forgotten: names, bytesPerSecondAndPeer, goesOnAfterMs },
  };
}

/** Those that forgot say so, and what their owner may decide; nobody else is silent. */
async function untilAllSayWhy(cluster: Cluster, losers: readonly string[]): Promise<void> {
  for (;;) {
    const isRight = await Promise.all(
      cluster.nodes().map(async (node) => {
        const { phase, silence, resumeHeight, awaits } = await statusOf(cluster, node);
        if (!losers.includes(node.publicKey)) return phase === 'running' && awaits === null;
        return awaits === 'amnesia' && (silence === 'amnesia' || resumeHeight !== null);
      }),
    );
    if (isRight.every(Boolean)) return;
    await pause(LOOK_EVERY_MS);
  }
}

async function decide(cluster: Cluster, node: LocalNode, decision: string, expected: number): Promise<void> {
  const { status, body } = await cluster.put(node, '/node/sign-again', { decision });
  if (status !== expected)
    throw new Unexpected(`${node.name} answers the decision about ${decision} otherwise`, { status, body });
}

async function untilEverywhere(cluster: Cluster, origin: LocalNode, ident: string): Promise<void> {
  for (const node of cluster.nodes())
    while ((await cluster.get(node, `/transaction/${origin.publicKey}/${ident}`)).status !== 200)
      await pause(LOOK_EVERY_MS);
}

async function silentOnes(cluster: Cluster): Promise<string[]> {
  const all = await Promise.all(
    cluster.nodes().map(async (node) => ({ node, status: await statusOf(cluster, node) })),
  );
  return all.filter(({ status }) => status.awaits !== null).map(({ node }) => node.name);
}

/** Whoever signed two things would have lost its stake by now. */
async function untilNobodyIsPunished(cluster: Cluster): Promise<void> {
  await settle(cluster);
  for (const node of cluster.nodes()) {
    const { members } = await statusOf(cluster, node);
    const punished = members.filter(({ stake, evidence }) => stake === 0 || evidence !== null);
    if (punished.length > 0) throw new Unexpected('somebody contradicted itself', punished);
  }
}

async function statusOf(cluster: Cluster, node: LocalNode): Promise<Status> {
  const status = await cluster.status(node);
  if (status === null) throw new Unexpected(`${node.name} does not answer`, null);
  return status;
}
