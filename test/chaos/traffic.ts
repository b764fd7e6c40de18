/** Bytes that the nodes sent each other, as they count them themselves; a process that ends takes its count with it. */
import type { Cluster } from './cluster.ts';

const LOOK_EVERY_MS = 1_000;

export class Traffic {
  readonly #cluster: Cluster;
  /** By process and peer: what it had sent when it was last asked. */
  readonly #sent = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  get bytes(): number {
    return [...this.#sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  async look(): Promise<number> {
    if (this.#isLooking) return this.bytes;
    this.#isLooking = true;
    await Promise.all(
      this.#cluster.running().map(async (node) => {
        const status = await this.#cluster.status(node);
        for (const { publicKey, bytesSent } of status?.members ?? [])
          this.#sent.set(`${node.pid} ${publicKey}`, bytesSent);
      }),
    );
    this.#isLooking = false;
    return this.bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
