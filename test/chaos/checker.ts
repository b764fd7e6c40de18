/**
 * What must be true at the end, whatever was done to the nodes meanwhile. Pure: it sees what was collected (history.ts)
 * and asks nothing.
 */
import type { Entry, NodeSeen, Observation, Violation, Write } from './history.ts';
import { checkRegister } from './linearisable.ts';

/** Evidence is for people: a few of many. */
const MOST_EVIDENCE = 5;

export function check(observation: Observation): Violation[] {
  return CHECKS.flatMap((one) => one(observation));
}

const CHECKS: readonly ((observation: Observation) => Violation[])[] = [
  oneChain,
  equalResults,
  validChains,
  equalValues,
  exactlyOnce,
  nothingLost,
  nothingInvented,
  laneOrder,
  realTimeOrder,
  linearisable,
];

/** Every node, by its API and by its database, has the same block at every height, and all are level. */
function oneChain({ nodes }: Observation): Violation[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [violation('one chain', 'no node was read', [])];
  return others.flatMap((other) => {
    const height = firstDifference(first, other, ({ hash }) => hash);
    if (height !== null) {
      return [
        violation('one chain', `${label(other)} has another block ${height}`, pair(first, other, height)),
      ];
    }
    if (other.blocks.length === first.blocks.length) return [];
    const evidence = [first, other].map((node) => [label(node), node.blocks.length]);
    return [violation('one chain', `${label(other)} has another number of blocks`, evidence)];
  });
}

/** The same transactions had the same results. */
function equalResults({ nodes }: Observation): Violation[] {
  const [first, ...others] = nodes;
  return others.flatMap((other) => {
    const height = firstDifference(first!, other, ({ content }) => content);
    if (height === null) return [];
    const sentence = `${label(other)} has other transactions or results in block ${height}`;
    return [violation('equal results', sentence, pair(first!, other, height))];
  });
}

function validChains({ nodes, chain }: Observation): Violation[] {
  const transactions = chain.length;
  return nodes.flatMap((node) => {
    const { verdict, integrity, blocks } = node;
    const problems: Violation[] = [];
    if (!verdict.valid)
      problems.push(violation('valid chain', `${label(node)}: verify-chain fails`, verdict));
    else if (verdict.height !== blocks.length || verdict.transactions !== transactions)
      problems.push(violation('valid chain', `${label(node)}: verify-chain saw another chain`, verdict));
    if (integrity !== null && integrity !== 'ok')
      problems.push(violation('sound database', `${label(node)}: SQLite finds damage`, integrity));
    return problems;
  });
}

/** What a node says a key holds is what the last transaction of the chain wrote there. */
function equalValues({ nodes, chain }: Observation): Violation[] {
  const last = new Map<string, string>();
  for (const { origin, data } of chain)
    for (const { ns, value, outcome } of data) if (outcome === 'applied') last.set(`${ns}:${origin}`, value);
  return nodes.flatMap((node) => {
    const wrong = [...node.values].filter(([key, value]) => value !== (last.get(key) ?? null));
    if (wrong.length === 0) return [];
    const evidence = wrong.map(([key, value]) => ({ key, value, chain: last.get(key) ?? null }));
    return [violation('equal values', `${label(node)} has another value than the chain wrote`, evidence)];
  });
}

/** One transaction is in one place of the chain. */
function exactlyOnce({ chain }: Observation): Violation[] {
  const counts = new Map<string, number>();
  for (const entry of chain) counts.set(idOf(entry), (counts.get(idOf(entry)) ?? 0) + 1);
  const repeated = chain.filter((entry) => counts.get(idOf(entry))! > 1);
  if (repeated.length === 0) return [];
  return [violation('exactly once', 'a transaction is in the chain more than once', repeated)];
}

/** What was accepted is there, unless it was on one disk only, and that was taken away; what was final always is. */
function nothingLost({ chain, history: { writes, losses } }: Observation): Violation[] {
  const known = new Set(chain.map(idOf));
  const missing = writes.filter((write) => {
    const { origin, acknowledgedMs, finalMs } = write;
    if (known.has(idOf(write)) || (acknowledgedMs === null && finalMs === null)) return false;
    if (finalMs !== null) return true;
    return !losses.some((loss) => loss.origin === origin && acknowledgedMs! <= loss.atMs);
  });
  if (missing.length === 0) return [];
  return [violation('nothing lost', 'what a node had accepted is not in the chain', missing)];
}

/** The chain has the clients' records as they wrote them, none that was refused, and no others. */
function nothingInvented({ chain, history: { writes } }: Observation): Violation[] {
  const written = new Map(writes.map((write) => [idOf(write), write]));
  const strange = chain.filter((entry) => {
    if (entry.data.length === 0) return false;
    const write = written.get(idOf(entry));
    if (write === undefined || entry.data.length !== 1) return true;
    const { ns, value, outcome } = entry.data[0]!;
    return write.refused || ns !== write.ns || value !== write.value || outcome !== 'applied';
  });
  if (strange.length === 0) return [];
  const evidence = strange.map((entry) => ({ entry, write: written.get(idOf(entry)) ?? null }));
  return [violation('nothing invented', 'the chain has a record that no client wrote like this', evidence)];
}

/**
 * What a node accepted first comes first. Where it lost its disk in between, the part that the others had is taken up
 * again, and where is up to them.
 */
function laneOrder({ chain, history: { writes, losses } }: Observation): Violation[] {
  const position = positionsOf(chain);
  const placed = writes.filter((write) => write.acknowledgedMs !== null && position.has(idOf(write)));
  for (const [origin, own] of groupBy(placed, (write) => write.origin)) {
    const lostMs = losses.filter((loss) => loss.origin === origin).map(({ atMs }) => atMs);
    const epochOf = (write: Write): number => lostMs.filter((atMs) => atMs < write.invokedMs).length;
    for (const one of groupBy(own, epochOf).values()) {
      const found = firstInversion(one, position, (write) => write.acknowledgedMs!);
      if (found !== null)
        return [
          violation('lane order', 'a node committed what it accepted later before what came first', found),
        ];
    }
  }
  return [];
}

/** What was invoked when something else was final already comes after it, whichever nodes these were. */
function realTimeOrder({ chain, history: { writes } }: Observation): Violation[] {
  const position = positionsOf(chain);
  const placed = writes.filter((write) => position.has(idOf(write)));
  const found = firstInversion(placed, position, ({ finalMs }) => finalMs ?? Infinity);
  if (found === null) return [];
  return [
    violation('real-time order', 'a record comes before one that was final when it was written', found),
  ];
}

/** Two of which the first was over before the second began, although the chain has them the other way around. */
function firstInversion(
  writes: readonly Write[],
  position: ReadonlyMap<string, number>,
  overMs: (write: Write) => number,
): readonly Write[] | null {
  const ordered = [...writes].sort((one, other) => position.get(idOf(other))! - position.get(idOf(one))!);
  let earliest: Write | null = null;
  for (const write of ordered) {
    if (earliest !== null && overMs(earliest) < write.invokedMs) return [earliest, write];
    if (earliest === null || overMs(write) < overMs(earliest)) earliest = write;
  }
  return null;
}

function linearisable({ chain, history: { writes, reads } }: Observation): Violation[] {
  const known = new Set(chain.map(idOf));
  const readsOf = groupBy(reads, ({ key }) => key);
  const writesOf = groupBy(
    writes.filter((write) => known.has(idOf(write))),
    ({ ns, origin }) => `${ns}:${origin}`,
  );
  const keys = new Set([...readsOf.keys(), ...writesOf.keys()]);
  return [...keys].flatMap((key) => {
    const written = (writesOf.get(key) ?? []).map(({ value, invokedMs, finalMs }) => {
      return { value, invokedMs, completedMs: finalMs ?? Infinity };
    });
    return checkRegister(key, written, readsOf.get(key) ?? []);
  });
}

function firstDifference(
  one: NodeSeen,
  other: NodeSeen,
  of: (block: NodeSeen['blocks'][number]) => string,
): number | null {
  const both = Math.min(one.blocks.length, other.blocks.length);
  for (let index = 0; index < both; index++)
    if (of(one.blocks[index]!) !== of(other.blocks[index]!)) return index + 1;
  return null;
}

function pair(one: NodeSeen, other: NodeSeen, height: number): object[] {
  return [one, other].map((node) => ({ node: label(node), ...node.blocks[height - 1] }));
}

function positionsOf(chain: readonly Entry[]): Map<string, number> {
  return new Map(chain.map((entry, index) => [idOf(entry), index]));
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function idOf({ origin, ident }: { readonly origin: string; readonly ident: string }): string {
  return `${origin}/${ident}`;
}

function label({ name, source }: NodeSeen): string {
  return `${name} (${source})`;
}

function violation(name: string, sentence: string, evidence: unknown): Violation {
  return {
    check: name,
    sentence,
    evidence: Array.isArray(evidence) ? evidence.slice(0, MOST_EVIDENCE) : evidence,
  };
}
