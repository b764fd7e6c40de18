/** Old blocks for peers that ask, without those whose proofs have not been checked (prover.ts). */
import type { BlockArchive } from '../core/context.ts';
import type { Crypto } from '../core/crypto.ts';
import { decodeBundle } from '../core/encoding.ts';
import type { Height } from '../core/types.ts';
import type { ChainReader } from './ports.ts';
import type { Prover } from './prover.ts';

export function provedArchive(
  reader: ChainReader,
  prover: Pick<Prover, 'isUnproved'> | null,
  crypto: Crypto,
): BlockArchive {
  if (prover === null) return reader;
  const isUnproved = (height: Height): boolean => prover.isUnproved(height);
  return {
    block: (height) => (isUnproved(height) ? undefined : reader.block(height)),
    bundle: (digest) => {
      const bytes = reader.bundle(digest);
      if (bytes === undefined) return undefined;
      const { origin, seq } = decodeBundle(bytes, crypto).bundle;
      const place = reader.laneBundle(origin, seq);
      return place !== undefined && isUnproved(place.height) ? undefined : bytes;
    },
    heightOfHash: (hash) => reader.heightOfHash(hash),
    committee: (hash) => reader.committee(hash),
    value: (key) => reader.value(key),
    transaction: (origin, ident) => reader.transaction(origin, ident),
  };
}
