/** One run: a network, its clients, its nemesis, and the checks at the end. */
import fs from 'node:fs';
import path from 'node:path';
import { drawFrom } from '../sim/random.ts';
import type { LocalNetworkEvent } from '../../src-main/networks/types.ts';
import { check } from './checker.ts';
import { Clients } from './clients.ts';
import { Cluster } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';
import { Disks } from './faults/disks.ts';
import { Links } from './faults/links.ts';
import type { Entry, NodeSeen, Violation } from './history.ts';
import { Nemesis } from './nemesis.ts';
import type { RoundResult } from './nemesis.ts';
import { databaseBytes, readDatabase, readNode, settle } from './observe.ts';
import { Schedule } from './schedule.ts';
import { Traffic } from './traffic.ts';

export interface StormOptions {
  readonly nodes: number;
  readonly seconds: number;
  readonly seed: number;
  /** The program of a node process. */
  readonly entry: string;
}

/** A long run has time for long absences, such as those after which sessions end (30 s). */
const SHORT_HOLD = { leastMs: 1_000, mostMs: 3_000 };
const LONG_HOLD = { leastMs: 1_000, mostMs: 12_000 };
const LONG_RUN_SECONDS = 300;

export async function storm(
  home: string,
  options: StormOptions,
  say: (line: string) => void,
): Promise<{ readonly violations: readonly Violation[]; readonly figures: object }> {
  const cluster = await Cluster.create(home, options.nodes, options.entry);
  const violations: Violation[] = [];
  watchForDeaths(cluster, violations);
  const disks = new Disks();
  const smallDisks = [drawFrom(options.seed, 'small disks').below(options.nodes)];
  disks.prepare(smallDisks.map((number) => cluster.node(number)));
  const run = new Run(cluster, disks, options, smallDisks, say);
  try {
    say(`${options.nodes} nodes, seed ${options.seed}, in ${home}; full disk: ${disks.kind}`);
    await cluster.network.start();
    await run.rage();
    violations.push(...(await run.check()));
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    violations.push({ check: 'bearing it', sentence: error.message, evidence: error.evidence });
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

function tailOf(file: string): string[] {
  return fs.readFileSync(file, 'utf8').trim().split('\n').slice(-5);
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

  async check(): Promise<Violation[]> {
    const { writes, reads, losses } = this.#clients;
    await this.#clients.stop();
    await settle(this.#cluster);
    this.#say('reading every node through its API');
    this.#figures['bytes'] = await this.#traffic.look();
    const keys = [...new Set(writes.map(({ ns, origin }) => `${ns}:${origin}`))];
    const chain: Entry[] = [];
    const nodes: NodeSeen[] = [];
    for (const node of this.#cluster.nodes()) {
      const onEntry = nodes.length === 0 ? (entry: Entry) => void chain.push(entry) : undefined;
      nodes.push(await readNode(this.#cluster, node, keys, onEntry));
    }
    this.#say('reading every database');
    await this.#cluster.network.stop();
    for (const node of this.#cluster.nodes()) nodes.push(readDatabase(this.#cluster, node, keys));
    this.#figures['blocks'] = nodes[0]!.blocks.length;
    this.#figures['transactions'] = chain.length;
    this.#figures['databaseBytes'] = databaseBytes(this.#cluster);
    return check({ history: { writes, reads, losses }, nodes, chain });
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
