/** A tiny hand-made chain with real signatures: what a proof is cut out of. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { compareBytes, concatBytes } from '../../../src-main/core/bytes.ts';
import type { Crypto } from '../../../src-main/core/crypto.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import { encodeProof, genesisCommittee, sealNamespace } from '../../../src-main/core/proof.ts';
import type { CommitteeLink, Proof } from '../../../src-main/core/proof.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../../../src-main/core/sealed.ts';
import { bundleSigningBytes, hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Certificate, Command, CutEntry, Genesis, Member } from '../../../src-main/core/types.ts';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface Key {
  readonly publicKey: Uint8Array;
  readonly secret: KeyObject;
}

export const crypto: Crypto = {
  hash: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  verify: (signature, message, publicKey) => {
    const key = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, message, key, signature);
  },
  isPublicKey: () => true,
};

export function keyOf(index: number): Key {
  const seed = Buffer.alloc(32, index + 1);
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(spki.subarray(-32)), secret };
}

function signed(key: Key, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, key.secret));
}

export const FILE_HASH = crypto.hash(new TextEncoder().encode('a file'));
export const KEYS: readonly Key[] = [0, 1, 2, 3, 4].map(keyOf);

export function makeGenesis(name = 'Test'): Genesis {
  return {
    version: encoding.PROTOCOL_VERSION,
    name,
    salt: new Uint8Array(32).fill(7),
    parameters: {
      laneWindow: 8,
      demotionHeights: 32,
      maxBlockBytes: 1 << 20,
      maxBundleBytes: 1 << 15,
      maxSponsored: 4,
      sponsorIntervalHeights: 1,
    },
    members: KEYS.slice(0, 4).map(({ publicKey }) => ({ publicKey, stake: 1 })),
  };
}

export function makeBundle(
  chainId: Uint8Array,
  key: Key,
  seq: number,
  prev: Uint8Array,
  commands: readonly Command[],
): SealedBundle {
  const unsigned = {
    origin: key.publicKey,
    seq,
    prev,
    transactions: [
      { ident: `before-${seq}`, commands: [{ kind: 'data', ns: 'test:before', d: 'x' } as const] },
      { ident: `ident-${seq}`, commands },
    ],
  };
  const fields = encoding.encodeUnsignedBundle(unsigned);
  return encoding.sealBundle(unsigned, fields, signed(key, bundleSigningBytes(chainId, fields)), crypto);
}

export function makeHeader(
  chainId: Uint8Array,
  height: number,
  cut: readonly CutEntry[],
  committee: Committee,
  next = committee,
): SealedHeader {
  const header = {
    version: encoding.PROTOCOL_VERSION,
    chainId,
    height,
    view: 0,
    proposer: 0,
    prev: new Uint8Array(32).fill(height),
    committeeHash: committee.hash,
    nextCommitteeHash: next.hash,
    stateHash: new Uint8Array(32),
    cut,
  };
  return encoding.sealHeader(header, crypto);
}

/** A commit certificate by the given committee indexes. */
export function makeCertificate(
  sealed: SealedHeader,
  committee: Committee,
  signers: readonly number[],
): Certificate {
  const { chainId, height } = sealed.header;
  const message = hashSigningBytes('commit', chainId, height, 2, sealed.hash);
  const signatures = signers.map((index) => {
    const { publicKey } = committee.members[index]!;
    const key = KEYS.find((candidate) => compareBytes(candidate.publicKey, publicKey) === 0)!;
    return signed(key, message);
  });
  return { kind: 'C', height, view: 2, hash: sealed.hash, hn: [], signers, signatures };
}

export function makeLink(
  sealed: SealedHeader,
  certificate: Certificate,
  members: readonly Member[],
): CommitteeLink {
  return {
    header: sealed.bytes,
    certificate: encoding.encodeCertificate(certificate),
    members: encoding.encodeMembers(members),
  };
}

/**
 * A valid proof: block 9 cuts the lane of key 4 up to page 5, the seal is on page 3, and the committee of the genesis
 * (keys 0-3) was replaced at block 4 by keys 1-4.
 */
export function makeProof(signers: readonly number[] = [0, 2, 3]) {
  const genesis = encodeGenesis(makeGenesis());
  const chainId = crypto.hash(genesis);
  const first = new Committee(genesisCommittee(makeGenesis()), crypto);
  const members = [1, 2, 3, 4].map((id) => ({ id, publicKey: KEYS[id]!.publicKey, stake: 2 }));
  const second = new Committee(members, crypto);
  const change = makeHeader(chainId, 4, [], first, second);
  const link = makeLink(change, makeCertificate(change, first, [0, 1, 2]), members);
  const origin = KEYS[4]!;
  const seal: Command = { kind: 'data', ns: sealNamespace(FILE_HASH), d: 'a note' };
  const page3 = makeBundle(chainId, origin, 3, new Uint8Array(32).fill(9), [seal]);
  const page4 = makeBundle(chainId, origin, 4, page3.digest, [{ kind: 'data', ns: 'test:other', d: '4' }]);
  const page5 = makeBundle(chainId, origin, 5, page4.digest, [{ kind: 'data', ns: 'test:other', d: '5' }]);
  const cut = [
    { origin: 1, toSeq: 3, tipDigest: new Uint8Array(32).fill(1) },
    { origin: 4, toSeq: 5, tipDigest: page5.digest },
  ];
  const block = makeHeader(chainId, 9, cut, second);
  const proof: Proof = {
    chainId,
    fileHash: FILE_HASH,
    origin: origin.publicKey,
    ident: 'ident-3',
    height: 9,
    blockHash: block.hash,
    genesis,
    committees: [link],
    header: block.bytes,
    certificate: encoding.encodeCertificate(makeCertificate(block, second, signers)),
    lane: [page3.bytes, page4.bytes, page5.bytes],
  };
  return { proof, text: encodeProof(proof), chainId, first, second, members, change, link, block, cut };
}

/** The same bytes with one bit of one byte turned. */
export function flipped(bytes: Uint8Array, position: number): Uint8Array {
  const index = position < 0 ? bytes.length + position : position;
  return concatBytes(
    bytes.subarray(0, index),
    new Uint8Array([bytes[index]! ^ 1]),
    bytes.subarray(index + 1),
  );
}
