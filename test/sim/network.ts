import type { Draw } from './random.ts';
import type { Schedule } from './schedule.ts';

/** What the links do to messages at the moment. Delays are drawn uniformly, so reordering comes by itself. */
export interface LinkFaults {
  readonly lossPermille: number;
  readonly duplicatePermille: number;
  readonly minDelayUs: number;
  readonly maxDelayUs: number;
  /** Messages that wait `strayDelayUs` longer than all others. */
  readonly strayPermille: number;
  readonly strayDelayUs: number;
}

export const PERFECT_LINKS: LinkFaults = {
  lossPermille: 0,
  duplicatePermille: 0,
  minDelayUs: 500,
  maxDelayUs: 2_000,
  strayPermille: 0,
  strayDelayUs: 0,
};

/** A long message is several datagrams, and its loss is the loss of any one of them (repair included). */
const DATAGRAM_BYTES = 8 * 1024;

/**
 * Datagram links between numbered nodes: loss, delay, duplication, reordering, partitions, one-way links. A
 * message is never altered, because sessions authenticate it.
 */
export class SimulatedNetwork {
  faults: LinkFaults = PERFECT_LINKS;
  /** Nodes with different numbers do not hear each other. */
  #groups: readonly number[] | null = null;
  /** `from * 1000 + to` of links that carry nothing in this direction. */
  #cut = new Set<number>();
  /** Looks at every message before chance does: false drops it. For scripted scenarios. */
  filter: ((from: number, to: number, payload: Uint8Array) => boolean) | null = null;
  readonly #draw: Draw;
  readonly #schedule: Schedule;
  sent = 0;
  lost = 0;
  /** Bytes by `from * 1000 + to`, lost ones too. */
  readonly #bytes = new Map<number, number>();

  constructor(draw: Draw, schedule: Schedule) {
    this.#draw = draw;
    this.#schedule = schedule;
  }

  partition(groups: readonly number[] | null): void {
    this.#groups = groups;
  }

  cutOneWay(from: number, to: number): void {
    this.#cut.add(from * 1000 + to);
  }

  heal(): void {
    this.#groups = null;
    this.#cut.clear();
    this.faults = PERFECT_LINKS;
    this.filter = null;
  }

  isOpen(from: number, to: number): boolean {
    if (this.#groups !== null && this.#groups[from] !== this.#groups[to]) return false;
    return !this.#cut.has(from * 1000 + to);
  }

  /** What was sent so far over the links that `count` accepts, in bytes of messages. */
  bytesSent(count: (from: number, to: number) => boolean): number {
    let bytes = 0;
    for (const [link, sent] of this.#bytes) if (count(Math.floor(link / 1000), link % 1000)) bytes += sent;
    return bytes;
  }

  /** Calls `deliver` at each arrival: never, once, or twice. A partition also swallows what is under way. */
  send(from: number, to: number, payload: Uint8Array, deliver: () => void): void {
    this.sent++;
    const link = from * 1000 + to;
    this.#bytes.set(link, (this.#bytes.get(link) ?? 0) + payload.length);
    const { faults } = this;
    const fragments = Math.ceil(payload.length / DATAGRAM_BYTES);
    let lost = false;
    for (let i = 0; i < fragments; i++) lost = this.#draw.chance(faults.lossPermille) || lost;
    const passes = this.filter === null || this.filter(from, to, payload);
    if (lost || !passes || !this.isOpen(from, to)) {
      this.lost++;
      return;
    }
    const copies = this.#draw.chance(faults.duplicatePermille) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      let delayUs = this.#draw.between(faults.minDelayUs, faults.maxDelayUs);
      if (this.#draw.chance(faults.strayPermille)) delayUs += faults.strayDelayUs;
      this.#schedule.after(delayUs, () => {
        if (this.isOpen(from, to)) deliver();
      });
    }
  }
}
