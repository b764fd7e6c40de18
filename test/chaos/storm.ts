/** One run: a network, its clients, its nemesis, and the checks at the end. */
import fs from 'node:fs';
import path from 'node:path';
import { drawFrom } from '../sim/random.ts';
import type { LocalNetworkEvent } from '../../src-main/networks/types.ts';
import { Clients } from './clients.ts';
import type { Cluster } from './cluster.ts';
import { examine } from './examine.ts';
import { Disks } from './faults/disks.ts';
import { Links } from './faults/links.ts';
import type { Violation } from './history.ts';
import { Nemesis } from './nemesis.ts';
import type { RoundResult } from './nemesis.ts';
import { Schedule } from './schedule.ts';
import { Traffic } from './traffic.ts';
import { tailOf, violationOf } from './words.ts';

export interface StormOptions {
  readonly nodes: number;
  readonly seconds: number;
  readonly seed: number;
}

/** A long run has time for long absences, such as those after which sessions end (30 s). */
const SHORT_HOLD = { leastMs: 1_000, mostMs: 3_000 };
const LONG_HOLD = { leastMs: 1_000, mostMs: 12_000 };
const LONG_RUN_SECONDS = 300;

export async function storm(
  cluster: Cluster,
  options: StormOptions,
  say: (line: string) => void,
): Promise<{ readonly violations: readonly Violation[]; readonly figures: object }> {
  const violations: Violation[] = [];
  watchForDeaths(cluster, violations);
  const disks = new Disks();
  const smallDisks = [drawFrom(options.seed, 'small disks').below(options.nodes)];
  disks.prepare(smallDisks.map((number) => cluster.node(number)));
  const run = new Run(cluster, disks, options, smallDisks, say);
  try {
    say(`${options.nodes} nodes, seed ${options.seed}, in ${cluster.home}; full disk: ${disks.kind}`);
    await cluster.network.start();
    await run.rage();
    violations.push(...(await run.check()));
  } catch (error) {
    violations.push(await violationOf('bearing it', error, cluster));
  } finally {
    await run.end();
    disks.release();
  }
  if (violations.length > 0) run.keep(violations);
  return { violations, figures: run.figures() };
}

/** Whoever ends without having been killed. */
function watchForDeaths(cluster: Cluster, violations: Violation[]): void {
  cluster.network.subscribe((event: LocalNetworkEvent) => {
    if (event.type !== 'node' || event.node.state !== 'failed') return;
    const { name, failure, logFile } = event.node;
    // A node without its database is refused, which is asked for.
    if (failure?.code !== 'node-ended') return;
    const sentence = `${name} ended by itself: ${failure.message}`;
    violations.push({ check: 'processes live', sentence, evidence: tailOf(logFile) });
  });
}

class Run {
  readonly #cluster: Cluster;
  readonly #clients: Clients;
  readonly #links: Links;
  readonly #disks: Disks;
  readonly #traffic: Traffic;
  readonly #options: StormOptions;
  readonly #smallDisks: readonly number[];
  readonly #say: (line: string) => void;
  readonly #rounds: RoundResult[] = [];
  readonly #figures: Record<string, unknown> = {};

  constructor(
    cluster: Cluster,
    disks: Disks,
    options: StormOptions,
    smallDisks: readonly number[],
    say: (line: string) => void,
  ) {
    this.#cluster = cluster;
    this.#disks = disks;
    this.#options = options;
    this.#smallDisks = smallDisks;
    this.#say = say;
    this.#clients = new Clients(cluster, options.seed);
    this.#links = new Links(cluster);
    this.#traffic = new Traffic(cluster);
  }

  async rage(): Promise<void> {
    const { seed, nodes, seconds } = this.#options;
    const hold = seconds < LONG_RUN_SECONDS ? SHORT_HOLD : LONG_HOLD;
    const schedule = new Schedule({ seed, nodes, hold, smallDisks: this.#smallDisks });
    const arena = { cluster: this.#cluster, clients: this.#clients, links: this.#links, disks: this.#disks };
    const nemesis = new Nemesis(arena, this.#say);
    for (const node of this.#cluster.nodes()) this.#clients.startAt(node);
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) this.#rounds.push(await nemesis.run(schedule.next()));
  }

  async check(): Promise<readonly Violation[]> {
    const { writes, reads, losses } = this.#clients;
    await this.#clients.stop();
    const { violations, figures } = await examine(this.#cluster, { writes, reads, losses }, async () => {
      this.#say('all are level: reading every node');
      this.#figures['bytes'] = await this.#traffic.look();
    });
    Object.assign(this.#figures, figures);
    return violations;
  }

  async end(): Promise<void> {
    this.#traffic.stop();
    await this.#clients.stop();
    await this.#cluster.network.stop();
  }

  /** For whoever looks into a failure. */
  keep(violations: readonly Violation[]): void {
    const { writes, reads, losses } = this.#clients;
    const file = path.join(this.#cluster.home, 'history.json');
    fs.writeFileSync(file, JSON.stringify({ violations, writes, reads, losses, rounds: this.#rounds }));
  }

  figures(): object {
    const { writes, reads, losses } = this.#clients;
    const faults: Record<string, number> = {};
    for (const { round } of this.#rounds)
      for (const { kind } of round.faults) faults[kind] = (faults[kind] ?? 0) + 1;
    const recoveries = this.#rounds.map(({ recoveryMs }) => recoveryMs).sort((one, other) => one - other);
    const at = (permille: number) =>
      recoveries[Math.floor(((recoveries.length - 1) * permille) / 1000)] ?? null;
    return {
      diskKind: this.#disks.kind,
      clockKind: this.#cluster.processes.clockKind,
      rounds: this.#rounds.length,
      faults,
      writes: writes.length,
      acknowledged: writes.filter(({ acknowledgedMs }) => acknowledgedMs !== null).length,
      refused: writes.filter(({ refused }) => refused).length,
      reads: reads.length,
      losses: losses.length,
      recoveryMs: { median: at(500), p95: at(950), most: at(1000) },
      ...this.#figures,
    };
  }
}
