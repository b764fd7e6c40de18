/** Loss, delay and cuts, in the nodes' own sockets. A node that starts, or moves to another port, is told again. */
import type { PeerText } from '../../../src-main/core/types.ts';
import type { LocalNode } from '../../../src-main/networks/types.ts';
import type { Cluster } from '../cluster.ts';

export class Links {
  lossPercent = 0;
  delayMs = 0;
  /** Nothing goes between these and the others. */
  apart: ReadonlySet<PeerText> = new Set();
  /** Nothing comes from these. */
  mute: ReadonlySet<PeerText> = new Set();
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.network.subscribe((event) => {
      if (event.type === 'node' && event.node.state === 'running') this.apply();
    });
  }

  apply(): void {
    const { lossPercent, delayMs } = this;
    const nodes = this.#cluster.nodes();
    for (const node of nodes) {
      const cutOff = nodes
        .filter((other) => this.#isCut(node, other))
        .map(({ ports }) => `127.0.0.1:${ports.udp}`);
      const faults = { lossPermille: lossPercent * 10, delayMs, cutOff };
      this.#cluster.processes.order(node.name, { type: 'faults', faults });
    }
  }

  heal(): void {
    this.lossPercent = 0;
    this.delayMs = 0;
    this.apart = new Set();
    this.mute = new Set();
    this.apply();
  }

  #isCut(from: LocalNode, to: LocalNode): boolean {
    if (from.publicKey === to.publicKey) return false;
    return this.mute.has(from.publicKey) || this.apart.has(from.publicKey) !== this.apart.has(to.publicKey);
  }
}
