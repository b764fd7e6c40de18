import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../../src-main/core/bytes.ts';
import { sealHeader } from '../../../src-main/core/encoding.ts';
import { unprovedOf } from '../../../src-main/core/proofs-record.ts';
import { verifyTip } from '../../../src-main/node/diva-node.ts';
import { FastWay, type FastWayOptions } from '../../../src-main/node/fast-way.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore, type VirtualDisk } from '../../sim/disk.ts';
import { crypto } from '../core/builders.ts';
import { newDisk } from '../core/cluster.ts';
import {
  blockAt,
  broken,
  CHECKPOINT,
  checkpoint,
  FastBench,
  garbageBundles,
  garbageCertificate,
  network,
  type Lie,
} from './fast-bench.ts';

const { chainId, genesis } = network;

interface Choices extends Partial<FastWayOptions> {
  readonly disk?: VirtualDisk;
  /** Peers of the invitation. */
  readonly invited?: readonly number[];
}

function open(bench: FastBench, { disk = newDisk(network), invited = [0], ...changes }: Choices = {}) {
  const store = new SimulatedStore(disk, (_, apply) => apply());
  const peers = invited.map((index) => {
    return { publicKey: bench.peers[index]!, peerClass: 'member', addressHints: [] } as const;
  });
  const options = { genesis, chainId, checkpoint, peers, join: null, timing: TIMINGS.loopback, ...changes };
  const way = new FastWay(options, { clock: bench.clock, transport: bench.transport, store, crypto });
  return { way, disk, store };
}

/** Runs until it has an outcome, however long that takes by the bench's clock. */
async function run(bench: FastBench, way: FastWay): Promise<string> {
  let outcome: string | null = null;
  const done = way.run().then((value) => (outcome = value));
  for (let seconds = 0; seconds < 400 && outcome === null; seconds++) {
    await Promise.resolve();
    bench.pass(1_000);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  return outcome ?? done;
}

describe('honest peers', () => {
  it('give the chain up to the checkpoint and no further, and what is unproved is noted', async () => {
    const bench = new FastBench();
    const heights: number[] = [];
    const { way, disk, store } = open(bench, { onProgress: (height) => void heights.push(height) });
    expect(await run(bench, way)).toBe('taken');
    expect(disk.tip.height).toBe(CHECKPOINT);
    expect(equalBytes(disk.tip.hash, checkpoint.hash)).toBe(true);
    expect(unprovedOf([...disk.records.values()])).toEqual({ proved: 1, to: CHECKPOINT });
    expect(heights.at(-1)).toBe(CHECKPOINT);
    expect(heights.length).toBeLessThan(10);
    // The key has signed nothing, and knows that it has not: no amnesia.
    expect(store.load()).toMatchObject({ hasSafetyLog: true, safety: [] });
    expect(() => verifyTip(chainId, store, crypto)).not.toThrow();
  });

  it('are asked by nobody who is there already', async () => {
    const bench = new FastBench();
    const { way, disk } = open(bench);
    await run(bench, way);
    bench.sent.length = 0;
    expect(await run(bench, open(bench, { disk }).way)).toBe('taken');
    expect(bench.sent).toEqual([]);
  });

  it('go on where a crash ended it', async () => {
    const bench = new FastBench();
    const { way, disk, store } = open(bench);
    const first = way.run();
    await Promise.resolve();
    bench.answer(() => disk.tip.height > 1);
    const { height } = disk.tip;
    expect(height).toBeGreaterThan(1);
    expect(height).toBeLessThan(CHECKPOINT);
    // It is no chain that a node may stand on.
    expect(() => verifyTip(chainId, store, crypto)).toThrow(/not finished/);
    void first;
    const again = new FastBench();
    expect(await run(again, open(again, { disk }).way)).toBe('taken');
    expect(
      again.sent.every(({ message }) => message.type !== 'syncRequest' || message.fromHeight > height),
    ).toBe(true);
  });

  it('are asked for blocks when they say that the joiner is a member', async () => {
    const bench = new FastBench();
    const join = () => ({ type: 'bundle', bytes: new Uint8Array(1) }) as const;
    const { way } = open(bench, { join });
    bench.say = () => undefined;
    const done = way.run();
    await Promise.resolve();
    bench.pass(3_500);
    expect(new Set(bench.sent.map(({ message }) => message.type))).toEqual(new Set(['bundle']));
    expect(bench.sent.length).toBeGreaterThan(3);
    FastBench.prototype.say.call(bench, bench.peers[0]!, 151, 'accepted');
    bench.pass(1_000);
    expect(bench.sent.some(({ message }) => message.type === 'syncRequest')).toBe(false);
    FastBench.prototype.say.call(bench, bench.peers[0]!, 151, 'member');
    bench.pass(1_000);
    expect(await done).toBe('taken');
  });
});

describe('a block that is larger than an answer', () => {
  /** Of blocks from 40 to 60, only the first bundle. */
  const cut: Lie = (block) => {
    const { height } = block.sealed.header;
    return height < 40 || height > 60 ? block : { ...block, bundles: block.bundles.slice(0, 1) };
  };

  it('is completed by asking for the rest', async () => {
    const bench = new FastBench();
    bench.lies(0, cut);
    const { way, disk } = open(bench);
    expect(await run(bench, way)).toBe('taken');
    expect(disk.blocks.get(50)!.bundles).toHaveLength(3);
    // Nobody had to wait for anything.
    expect(bench.nowMs).toBeLessThan(5_000);
  });

  it('is not completed by bundles that are not signed: nobody fetches those a second time', async () => {
    const bench = new FastBench();
    bench.lies(0, cut);
    bench.liesWhenPulled(0, (bytes) => broken(bytes, 3));
    const { way, disk } = open(bench);
    expect(await run(bench, way)).toBe('stalled');
    expect(disk.tip.height).toBe(39);
  });
});

describe('liars', () => {
  it('are believed about signatures for now, but not about those of the checkpoint', async () => {
    const bench = new FastBench();
    bench.lies(0, garbageBundles);
    bench.lies(1, garbageCertificate);
    bench.saysNothing(2);
    const { way, disk } = open(bench, { invited: [0, 1] });
    expect(await run(bench, way)).toBe('stalled');
    expect(disk.tip.height).toBe(CHECKPOINT - 1);
    const third = new FastBench();
    expect(await run(third, open(third, { disk, invited: [2] }).way)).toBe('taken');
  });

  it('who lead elsewhere are found out at the checkpoint', async () => {
    const bench = new FastBench();
    const other = { height: CHECKPOINT, hash: blockAt(CHECKPOINT + 1).sealed.hash };
    expect(await run(bench, open(bench, { checkpoint: other }).way)).toBe('other-chain');
  });

  it('whose block does not fit are left alone, as what was taken before is proved', async () => {
    const bench = new FastBench();
    bench.lies(0, (block) => {
      if (block.sealed.header.height < 70) return block;
      const sealed = sealHeader({ ...block.sealed.header, stateHash: new Uint8Array(32) }, crypto);
      return { ...block, sealed, certificate: { ...block.certificate, hash: sealed.hash } };
    });
    expect(await run(bench, open(bench, { invited: [0, 1] }).way)).toBe('taken');
  });

  it('who sent a block before that proves nothing cost all of it, as nobody knows who lied', async () => {
    const bench = new FastBench();
    // Its own block 66, on which nobody else's can stand.
    bench.lies(0, (block) => {
      if (block.sealed.header.height !== 65) return block;
      const sealed = sealHeader({ ...block.sealed.header, view: 7 }, crypto);
      return { ...block, sealed, certificate: { ...block.certificate, hash: sealed.hash } };
    });
    expect(await run(bench, open(bench).way)).toBe('other-chain');
  });

  it.each([
    ['no bundles', () => []],
    ['bundles that are none', () => [new Uint8Array(70)]],
  ])('who send %s delay it', async (_, spoil) => {
    const bench = new FastBench();
    bench.lies(0, (block) => ({ ...block, bundles: spoil() }));
    bench.liesWhenPulled(0, () => new Uint8Array(70));
    expect(await run(bench, open(bench, { invited: [0, 1] }).way)).toBe('taken');
  });

  it('who say nothing end it after a minute, and nobody at all never does', async () => {
    const bench = new FastBench();
    bench.saysNothing(0);
    expect(await run(bench, open(bench).way)).toBe('stalled');
    expect(bench.nowMs).toBeGreaterThan(60_000);
    const alone = new FastBench();
    const abort = new AbortController();
    const done = open(alone, { invited: [] }).way.run(abort.signal);
    await Promise.resolve();
    alone.pass(3_600_000);
    abort.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
  });
});
