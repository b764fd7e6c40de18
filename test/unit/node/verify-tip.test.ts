import { describe, expect, it } from 'vitest';
import { proofsRecord } from '../../../src-main/core/proofs-record.ts';
import { NodeStartError, verifyTip } from '../../../src-main/node/diva-node.ts';
import type { StoredBlock, StoredTip } from '../../../src-main/node/ports.ts';
import { SimulatedStore } from '../../sim/disk.ts';
import { crypto, hashOf } from '../core/builders.ts';
import { Cluster, newDisk } from '../core/cluster.ts';

/** A chain of three blocks, whose newest block and tip the test may change. */
function chainWith(change: (block: StoredBlock, tip: StoredTip) => [StoredBlock | undefined, StoredTip]) {
  const cluster = Cluster.started();
  cluster.commit(2);
  const { disk } = cluster.node(0);
  const [block, tip] = change(disk.blocks.get(3)!, disk.tip);
  if (block === undefined) disk.blocks.delete(3);
  else disk.blocks.set(3, block);
  disk.tip = tip;
  return { store: new SimulatedStore(disk, () => undefined), chainId: cluster.network.chainId, cluster };
}

const flipped = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

function codeOf(verify: () => void): string | undefined {
  try {
    verify();
  } catch (error) {
    if (!(error instanceof NodeStartError)) throw error;
    return error.code;
  }
  return undefined;
}

describe('the check of the tip at the start', () => {
  it('passes a sound chain, and a new one', () => {
    const { store, chainId, cluster } = chainWith((block, tip) => [block, tip]);
    expect(codeOf(() => verifyTip(chainId, store, crypto))).toBeUndefined();
    const fresh = new SimulatedStore(newDisk(cluster.network), () => undefined);
    expect(codeOf(() => verifyTip(chainId, fresh, crypto))).toBeUndefined();
  });

  it('refuses what was taken the fast way and does not reach the block that was to be reached', () => {
    const { store, chainId, cluster } = chainWith((block, tip) => [block, tip]);
    const { disk } = cluster.node(0);
    const reach = (to: number) =>
      disk.apply([{ type: 'persistNode', record: proofsRecord({ proved: 1, to }) }]);
    reach(3);
    expect(codeOf(() => verifyTip(chainId, store, crypto))).toBeUndefined();
    reach(4);
    expect(codeOf(() => verifyTip(chainId, store, crypto))).toBe('damaged-tip');
  });

  it('refuses the chain of another network', () => {
    const { store } = chainWith((block, tip) => [block, tip]);
    expect(codeOf(() => verifyTip(hashOf(1), store, crypto))).toBe('wrong-chain');
  });

  const damages: readonly (readonly [string, Parameters<typeof chainWith>[0]])[] = [
    ['a missing block', (_, tip) => [undefined, tip]],
    ['a changed header', (b, tip) => [{ ...b, headerBytes: flipped(b.headerBytes, 40) }, tip]],
    ['a cut header', (b, tip) => [{ ...b, headerBytes: b.headerBytes.slice(0, 50) }, tip]],
    ['a changed signature', (b, tip) => [{ ...b, certificateBytes: flipped(b.certificateBytes, 80) }, tip]],
    ['a cut certificate', (b, tip) => [{ ...b, certificateBytes: b.certificateBytes.slice(0, 50) }, tip]],
    ['no certificate', (b, tip) => [{ ...b, certificateBytes: new Uint8Array(0) }, tip]],
    ['another committee', (b, tip) => [{ ...b, committee: b.committee.slice(1) }, tip]],
    ['a state that does not decode', (b, tip) => [b, { ...tip, snapshot: tip.snapshot.slice(0, 30) }]],
    ['the hash of another block', (b, tip) => [b, { ...tip, hash: hashOf(9) }]],
    ['another height', (b, tip) => [b, { ...tip, height: 2 }]],
  ];
  it.each(damages)('refuses %s', (_, change) => {
    const { store, chainId } = chainWith(change);
    expect(codeOf(() => verifyTip(chainId, store, crypto))).toBe('damaged-tip');
  });
});
