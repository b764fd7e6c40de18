/** A node whose database is an older one, or is gone: what a restored backup and a broken disk leave. */
import fs from 'node:fs';
import path from 'node:path';
import { fromText } from '../../../src-main/core/bytes.ts';
import { beginAnew } from '../../../src-main/networks/database.ts';
import type { LocalNode } from '../../../src-main/networks/types.ts';
import { pause } from '../cluster.ts';
import type { Cluster } from '../cluster.ts';
import type { Arena, Heal } from './arena.ts';
import { Unexpected } from './arena.ts';

const LOOK_EVERY_MS = 100;
/** The copy is older by so many blocks at least. */
const BLOCKS_BETWEEN = 5;

/** Copies the database as a crash leaves it, lets the chain go on, and puts the copy back at the end. */
export async function restoreOlder(arena: Arena, node: LocalNode): Promise<Heal> {
  const { cluster, clients } = arena;
  const { network } = cluster;
  const { publicKey } = node;
  await network.killNode(publicKey);
  const copy = path.join(cluster.home, `copy-${node.name}`);
  copyDatabase(cluster, node, copy);
  await network.startNode(publicKey);
  const before = await heightOf(cluster, publicKey);
  return async () => {
    while ((await heightOf(cluster, publicKey)) < before + BLOCKS_BETWEEN) await pause(LOOK_EVERY_MS);
    await network.killNode(publicKey);
    clients.lose(node, 'an older copy of its database was restored');
    removeDatabase(cluster, node);
    for (const name of fs.readdirSync(copy))
      fs.copyFileSync(path.join(copy, name), path.join(cluster.files(node).folder, name));
    fs.rmSync(copy, { recursive: true });
    await network.startNode(publicKey);
  };
}

/** Of all of these at the same moment. */
export async function loseDatabases(
  arena: Pick<Arena, 'cluster' | 'clients'>,
  nodes: readonly LocalNode[],
): Promise<Heal> {
  const { network } = arena.cluster;
  await Promise.all(nodes.map(({ publicKey }) => network.killNode(publicKey)));
  const heals: Heal[] = [];
  for (const node of nodes) heals.push(await loseDatabase(arena, node));
  return async () => {
    for (const heal of heals) await heal();
  };
}

/** The node must not come back empty as if nothing had been; its owner begins anew, knowingly. */
export async function loseDatabase(
  arena: Pick<Arena, 'cluster' | 'clients'>,
  node: LocalNode,
): Promise<Heal> {
  const { cluster, clients } = arena;
  const { network } = cluster;
  await network.killNode(node.publicKey);
  clients.lose(node, 'its database was deleted');
  removeDatabase(cluster, node);
  const started = await network.startNode(node.publicKey).then(
    () => 'it started',
    (error: unknown) => (error as { code?: string }).code,
  );
  if (started === 'it started')
    throw new Unexpected(`${node.name} came back without its database`, { started });
  return async () => {
    const { database, genesis } = cluster.files(node);
    beginAnew(database, fs.readFileSync(genesis), fromText(node.publicKey)!);
    await network.startNode(node.publicKey);
  };
}

function databaseFiles(cluster: Cluster, node: LocalNode): string[] {
  const { folder } = cluster.files(node);
  return fs.readdirSync(folder).filter((name) => name.startsWith('node.sqlite'));
}

function copyDatabase(cluster: Cluster, node: LocalNode, target: string): void {
  fs.mkdirSync(target);
  const { folder } = cluster.files(node);
  for (const name of databaseFiles(cluster, node))
    fs.copyFileSync(path.join(folder, name), path.join(target, name));
}

function removeDatabase(cluster: Cluster, node: LocalNode): void {
  for (const name of databaseFiles(cluster, node)) fs.rmSync(path.join(cluster.files(node).folder, name));
}

async function heightOf(cluster: Cluster, publicKey: string): Promise<number> {
  const node = cluster.running().find((candidate) => candidate.publicKey === publicKey);
  const status = node === undefined ? null : await cluster.status(node);
  return status?.height ?? 0;
}
