/**
 * I8: whatever peers send, each list, map and set of a node stays within its bound. The walk finds them by itself, so
 * that a new one without a bound of its own here gets the default; it sees private fields only where openPrivates()
 * was called before the core was loaded.
 */
import { OPENED } from './open-privates.ts';
import { InvariantViolation } from './violation.ts';
import type { Counters } from './counters.ts';

/** Not the node's memory of others: its ports, what it was started with, and the effects of the turn. */
const OUTSIDE = new Set([
  'archive',
  'context',
  'crypto',
  'reader',
  'signer',
  ...['context', 'crypto', 'dependencies', 'effects', 'options', 'ports', 'signer', 'values'].map(
    (name) => OPENED + name,
  ),
]);

/** Views of which ballots are kept: 8 below the own one, it, and the next. */
const VIEWS = 10;
/** A walk over all that a node keeps takes as long as some ten events: one node after the other. */
const EVENTS_PER_CHECK = 125;
const LANE_WINDOW = 8;
const VARIANTS = 2;
const STRANGERS = 64;
/** More views than any run gives up at one height; what is kept once per view cannot grow faster than the views. */
const VIEWS_OF_A_HEIGHT = 512;
/** What no line below names: at most one entry per member that a chain can have. */
const DEFAULT = 128;

/** Class and field, and `[]` for what is inside a collection; `n`: how many keys there are in the network. */
function boundsFor(n: number): Readonly<Record<string, number>> {
  return {
    'Ballots.votes': VIEWS,
    'Ballots.votes[]': n,
    'Ballots.commits': VIEWS,
    'Ballots.commits[]': n,
    'Ballots.skips': VIEWS + n,
    'Ballots.skips[]': n,
    'Ballots.highSkips': n,
    'Callers.submits': 8192,
    'CertificateVerifier.valid': 512,
    'Guard.instances': 64,
    'Guard.reports': n,
    'Inbox.kept': n,
    'Inbox.kept[]': 8,
    'LanePool.lanes': n,
    'LanePool.lanes[].variants': LANE_WINDOW,
    'LanePool.lanes[].variants[]': VARIANTS + LANE_WINDOW,
    'LanePool.byDigest': n * LANE_WINDOW * (VARIANTS + 1),
    'LanePool.cited': n * LANE_WINDOW,
    'NodeDriver.lastSaid': n + STRANGERS,
    'NodeDriver.rejections': 65,
    'NodeDriver.waiting': 8192,
    'OwnLane.idents': 8192 + LANE_WINDOW * 1024,
    'OwnLane.outstanding': LANE_WINDOW,
    'OwnLane.queue': 8192,
    'Peers.peers': n + STRANGERS,
    'Peers.peers[].sent': 512,
    'Policy.proposed': 256,
    'RoundMemory.headers': 64,
    'RoundMemory.notarisations': VIEWS_OF_A_HEIGHT,
    'RoundMemory.proposals': n,
    'RoundMemory.skipCertificates': n,
    'RoundState.refused': VIEWS_OF_A_HEIGHT,
    'SafetyLog.bundles': n * LANE_WINDOW * (VARIANTS + 1),
    'SafetyLog.commits': VIEWS_OF_A_HEIGHT,
    'SafetyLog.headers': VIEWS_OF_A_HEIGHT,
    'SafetyLog.proposals': VIEWS_OF_A_HEIGHT,
    'SafetyLog.skips': VIEWS_OF_A_HEIGHT,
    'SafetyLog.votes': VIEWS_OF_A_HEIGHT,
    'SafetyLog.written': 6 * VIEWS_OF_A_HEIGHT,
    'Sync.banned': 256,
    'Sync.blocks': 256,
    'Sync.late': 8,
    'Sync.requests': 4,
  };
}

/** The largest size of the collections under each name. */
export function sizesOf(root: object): Map<string, number> {
  const sizes = new Map<string, number>();
  const seen = new Set<object>([root]);
  /** In the order in which they are found, so that each has the same name every time. */
  const [found, paths] = [[root], ['']];
  const visit = (path: string, value: unknown): void => {
    if (!isWalked(value) || seen.has(value)) return;
    seen.add(value);
    found.push(value);
    paths.push(path);
  };
  for (let at = 0; at < found.length; at++) {
    const [value, path] = [found[at]!, paths[at]!];
    const isList = Array.isArray(value);
    if (isList || value instanceof Map || value instanceof Set) {
      const size = isList ? value.length : value.size;
      sizes.set(path, Math.max(size, sizes.get(path) ?? 0));
      const inner = nameOf(path, '[]');
      value.forEach((inside) => visit(inner, inside));
      continue;
    }
    const { name } = value.constructor;
    const owner = name === 'Object' ? path : name;
    for (const key of Object.keys(value)) {
      const inside: unknown = (value as Record<string, unknown>)[key];
      if (isWalked(inside) && !OUTSIDE.has(key)) visit(nameOf(owner, key), inside);
    }
  }
  return sizes;
}

/** The names that were made once: there are some hundred of them, and a walk comes to each many times. */
const names = new Map<string, Map<string, string>>();

/** Of a field, or of what is inside a collection. */
function nameOf(owner: string, key: string): string {
  let ofOwner = names.get(owner);
  if (ofOwner === undefined) names.set(owner, (ofOwner = new Map<string, string>()));
  let name = ofOwner.get(key);
  if (name === undefined)
    ofOwner.set(key, (name = key === '[]' ? `${owner}[]` : `${owner}.${key.replace(OPENED, '')}`));
  return name;
}

function isWalked(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** Whether the private fields of this node can be seen. */
function isOpened(node: object): boolean {
  return Object.hasOwn(node, `${OPENED}consensus`);
}

interface Checked {
  readonly index: number;
  readonly isHonest: boolean;
  readonly facade: object | null;
}

/** After each event: now and then one honest node whose fields can be seen, each in its turn. */
export class Memories {
  readonly #machines: readonly Checked[];
  readonly #counters: Counters;
  readonly #bounds: Readonly<Record<string, number>>;
  #events = 0;
  #turn = 0;

  constructor(machines: readonly Checked[], counters: Counters) {
    this.#machines = machines;
    this.#counters = counters;
    this.#bounds = boundsFor(machines.length);
  }

  onEvent(): void {
    if (++this.#events % EVENTS_PER_CHECK !== 0) return;
    const { index, isHonest, facade } = this.#machines[this.#turn++ % this.#machines.length]!;
    if (!isHonest || facade === null || !isOpened(facade)) return;
    this.#counters.add('memory checks');
    for (const [path, size] of sizesOf(facade)) {
      const bound = this.#bounds[path] ?? DEFAULT;
      if (size > bound)
        throw new InvariantViolation('I8', `node ${index} keeps ${size} in ${path}, at most ${bound}`);
    }
  }
}
