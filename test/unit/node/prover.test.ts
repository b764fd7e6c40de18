import { expect, it } from 'vitest';
import type { Message } from '../../../src-main/core/messages.ts';
import { unprovedOf } from '../../../src-main/core/proofs-record.ts';
import type { PeerText } from '../../../src-main/core/types.ts';
import { verifyChain } from '../../../src-main/networks/verify-chain.ts';
import { FastWay } from '../../../src-main/node/fast-way.ts';
import type { Store } from '../../../src-main/node/ports.ts';
import { provedArchive } from '../../../src-main/node/proved-archive.ts';
import { Prover } from '../../../src-main/node/prover.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore, type VirtualDisk } from '../../sim/disk.ts';
import { crypto } from '../core/builders.ts';
import { newDisk } from '../core/cluster.ts';
import {
  blockAt,
  CHECKPOINT,
  checkpoint,
  FastBench,
  garbageBundles,
  garbageCertificate,
  network,
  type Lie,
} from './fast-bench.ts';

const { chainId, genesis } = network;
const DURATION_MS = 10_000;

/** A chain that was taken from somebody who lies about the signatures of these heights. */
async function taken(lie: Lie, ...heights: readonly number[]): Promise<VirtualDisk> {
  const bench = new FastBench();
  bench.lies(0, (block) => (heights.includes(block.sealed.header.height) ? lie(block) : block));
  const disk = newDisk(network);
  const store = new SimulatedStore(disk, (_, apply) => apply());
  const peers = [{ publicKey: bench.peers[0]!, peerClass: 'member', addressHints: [] } as const];
  const options = { genesis, chainId, checkpoint, peers, join: null, timing: TIMINGS.loopback };
  const way = new FastWay(options, { clock: bench.clock, transport: bench.transport, store, crypto });
  const done = way.run();
  await Promise.resolve();
  bench.pass(DURATION_MS);
  expect(await done).toBe('taken');
  return disk;
}

function proverOf(bench: FastBench, disk: VirtualDisk, store: Store = storeOf(disk)) {
  const failures: string[] = [];
  const unproved = unprovedOf([...disk.records.values()])!;
  const onFailure = (error: Error): void => void failures.push(error.message);
  const { clock, transport } = bench;
  const prover = new Prover(
    { chainId, unproved, onFailure },
    { clock, crypto, transport, store, verifyAhead: () => null },
  );
  bench.connect((from: PeerText, message: Message) => void prover.take(from, message));
  prover.start();
  return { prover, failures, store };
}

function storeOf(disk: VirtualDisk): SimulatedStore {
  return new SimulatedStore(disk, (_, apply) => apply());
}

function verdictOn(store: Store): unknown {
  const steps = verifyChain(store, chainId, crypto);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

it('checks every block below the checkpoint, a few at a time, and notes how far it is', async () => {
  const disk = await taken((block) => block);
  const bench = new FastBench();
  const { prover, failures } = proverOf(bench, disk);
  expect(prover.unproved).toEqual({ proved: 1, to: CHECKPOINT });
  const writes = disk.writes;
  bench.pass(5);
  expect(prover.unproved).toEqual({ proved: 1, to: CHECKPOINT });
  bench.pass(DURATION_MS);
  expect(prover.unproved).toBeNull();
  expect(unprovedOf([...disk.records.values()])).toBeNull();
  expect(disk.writes - writes).toBeLessThan(6);
  expect(failures).toEqual([]);
  expect(bench.sent).toEqual([]);
});

it('goes on where it was after a restart', async () => {
  const disk = await taken((block) => block);
  const bench = new FastBench();
  const { prover } = proverOf(bench, disk);
  bench.passUntil(() => prover.unproved?.proved !== 1);
  prover.close();
  const { proved } = unprovedOf([...disk.records.values()])!;
  expect(proved).toBeGreaterThan(60);
  const read: number[] = [];
  const counting = new Proxy(storeOf(disk), {
    get: (target, name) =>
      name === 'block'
        ? (height: number) => {
            read.push(height);
            return target.block(height);
          }
        : (Reflect.get(target, name) as () => unknown).bind(target),
  });
  const again = new FastBench();
  const second = proverOf(again, disk, counting);
  again.pass(DURATION_MS);
  expect(second.prover.unproved).toBeNull();
  expect(Math.min(...read)).toBe(proved + 1);
});

it.each([
  ['certificate', garbageCertificate],
  ['bundles', garbageBundles],
])('fetches a block again whose %s prove nothing, from whoever has others', async (_, lie) => {
  const disk = await taken(lie, 5, 100);
  expect(verdictOn(storeOf(disk))).toMatchObject({ valid: false, height: 5 });
  const bench = new FastBench();
  bench.lies(0, lie);
  bench.saysNothing(1);
  const { prover, failures, store } = proverOf(bench, disk);
  bench.pass(60_000);
  expect(failures).toEqual([]);
  expect(prover.unproved).toBeNull();
  expect(verdictOn(store)).toMatchObject({ valid: true, height: CHECKPOINT });
});

it('says so when nobody has a valid proof, and waits while nobody is there', async () => {
  const disk = await taken(garbageCertificate, 20);
  const bench = new FastBench();
  for (const index of [0, 1, 2]) bench.lies(index, garbageCertificate);
  const { prover, failures } = proverOf(bench, disk);
  for (const index of [0, 1, 2]) bench.leave(index);
  bench.pass(3_600_000);
  expect(failures).toEqual([]);
  expect(prover.unproved).toEqual({ proved: 19, to: CHECKPOINT });
  bench.connect((from, message) => void prover.take(from, message));
  bench.pass(120_000);
  expect(failures).toEqual([expect.stringContaining('block 20')]);
  // What was proved before stays so.
  expect(unprovedOf([...disk.records.values()])).toEqual({ proved: 19, to: CHECKPOINT });
});

it('takes only what it asked for', async () => {
  const disk = await taken(garbageCertificate, 20);
  const bench = new FastBench();
  const { prover } = proverOf(bench, disk);
  const [asked, other] = bench.peers as [PeerText, PeerText];
  const answer: Message = { type: 'syncResponse', blocks: [blockAt(20)] };
  expect(prover.take(asked, answer)).toBe(false);
  bench.passUntil(() => bench.sent.length > 0);
  expect(prover.take(other, answer)).toBe(false);
  expect(prover.take(asked, { type: 'syncResponse', blocks: [blockAt(21)] })).toBe(false);
  expect(prover.take(asked, { type: 'syncResponse', blocks: [] })).toBe(false);
});

it('lets nobody have what is not proved', async () => {
  const disk = await taken((block) => block);
  const store = storeOf(disk);
  const bench = new FastBench();
  const { prover } = proverOf(bench, disk);
  const archive = provedArchive(store, prover, crypto);
  const digestAt = (height: number): Uint8Array => blockAt(height).sealed.header.cut[0]!.tipDigest;
  expect(archive.block(2)).toBeUndefined();
  expect(archive.block(CHECKPOINT - 1)).toBeUndefined();
  expect(archive.bundle(digestAt(50))).toBeUndefined();
  // The checkpoint itself was checked when it was taken.
  expect(archive.block(CHECKPOINT)).toBeDefined();
  expect(archive.bundle(digestAt(CHECKPOINT))).toBeDefined();
  bench.pass(DURATION_MS);
  expect(archive.block(2)).toBeDefined();
  expect(archive.bundle(digestAt(50))).toBeDefined();
});
