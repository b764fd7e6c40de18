/** Cuts the proof of a seal out of the stored chain. */
import { equalBytes, fromText, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import { decodeBundle, decodeHeader, encodeMembers } from '../core/encoding.ts';
import {
  encodeProof,
  MAX_COMMITTEE_LINKS,
  MAX_PROOF_TEXT_LENGTH,
  sealNamespace,
  verifyProof,
} from '../core/proof.ts';
import type { CommitteeLink } from '../core/proof.ts';
import type { Hash, HashText, Height, PeerText } from '../core/types.ts';
import type { ChainReader, StoredBlock, StoredValue } from '../node/ports.ts';
import { NetworkError } from './errors.ts';

/** Who sealed a file first counts; a record that was written more often is not followed further back. */
const MOST_REWRITES = 256;

/** The oldest seal of a file by one member that is in a block; undefined while there is none. */
export function findSeal(reader: ChainReader, origin: PeerText, fileHash: Hash): StoredValue | undefined {
  const key = `${sealNamespace(fileHash)}:${origin}`;
  let oldest = reader.value(key);
  for (let step = 0; oldest !== undefined && step < MOST_REWRITES; step++) {
    const before = reader.value(key, oldest.height - 1);
    if (before === undefined) break;
    oldest = before;
  }
  return oldest;
}

/**
 * The text of the proof for a seal that findSeal found. Throws NetworkError `not-found` when the chain does
 * not hold it, `chain-unchecked` when it would prove nothing because the node has not checked what it needs, and
 * `internal` when the committee changed so often that the proof would be larger than anyone
 * accepts.
 */
export function buildProof(reader: ChainReader, seal: StoredValue, fileHash: Hash, crypto: Crypto): string {
  const place = reader.transaction(seal.origin, seal.ident);
  const block = reader.block(seal.height);
  const genesis = reader.genesisBytes();
  if (block === undefined || place?.height !== seal.height) {
    throw new NetworkError('not-found', 'the chain does not hold this seal', { origin: seal.origin });
  }
  const committees = committeeLinks(reader, seal.height, crypto);
  const text = encodeProof({
    chainId: crypto.hash(genesis),
    fileHash,
    origin: fromText(seal.origin)!,
    ident: seal.ident,
    height: seal.height,
    blockHash: block.hash,
    genesis,
    committees,
    header: block.headerBytes,
    certificate: block.certificateBytes,
    lane: laneFrom(block, place.bundleIndex, crypto),
  });
  if (committees.length > MAX_COMMITTEE_LINKS || text.length > MAX_PROOF_TEXT_LENGTH) {
    throw new NetworkError('internal', 'the committee changed too often for one proof');
  }
  if (!verifyProof(text, fileHash, crypto.hash(genesis), crypto).valid)
    throw new NetworkError('chain-unchecked', 'a block that the proof needs is not checked yet');
  return text;
}

/** The bundles of one lane stand together in a block, in the order of their seq. */
function laneFrom(block: StoredBlock, bundleIndex: number, crypto: Crypto): Uint8Array[] {
  const [first, ...rest] = block.bundles.slice(bundleIndex);
  const { origin } = decodeBundle(first!, crypto).bundle;
  const others = rest.findIndex((bytes) => !equalBytes(decodeBundle(bytes, crypto).bundle.origin, origin));
  return [first!, ...(others < 0 ? rest : rest.slice(0, others))];
}

/**
 * What links the committee of a height to the genesis. A certified header proves both its committee and the
 * next one, so it is enough to find, for the committee C at hand, one height with C that is followed by one
 * without: by halving, however often the committee changed in between and back.
 */
function committeeLinks(reader: ChainReader, target: Height, crypto: Crypto): CommitteeLink[] {
  const links: CommitteeLink[] = [];
  const wanted = committeeHashAt(reader, target, crypto);
  let height = 2;
  let current = committeeHashAt(reader, height, crypto);
  while (current !== wanted) {
    let inside = height;
    let outside = target;
    while (outside - inside > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (committeeHashAt(reader, middle, crypto) === current) inside = middle;
      else outside = middle;
    }
    const { headerBytes, certificateBytes } = blockAt(reader, inside);
    const members = encodeMembers(blockAt(reader, outside).committee);
    links.push({ header: headerBytes, certificate: certificateBytes, members });
    height = outside;
    current = committeeHashAt(reader, height, crypto);
  }
  return links;
}

function committeeHashAt(reader: ChainReader, height: Height, crypto: Crypto): HashText {
  return toText(decodeHeader(blockAt(reader, height).headerBytes, crypto).header.committeeHash);
}

function blockAt(reader: ChainReader, height: Height): StoredBlock {
  const block = reader.block(height);
  if (block === undefined) throw new NetworkError('not-found', `block ${height} is not stored`, { height });
  return block;
}
