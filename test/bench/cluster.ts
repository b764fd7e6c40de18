/** Real nodes as processes on loopback, and what they say of themselves. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serveNode } from '../../src-main/api/server.ts';
import type { PeerText } from '../../src-main/core/types.ts';
import type { TransportFaults } from '../../src-main/node/ports.ts';
import { createNetworkFolder } from '../../src-main/networks/create.ts';
import { forkProcessHost } from '../../src-main/networks/fork-host.ts';
import { loadLocalNetwork } from '../../src-main/networks/local-network.ts';
import type { LocalNetwork, LocalNode } from '../../src-main/networks/types.ts';
import { Stillness, within } from './limits.ts';

/** The part of /node/status that is measured. */
export interface NodeFigures {
  readonly height: number;
  readonly waiting: number;
  readonly committed: { readonly blocks: number; readonly transactions: number; readonly commands: number };
  readonly members: readonly { readonly isSelf: boolean; readonly bytesSent: number }[];
  readonly process: Readonly<
    Record<'residentBytes' | 'heapBytes' | 'cpuMicroseconds' | 'activeResources', number>
  >;
}

const STATUS_INTERVAL_MS = 20;
const MOST_BLOCKS_LOOKED_AT = 50;

export class Cluster {
  readonly network: LocalNetwork;
  readonly home: string;

  private constructor(home: string, network: LocalNetwork) {
    this.home = home;
    this.network = network;
  }

  static async start(nodeCount: number, faults: TransportFaults, entry: string): Promise<Cluster> {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-bench-'));
    await createNetworkFolder(home, { networkName: `bench ${nodeCount}`, nodeCount }, {});
    const dependencies = { processes: forkProcessHost(entry), serve: serveNode };
    const network = loadLocalNetwork({ home, backupDir: home, own: null }, dependencies);
    await network.setFaults(faults);
    await network.start();
    return new Cluster(home, network);
  }

  nodes(): readonly LocalNode[] {
    return this.network.nodes();
  }

  running(): readonly LocalNode[] {
    return this.nodes().filter(({ state }) => state === 'running');
  }

  /** As it is now: a node that was started again may have other ports than before. */
  node(publicKey: PeerText): LocalNode {
    return this.nodes().find((node) => node.publicKey === publicKey)!;
  }

  async kill({ name, publicKey }: LocalNode): Promise<void> {
    await within(`the end of ${name}, which was killed`, this.network.killNode(publicKey));
  }

  async figures(node: LocalNode): Promise<NodeFigures> {
    return (await getJson(node, '/node/status')) as NodeFigures;
  }

  allFigures(nodes = this.running()): Promise<NodeFigures[]> {
    return Promise.all(nodes.map((node) => this.figures(node)));
  }

  /** Until nothing waits anywhere and all running nodes are level. */
  async settled(): Promise<NodeFigures[]> {
    const stillness = new Stillness('all nodes to be level with nothing waiting');
    for (;;) {
      const figures = await this.allFigures();
      const heights = figures.map(({ height }) => height);
      const waiting = figures.reduce((sum, node) => sum + node.waiting, 0);
      if (new Set(heights).size === 1 && waiting === 0) return figures;
      stillness.look([Math.min(...heights), waiting]);
      await pause(STATUS_INTERVAL_MS);
    }
  }

  /** Until a node has this block. */
  async reaches({ name, publicKey }: LocalNode, height: number): Promise<void> {
    const stillness = new Stillness(`${name} to reach block ${height}`);
    for (;;) {
      const figures = await this.figures(this.node(publicKey));
      if (figures.height >= height) return;
      stillness.look([figures.height]);
      await pause(STATUS_INTERVAL_MS);
    }
  }

  /** Views that were given up per block, on average over some of these blocks. */
  async skippedViews(node: LocalNode, fromHeight: number, toHeight: number): Promise<number> {
    const step = Math.max(1, Math.ceil((toHeight - fromHeight + 1) / MOST_BLOCKS_LOOKED_AT));
    let [count, skipped] = [0, 0];
    for (let height = fromHeight; height <= toHeight; height += step, count++) {
      const block = (await getJson(node, `/block/${height}`)) as { certificate: { view: number } };
      skipped += block.certificate.view;
    }
    return count === 0 ? 0 : skipped / count;
  }

  /** Of the database of one node with its log. */
  diskBytes({ dataDir }: LocalNode): number {
    const folder = path.join(dataDir, 'networks', this.network.id);
    const files = fs.readdirSync(folder).filter((name) => name.startsWith('node.sqlite'));
    return files.reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
  }

  async stop(): Promise<void> {
    await within('all nodes to stop', this.network.stop());
  }

  removeFolder(): void {
    fs.rmSync(this.home, { recursive: true });
  }
}

/** Throws a StallError, or what fetch throws. */
export async function getJson(node: LocalNode, url: string, limitMs?: number): Promise<unknown> {
  const read = async () => (await fetch(`http://127.0.0.1:${node.ports.api}${url}`)).json();
  return within(`${url} of ${node.name}`, read(), limitMs);
}

export function tokenOf(node: LocalNode): string {
  return fs.readFileSync(node.tokenFile, 'utf8');
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
