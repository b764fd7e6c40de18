/**
 * What a node takes of its machine in a long time under steady load. Something that grows shows in the last quarter of
 * the run against the second one: the first is warming up.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause, tokenOf } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const SAMPLES = 120;
/** Between two entries of one node: a busy network, and not one at its limit. */
const PAUSE_MS = 20;
const KEYS = 1000;

type Sample = Readonly<
  Record<
    | 'residentBytes'
    | 'heapBytes'
    | 'activeResources'
    | 'openFiles'
    | 'walBytes'
    | 'logBytes'
    | 'databaseBytes',
    number
  >
>;

export async function soak(cluster: Cluster, minutes: number, say: (line: string) => void): Promise<object> {
  const nodes = cluster.running();
  const samples: Sample[][] = nodes.map(() => []);
  const before = await cluster.settled();
  const state = { isOver: false };
  const loads = nodes.map((node) => submitSteadily(node, state));
  const sampling = (async () => {
    for (let number = 1; number <= SAMPLES; number++) {
      await pause((minutes * 60_000) / SAMPLES);
      for (const [index, node] of nodes.entries()) samples[index]!.push(await sample(cluster, node));
      if (number % 10 === 0) say(`${number} of ${SAMPLES} looks; ${JSON.stringify(samples[0]!.at(-1))}`);
    }
  })();
  try {
    await Promise.race([sampling, Promise.all(loads)]);
  } finally {
    state.isOver = true;
  }
  const accepted = (await Promise.all(loads)).reduce((sum, count) => sum + count, 0);
  const after = await cluster.settled();
  return {
    minutes,
    accepted,
    committed: after[0]!.committed.transactions - before[0]!.committed.transactions,
    blocks: after[0]!.height - before[0]!.height,
    nodes: samples.map(growth),
  };
}

async function submitSteadily(node: LocalNode, state: { readonly isOver: boolean }): Promise<number> {
  let accepted = 0;
  for (let number = 0; !state.isOver; number++) {
    const body = JSON.stringify([
      { seq: 1, command: 'data', ns: `bench:soak:k${number % KEYS}`, d: `value ${number}`.padEnd(64, '.') },
    ]);
    // It changes every few minutes.
    const headers = { 'diva-token-api': tokenOf(node), 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${node.ports.api}/transaction`;
    const answer = await fetch(url, { method: 'PUT', headers, body });
    await answer.text();
    if (answer.status === 200) accepted++;
    else if (answer.status !== 429) throw new Error(`${node.name} answers ${answer.status}`);
    await pause(PAUSE_MS);
  }
  return accepted;
}

async function sample(cluster: Cluster, node: LocalNode): Promise<Sample> {
  const { residentBytes, heapBytes, activeResources } = (await cluster.figures(node)).process;
  const database = path.join(node.dataDir, 'networks', cluster.network.id, 'node.sqlite');
  const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    residentBytes,
    heapBytes,
    activeResources,
    // Only Linux tells.
    openFiles: fs.existsSync(`/proc/${node.pid}/fd`) ? fs.readdirSync(`/proc/${node.pid}/fd`).length : 0,
    walBytes: sizeOf(`${database}-wal`),
    logBytes: sizeOf(node.logFile) + sizeOf(`${node.logFile}.1`),
    databaseBytes: sizeOf(database),
  };
}

/** Medians of the second and of the last quarter, and the most there ever was. */
function growth(samples: readonly Sample[]): object {
  const quarter = Math.floor(samples.length / 4);
  const names = Object.keys(samples[0]!) as (keyof Sample)[];
  const of = (name: keyof Sample, part: readonly Sample[]): number =>
    part.map((one) => one[name]).sort((a, b) => a - b)[part.length >> 1]!;
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        secondQuarter: of(name, samples.slice(quarter, 2 * quarter)),
        lastQuarter: of(name, samples.slice(-quarter)),
        most: Math.max(...samples.map((one) => one[name])),
      },
    ]),
  );
}
