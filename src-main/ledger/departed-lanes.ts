/**
 * Where the lanes of keys that left stopped: a returning key goes on there, so that nothing is executed twice. They are
 * values of the state, one per key, and not part of the snapshot that is stored with each block: keys come and go for
 * as long as the network lives.
 */
import { fromText, toText } from '../core/bytes.ts';
import { ZERO_HASH } from '../core/encoding.ts';
import type { Hash, PublicKey } from '../core/types.ts';

export const LANE_PREFIX = 'lane:';

export interface LaneTip {
  readonly laneSeq: number;
  readonly laneDigest: Hash;
}

export function laneKey(publicKey: PublicKey): string {
  return LANE_PREFIX + toText(publicKey);
}

/** `seq:digest`, also of a lane that was never used: the value says that its key was a member and is none any more. */
export function laneValue({ laneSeq, laneDigest }: LaneTip): string {
  return `${laneSeq}:${toText(laneDigest)}`;
}

/** The tip that laneValue wrote; the beginning of a lane where nothing was written. */
export function laneTipOf(value: string | undefined): LaneTip {
  if (value === undefined) return { laneSeq: 0, laneDigest: ZERO_HASH };
  const [seq, digest] = value.split(':');
  return { laneSeq: Number(seq), laneDigest: fromText(digest!)! };
}
