/** Why a key is no member any more, from the chain: it left, or members with so much of the stake voted for that. */
import { fromText, toText } from '../../core/bytes.ts';
import { decodeBundle } from '../../core/encoding.ts';
import type { Crypto } from '../../core/crypto.ts';
import type { Height, PeerText } from '../../core/types.ts';
import { laneKey } from '../../ledger/departed-lanes.ts';
import type { ChainReader } from '../../node/ports.ts';

export interface Removal {
  /** The block after which it was no member any more. */
  readonly height: Height;
  readonly by: 'itself' | 'vote';
  /** Of those who voted for it, as it was when the last of them did; null where it left by itself. */
  readonly votedStake: number | null;
  readonly totalStake: number | null;
}

/** Votes expire after so many blocks (PROTOCOL section 4.8); the stake then leaves within a few. */
const MOST_BLOCKS = 1024 + 64;

/** What was found last: it does not change any more, and whoever watches a node asks several times a second. */
const found = new WeakMap<ChainReader, { readonly publicKey: PeerText; readonly removal: Removal }>();

/** Undefined while it is a member, and for a key that never was one. */
export function removalOf(reader: ChainReader, publicKey: PeerText, crypto: Crypto): Removal | undefined {
  const key = fromText(publicKey);
  const left = key === undefined ? undefined : reader.value(laneKey(key));
  if (left === undefined) return undefined;
  const before = found.get(reader);
  if (before?.publicKey === publicKey && before.removal.height === left.height) return before.removal;
  const removal = readRemoval(reader, publicKey, left.height, crypto);
  found.set(reader, { publicKey, removal });
  return removal;
}

function readRemoval(reader: ChainReader, publicKey: PeerText, leftAt: Height, crypto: Crypto): Removal {
  const voters = new Set<PeerText>();
  let committee: ReadonlyMap<PeerText, number> = new Map();
  for (let height = leftAt; height > Math.max(1, leftAt - MOST_BLOCKS); height--) {
    const block = reader.block(height);
    if (block === undefined) break;
    for (const bytes of block.bundles) {
      const { origin, transactions } = decodeBundle(bytes, crypto).bundle;
      const names = transactions.some(({ commands }) =>
        commands.some((one) => one.kind === 'removePeer' && toText(one.publicKey) === publicKey),
      );
      if (!names) continue;
      const voter = toText(origin);
      if (voter === publicKey) return { height: leftAt, by: 'itself', votedStake: null, totalStake: null };
      if (voters.size === 0)
        committee = new Map(block.committee.map((member) => [toText(member.publicKey), member.stake]));
      voters.add(voter);
    }
  }
  const stakes = [...committee.values()];
  const votedStake = [...voters].reduce((sum, voter) => sum + (committee.get(voter) ?? 0), 0);
  return {
    height: leftAt,
    by: 'vote',
    votedStake,
    totalStake: stakes.reduce((sum, stake) => sum + stake, 0),
  };
}
