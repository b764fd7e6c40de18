/** Reads every node at the end: through its API while it runs, and its database when it has ended. */
import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { readBlockJson } from '../../src-main/api/block-json.ts';
import type { BlockJson } from '../../src-main/api/block-json.ts';
import { fromText } from '../../src-main/core/bytes.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { verifyChain } from '../../src-main/networks/verify-chain.ts';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { openReader } from '../../src-main/storage/open-store.ts';
import { pause } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';
import type { BlockSeen, Entry, NodeSeen } from './history.ts';

const BLOCKS_PER_REQUEST = 100;
const LOOK_EVERY_MS = 100;
const LONGEST_SETTLING_MS = 300_000;

/** Until all nodes are level and nothing waits anywhere. */
export async function settle(cluster: Cluster): Promise<void> {
  const endMs = performance.now() + LONGEST_SETTLING_MS;
  for (;;) {
    const all = await Promise.all(cluster.nodes().map((node) => cluster.status(node)));
    const isQuiet = all.every((status) => status?.waiting === 0);
    if (isQuiet && new Set(all.map((status) => status?.tipHash)).size === 1) return;
    if (performance.now() > endMs) throw new Unexpected('the nodes do not become level', all);
    await pause(LOOK_EVERY_MS);
  }
}

/** By its API. The chain is handed over entry by entry to whom it concerns. */
export async function readNode(
  cluster: Cluster,
  node: LocalNode,
  keys: readonly string[],
  onEntry: (entry: Entry) => void = () => undefined,
): Promise<NodeSeen> {
  const blocks: BlockSeen[] = [];
  for (;;) {
    const from = blocks.length + 1;
    const { body } = await expectOk(cluster, node, `/blocks/${from}/${from + BLOCKS_PER_REQUEST - 1}`);
    const read = body as BlockJson[];
    if (read.length === 0) break;
    for (const block of read) {
      blocks.push(seen(block));
      for (const entry of entriesOf(block)) onEntry(entry);
    }
  }
  const values = new Map<string, string | null>();
  for (const key of keys) {
    const { status, body } = await cluster.get(node, `/state/${key}`);
    if (status !== 200 && status !== 404)
      throw new Unexpected(`${node.name} does not tell ${key}`, { status, body });
    values.set(key, status === 404 ? null : (body as { value: string }).value);
  }
  const { status, body } = await cluster.verifyChain(node);
  if (status !== 200) throw new Unexpected(`${node.name} does not verify its chain`, { status, body });
  return {
    name: node.name,
    source: 'api',
    blocks,
    verdict: body as NodeSeen['verdict'],
    integrity: null,
    values,
  };
}

/** By its database; the node has ended. */
export function readDatabase(cluster: Cluster, node: LocalNode, keys: readonly string[]): NodeSeen {
  const { database } = cluster.files(node);
  const reader = openReader(database, { crypto: sodiumCrypto });
  try {
    const { genesis, id } = cluster.network;
    const blocks: BlockSeen[] = [];
    for (let height = 1; height <= reader.tip().height; height++)
      blocks.push(seen(readBlockJson(reader, genesis, sodiumCrypto, height)!));
    const values = new Map(keys.map((key) => [key, reader.value(key)?.value ?? null]));
    const steps = verifyChain(reader, fromText(id)!, sodiumCrypto);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    const verdict = step.value;
    return { name: node.name, source: 'database', blocks, verdict, integrity: integrityOf(database), values };
  } finally {
    reader.close();
  }
}

function integrityOf(file: string): string {
  const database = new Database(file, { readonly: true });
  try {
    return String(database.pragma('integrity_check', { simple: true }));
  } finally {
    database.close();
  }
}

async function expectOk(cluster: Cluster, node: LocalNode, url: string) {
  const answer = await cluster.get(node, url);
  if (answer.status !== 200) throw new Unexpected(`${node.name} does not answer ${url}`, answer);
  return answer;
}

/** Certificates differ between nodes, and rightly so; everything else of a block must not. */
function seen(block: BlockJson): BlockSeen {
  const { votes: _votes, certificate: _certificate, hash, ...same } = block;
  return { hash, content: createHash('sha256').update(JSON.stringify(same)).digest('base64url') };
}

function entriesOf({ height, tx }: BlockJson): Entry[] {
  if (height === 1) return [];
  return tx.map(({ origin, ident, commands }) => {
    const data = commands.flatMap(({ command, ns, d, result }) => {
      if (command !== 'data') return [];
      const { outcome } = result as { outcome: string };
      return [{ ns: String(ns), value: String(d), outcome }];
    });
    return { height, origin, ident, data };
  });
}

export function databaseBytes(cluster: Cluster): number {
  const { size } = fs.statSync(cluster.files(cluster.nodes()[0]!).database);
  return size;
}
