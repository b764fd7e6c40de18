/** One own lane with everything that it asks of the world, and blocks that cite it. */
import { expect } from 'vitest';
import { ZERO_HASH } from '../../../src-main/core/encoding.ts';
import { LanePool, type LaneOwner } from '../../../src-main/core/lanes.ts';
import { OwnLane } from '../../../src-main/core/own-lane.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import { networkOf, transactionOf } from './builders.ts';
import { Recorder } from './recording-context.ts';

export const network = networkOf();
export const key = network.keys[0]!;

export function laneAt(changes: Partial<LaneOwner> = {}) {
  const recorder = new Recorder(network, key);
  const lanes = new LanePool({ laneWindow: 8 });
  const settle = (owner: Partial<LaneOwner>) =>
    lanes.settle([
      {
        id: 0,
        publicKey: key.publicKey,
        stake: 1,
        raised: true,
        laneSeq: 0,
        laneDigest: ZERO_HASH,
        ...changes,
        ...owner,
      },
    ]);
  settle({});
  const lane = new OwnLane({ context: recorder.context, lanes });
  /** Its owner is removed, and a later block takes it in again. */
  const comeBack = () => {
    lanes.settle([]);
    lane.settle([]);
    settle({ id: 9, stake: 0, raised: false });
    lane.settle([]);
  };
  /** The next block commits this lane up to here. */
  const commit = (sealed: SealedBundle) => {
    const { seq } = sealed.bundle;
    settle({ laneSeq: seq, laneDigest: sealed.digest });
    lane.settle([...lane.outstanding.filter(({ bundle }) => bundle.seq < seq), sealed]);
  };
  /** A block cites what this key signed elsewhere. */
  const commitOther = (cited: readonly SealedBundle[]) => {
    const tip = cited.at(-1)!;
    settle({ laneSeq: tip.bundle.seq, laneDigest: tip.digest });
    lane.settle(cited);
  };
  const submitAll = (count: number, name = 'tx') => {
    for (let i = 0; i < count; i++) expect(lane.submit(transactionOf(`${name}-${i}`))).toBeNull();
  };
  return { recorder, lanes, lane, comeBack, commit, commitOther, submitAll };
}

export const identsOf = (bundles: readonly SealedBundle[]) =>
  bundles.map(({ bundle }) => bundle.transactions.map(({ ident }) => ident));
