/** Carries out a schedule round by round: harm, wait, heal, and see that the network is whole again. */
import type { PeerText } from '../../src-main/core/types.ts';
import { pause } from './cluster.ts';
import type { Status } from './cluster.ts';
import type { Arena, Heal } from './faults/arena.ts';
import { Unexpected } from './faults/arena.ts';
import { strike } from './faults/strike.ts';
import type { Fault, Round } from './schedule.ts';

const LOOK_EVERY_MS = 100;
/** Not a promise about speed: whoever has not recovered by then never will. */
const LONGEST_RECOVERY_MS = 180_000;

export interface RoundResult {
  readonly round: Round;
  /** From the end of healing until every node has taken and committed a new record, and all have all of them. */
  readonly recoveryMs: number;
  readonly height: number;
}

export class Nemesis {
  readonly #arena: Arena;
  readonly #say: (line: string) => void;

  constructor(arena: Arena, say: (line: string) => void) {
    this.#arena = arena;
    this.#say = say;
  }

  /** Rejects with Unexpected when a node does not bear it. */
  async run(round: Round): Promise<RoundResult> {
    const heals: Heal[] = [];
    try {
      for (const fault of round.faults) heals.push(await strike(this.#arena, fault));
      await pause(round.holdMs);
    } finally {
      // Also after a failure: nobody is left asleep. Links first, so that whoever returns finds the others.
      for (const heal of heals.reverse()) await heal();
    }
    const healedMs = performance.now();
    const height = await this.#recovered(round);
    const recoveryMs = Math.round(performance.now() - healedMs);
    const faults = round.faults.map((fault) => describe(fault)).join(', ');
    this.#say(
      `round ${round.number}: ${faults}; ${round.holdMs} ms, whole again after ${recoveryMs} ms, block ${height}`,
    );
    return { round, recoveryMs, height };
  }

  async #recovered(round: Round): Promise<number> {
    const { cluster, clients } = this.#arena;
    const endMs = performance.now() + LONGEST_RECOVERY_MS;
    const probes = new Map<PeerText, string>();
    for (let attempt = 1; ; attempt++) {
      const nodes = cluster.nodes();
      for (const node of nodes.filter(({ publicKey }) => !probes.has(publicKey))) {
        const ident = `probe-${round.number}-${attempt}-${node.name}`.slice(0, 32);
        const { acknowledgedMs } = await clients.write(node, 'nemesis', ident, 'chaos:mark:nemesis', ident);
        if (acknowledgedMs !== null) probes.set(node.publicKey, ident);
      }
      const isWhole = nodes.every(({ state, publicKey }) => state === 'running' && probes.has(publicKey));
      const heights = isWhole ? await this.#heightsWith(probes) : null;
      if (heights !== null) return Math.max(...heights);
      if (performance.now() > endMs) {
        // What the nodes say of it is added by whoever reports it.
        throw new Unexpected(`the network did not recover from round ${round.number}`, { round });
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Of all nodes, once each takes part and has every probe; null before that. */
  async #heightsWith(probes: ReadonlyMap<PeerText, string>): Promise<number[] | null> {
    const { cluster } = this.#arena;
    const heights: number[] = [];
    for (const node of cluster.nodes()) {
      const status: Status | null = await cluster.status(node);
      if (status?.phase !== 'running') return null;
      for (const [origin, ident] of probes) {
        const { status: found } = await cluster.get(node, `/transaction/${origin}/${ident}`);
        if (found !== 200) return null;
      }
      heights.push(status.height);
    }
    return heights;
  }
}

export function describe(fault: Fault): string {
  switch (fault.kind) {
    case 'loss':
      return `loss ${fault.percent} %`;
    case 'delay':
      return `delay ${fault.delayMs} ms`;
    case 'clock':
      return `clock ${fault.offsetSeconds} s at ${fault.nodes.join(' ')}`;
    case 'join':
      return 'join';
    default:
      return `${fault.kind} ${fault.nodes.join(' ')}`;
  }
}
