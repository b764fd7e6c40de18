/**
 * What a node finds in its own database of what it said and what befell it, damaged: records of two bytes of length
 * after one for their kind. It may take that for forgetting, or halt over a contradiction; nothing else.
 */
import { concatBytes } from '../../../src-main/core/bytes.ts';
import { Consensus } from '../../../src-main/core/consensus.ts';
import { InvariantError } from '../../../src-main/core/context.ts';
import type { NodeRecord, SafetyKind, StoredMemory } from '../../../src-main/core/effects.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore } from '../../sim/disk.ts';
import { crypto, networkOf } from '../../unit/core/builders.ts';
import { Cluster, newDisk } from '../../unit/core/cluster.ts';
import { accepts, type Target } from '../target.ts';

const network = networkOf([1, 1, 1, 1]);
const [self, ...others] = network.keys;
const SAFETY: readonly SafetyKind[] = [
  'views',
  'entryCertificate',
  'proposal',
  'vote',
  'commit',
  'skip',
  'highNotarisation',
  'header',
  'bundle',
];
const NODE: readonly NodeRecord['key'][] = ['instances', 'amnesia', 'forks'];
const LANE = SAFETY.length + NODE.length;
const QUEUE = LANE + 1;
const MOST_RECORDS = 64;

function record(kind: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind, bytes.length & 255, bytes.length >> 8), bytes);
}

function memoryOf(input: Uint8Array): StoredMemory {
  const found = { safety: [], records: [], lane: [], queue: [] } as {
    -readonly [Part in 'safety' | 'records' | 'lane' | 'queue']: StoredMemory[Part][number][];
  };
  const all: Uint8Array[] = [];
  for (let at = 0; at + 3 <= input.length && all.length < MOST_RECORDS;) {
    const kind = input[at]! % (QUEUE + 1);
    const length = input[at + 1]! + 256 * input[at + 2]!;
    const bytes = input.slice(at + 3, at + 3 + length);
    all.push(bytes);
    at += 3 + length;
    if (kind < SAFETY.length)
      found.safety.push({ height: 2, kind: SAFETY[kind]!, key: `${all.length}`, bytes });
    else if (kind < LANE) found.records.push({ key: NODE[kind - SAFETY.length]!, bytes });
    else if (kind === LANE) found.lane.push(bytes);
    else found.queue.push({ order: all.length, bytes });
  }
  return { ...found, hasSafetyLog: true };
}

/** What a member of a network wrote down while blocks became final, and while one did not. */
function seeds(): Uint8Array[] {
  const cluster = Cluster.started();
  cluster.loses = ({ message }) => message.type === 'commit';
  cluster.node(1).submit('one');
  cluster.settle();
  for (const node of cluster.nodes) node.step({ type: 'timer', timer: 'view' });
  cluster.settle();
  const written = cluster.nodes.map(({ disk }) => {
    const safety = [...disk.safety.values()].map(({ kind, bytes }) => record(SAFETY.indexOf(kind), bytes));
    const records = [...disk.records.values()].map(({ key, bytes }) =>
      record(SAFETY.length + NODE.indexOf(key), bytes),
    );
    const queue = [...disk.queue.values()].map((bytes) => record(QUEUE, bytes));
    return concatBytes(...safety, ...records, ...queue);
  });
  return [new Uint8Array(0), ...written];
}

function start(memory: StoredMemory): void {
  const disk = newDisk(network);
  const { tip } = new SimulatedStore(disk, (_, apply) => apply()).load();
  const consensus = new Consensus(
    {
      chainId: network.chainId,
      parameters: network.genesis.parameters,
      timing: TIMINGS.loopback,
      policy: { sponsor: 'ask', raiseTo: null, keepsFounder: false, announceReady: false },
      instanceNonce: new Uint8Array(16).fill(1),
      stored: { ...memory, tipHash: tip.hash, snapshot: tip.snapshot },
    },
    {
      crypto,
      signer: self!.signer,
      archive: new SimulatedStore(disk, (_, apply) => apply()),
      random: () => 0,
    },
  );
  let nowMs = 0;
  consensus.step([{ type: 'start' }], nowMs);
  for (const { text } of others) consensus.step([{ type: 'connected', peer: text }], (nowMs += 100));
  for (const timer of ['startup', 'status', 'view', 'retransmit'] as const)
    consensus.step([{ type: 'timer', timer }], (nowMs += 1_000));
}

export const memoryTarget: Target = {
  name: 'safety-log',
  maxBytes: 16 * 1024,
  testRuns: 150,
  seeds,
  run: (input) => void accepts(() => start(memoryOf(input)), InvariantError),
};
