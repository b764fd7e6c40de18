/** Local networks of real processes for tests, and clients that look at them from outside. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { serveNode } from '../../../src-main/api/server.ts';
import { createNetworkFolder } from '../../../src-main/networks/create.ts';
import { forkProcessHost } from '../../../src-main/networks/fork-host.ts';
import { loadLocalNetwork } from '../../../src-main/networks/local-network.ts';
import type { LocalNetwork, LocalNode } from '../../../src-main/networks/types.ts';
import type { TransportFaults } from '../../../src-main/node/ports.ts';

export const root = path.resolve(import.meta.dirname, '../../..');
export const NODE_PROCESS = path.join(root, 'src-main/headless/node-process.ts');

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-test-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens the network of a folder without starting it; it is stopped after the test. */
export function load(home: string, processes = forkProcessHost(NODE_PROCESS)): LocalNetwork {
  const dependencies = { processes, serve: serveNode };
  const network = loadLocalNetwork({ home, backupDir: home, own: null }, dependencies);
  onTestFinished(() => network.stop());
  return network;
}

export async function startNetwork(nodeCount: number, faults?: TransportFaults): Promise<LocalNetwork> {
  const home = temporaryFolder();
  await createNetworkFolder(home, { networkName: 'Test', nodeCount }, {});
  const network = load(home);
  if (faults !== undefined) await network.setFaults(faults);
  await network.start();
  return network;
}

/** Random numbers that a seed repeats (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export type Api = Pick<LocalNode, 'ports' | 'tokenFile' | 'publicKey' | 'name'>;

export async function getJson(node: Api, url: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${node.ports.api}${url}`, { headers: tokenOf(node) });
  expect(response.status, `${node.name} ${url}`).toBe(200);
  return response.json();
}

function tokenOf(node: Api): Record<string, string> {
  return { 'diva-token-api': fs.readFileSync(node.tokenFile, 'utf8') };
}

/** Whether the node said that it has accepted the record. A node that was killed meanwhile did not. */
export async function submit(node: Api, ident: string): Promise<boolean> {
  const body = JSON.stringify([{ seq: 1, command: 'data', ns: 'test:load', d: ident }]);
  const url = `http://127.0.0.1:${node.ports.api}/transaction/${ident}`;
  try {
    const response = await fetch(url, { method: 'PUT', headers: tokenOf(node), body });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Submits, and insists. */
export async function accept(node: Api, ident: string): Promise<Accepted> {
  expect(await submit(node, ident), ident).toBe(true);
  return { origin: node.publicKey, ident };
}

interface Member {
  readonly publicKey: string;
  readonly stake: number;
  readonly roundTripMs: number | null;
}

interface Status {
  readonly height: number;
  readonly tipHash: string;
  readonly waiting: number;
  readonly proving: { readonly proved: number; readonly to: number } | null;
  readonly members: readonly Member[];
}

export async function statusOf(node: Api): Promise<Status> {
  return (await getJson(node, '/node/status')) as Status;
}

/** Until all nodes are level and nothing waits anywhere. */
export async function settled(nodes: readonly Api[]): Promise<number> {
  await expect
    .poll(
      async () => {
        const all = await Promise.all(nodes.map(statusOf));
        const isQuiet = all.every(({ waiting }) => waiting === 0);
        return isQuiet && new Set(all.map(({ tipHash }) => tipHash)).size === 1;
      },
      { timeout: 300_000, interval: 50 },
    )
    .toBe(true);
  return (await statusOf(nodes[0]!)).height;
}

/**
 * Every node has the same block at every height, each of its chains is valid from the genesis on, and every accepted
 * transaction is in exactly one block.
 */
export async function expectOneChain(
  nodes: readonly Api[],
  accepted: readonly Accepted[] = [],
): Promise<void> {
  const height = await settled(nodes);
  const committed: string[] = [];
  for (let from = 1; from <= height; from += 100) {
    const [first, ...others] = await Promise.all(nodes.map((node) => blocksFrom(node, from, height)));
    for (const blocks of others)
      expect(blocks.map(({ hash }) => hash)).toEqual(first!.map(({ hash }) => hash));
    for (const { tx } of first!) committed.push(...tx.map(({ origin, ident }) => `${origin}/${ident}`));
  }
  const known = new Set(committed);
  expect(known.size).toBe(committed.length);
  const missing = accepted.filter(({ origin, ident }) => !known.has(`${origin}/${ident}`));
  expect(missing).toEqual([]);
  for (const node of nodes)
    expect(await getJson(node, '/node/verify-chain')).toMatchObject({ valid: true, height });
}

interface Block {
  readonly hash: string;
  readonly tx: readonly { readonly origin: string; readonly ident: string }[];
}

async function blocksFrom(node: Api, from: number, tip: number): Promise<Block[]> {
  return (await getJson(node, `/blocks/${from}/${Math.min(tip, from + 99)}`)) as Block[];
}

export interface Accepted {
  readonly origin: string;
  readonly ident: string;
}

/** Submits to running nodes, one after the other on each, until it is stopped. */
export class Load {
  readonly accepted: Accepted[] = [];
  readonly #done: Promise<unknown>;
  readonly #waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  #isOver = false;

  constructor(network: LocalNetwork) {
    const keys = network.nodes().map(({ publicKey }) => publicKey);
    this.#done = Promise.all(keys.map((key, index) => this.#run(network, key, index)));
  }

  /** Resolves when so many more were accepted. */
  async more(count: number): Promise<void> {
    const target = this.accepted.length + count;
    await new Promise<void>((resolve) => this.#waiting.add({ count: target, resolve }));
  }

  /** Resolves when every request has been answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(network: LocalNetwork, publicKey: string, index: number): Promise<void> {
    for (let count = 0; !this.#isOver; count++) {
      const node = network.nodes().find((candidate) => candidate.publicKey === publicKey)!;
      const ident = `load-${index}-${count}`;
      if (node.state === 'running' && (await submit(node, ident))) this.#accept({ origin: publicKey, ident });
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #accept(accepted: Accepted): void {
    this.accepted.push(accepted);
    for (const waiting of [...this.#waiting]) {
      if (this.accepted.length < waiting.count) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
