/** Keys, networks, messages and certificates for tests of the core: real Ed25519, all of it derived from numbers. */
import { crypto_sign_seed_keypair } from 'sodium-native';
import { toText } from '../../../src-main/core/bytes.ts';
import {
  encodeUnsignedBundle,
  PROTOCOL_VERSION,
  sealBundle,
  sealHeader,
  ZERO_HASH,
} from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import type { Skip, Vote } from '../../../src-main/core/messages.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../../../src-main/core/sealed.ts';
import {
  bundleSigningBytes,
  hashSigningBytes,
  joinSigningBytes,
  skipSigningBytes,
  ticketSigningBytes,
} from '../../../src-main/core/signing.ts';
import type { Signer } from '../../../src-main/core/crypto.ts';
import type {
  Certificate,
  Command,
  ConsensusParameters,
  Genesis,
  Hash,
  Header,
  Height,
  Join,
  PeerText,
  PublicKey,
  SignedStatement,
  Transaction,
  View,
  Ticket,
} from '../../../src-main/core/types.ts';
import { createSigner, sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';

export const crypto = sodiumCrypto;

export interface TestKey {
  readonly publicKey: PublicKey;
  readonly text: PeerText;
  readonly signer: Signer;
}

/** The key whose seed is 32 times the byte `index` + 1. */
export function keyOf(index: number): TestKey {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  crypto_sign_seed_keypair(publicKey, secretKey, new Uint8Array(32).fill(index + 1));
  return { publicKey, text: toText(publicKey), signer: createSigner(publicKey, secretKey) };
}

/** 32 equal bytes, where any hash will do. */
export function hashOf(byte: number): Hash {
  return new Uint8Array(32).fill(byte);
}

export const PARAMETERS: ConsensusParameters = {
  laneWindow: 8,
  demotionHeights: 32,
  maxBlockBytes: 1024 * 1024,
  maxBundleBytes: 32 * 1024,
  maxSponsored: 4,
  sponsorIntervalHeights: 16,
};

export interface TestNetwork {
  /** Member ids are the positions. */
  readonly keys: readonly TestKey[];
  readonly genesis: Genesis;
  readonly chainId: Hash;
  readonly committee: Committee;
}

/** A network whose genesis gives these stakes; key i is member i. */
export function networkOf(
  stakes: readonly number[] = [1, 1, 1, 1],
  parameters: Partial<ConsensusParameters> = {},
): TestNetwork {
  const keys = stakes.map((_, index) => keyOf(index));
  const genesis = {
    version: PROTOCOL_VERSION,
    name: 'Test network',
    salt: hashOf(7),
    parameters: { ...PARAMETERS, ...parameters },
    members: stakes.map((stake, index) => ({ publicKey: keys[index]!.publicKey, stake })),
  };
  const members = genesis.members.map((member, id) => ({ id, ...member }));
  return {
    keys,
    genesis,
    chainId: crypto.hash(encodeGenesis(genesis)),
    committee: new Committee(members, crypto),
  };
}

/** The key behind a committee index. */
export function keyAt({ keys, committee }: TestNetwork, index: number): TestKey {
  return keys[committee.members[index]!.id]!;
}

export function dataOf(d: string, ns = 'test:data'): Command {
  return { kind: 'data', ns, d };
}

export function transactionOf(ident: string, ...commands: readonly Command[]): Transaction {
  return { ident, commands: commands.length === 0 ? [dataOf(ident)] : commands };
}

export function bundleOf(
  chainId: Hash,
  key: TestKey,
  seq: number,
  prev: Hash = ZERO_HASH,
  transactions: readonly Transaction[] = [transactionOf(`ident-${seq}`)],
): SealedBundle {
  const unsigned = { origin: key.publicKey, seq, prev, transactions };
  const fields = encodeUnsignedBundle(unsigned);
  return sealBundle(unsigned, fields, key.signer.sign(bundleSigningBytes(chainId, fields)), crypto);
}

/** `length` bundles, each on top of the one before. */
export function laneOf(chainId: Hash, key: TestKey, length: number, name = 'ident'): SealedBundle[] {
  const lane: SealedBundle[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const prev = lane.at(-1)?.digest ?? ZERO_HASH;
    lane.push(bundleOf(chainId, key, seq, prev, [transactionOf(`${name}-${seq}`)]));
  }
  return lane;
}

export function headerOf(network: TestNetwork, changes: Partial<Header> = {}): SealedHeader {
  const { chainId, committee } = network;
  const header = {
    version: PROTOCOL_VERSION,
    chainId,
    height: 2,
    view: 0,
    proposer: 0,
    prev: chainId,
    committeeHash: committee.hash,
    nextCommitteeHash: committee.hash,
    stateHash: ZERO_HASH,
    cut: [],
    ...changes,
  };
  return sealHeader(header, crypto);
}

export function voteOf(
  network: TestNetwork,
  type: 'vote' | 'commit',
  index: number,
  view: View,
  blockHash: Hash,
  height: Height = 2,
): Vote {
  const message = hashSigningBytes(type, network.chainId, height, view, blockHash);
  return { type, height, view, blockHash, index, signature: keyAt(network, index).signer.sign(message) };
}

export function skipOf(
  network: TestNetwork,
  index: number,
  view: View,
  hn: View = -1,
  notarisation: Certificate | null = null,
  height: Height = 2,
): Skip {
  const message = skipSigningBytes(network.chainId, height, view, hn);
  const signature = keyAt(network, index).signer.sign(message);
  return { type: 'skip', height, view, hn, index, signature, notarisation };
}

/** N or C by the given committee indices. */
export function certificateOf(
  network: TestNetwork,
  kind: 'N' | 'C',
  view: View,
  hash: Hash,
  signers: readonly number[] = [0, 1, 2],
  height: Height = 2,
): Certificate {
  const type = kind === 'N' ? 'vote' : 'commit';
  const signatures = signers.map((index) => voteOf(network, type, index, view, hash, height).signature);
  return { kind, height, view, hash, hn: [], signers, signatures };
}

/** S by the given committee indices; one hn for all, or one each. */
export function skipCertificateOf(
  network: TestNetwork,
  view: View,
  hn: View | readonly View[] = -1,
  signers: readonly number[] = [0, 1, 2],
  height: Height = 2,
): Certificate {
  const named = signers.map((_, position) => (typeof hn === 'number' ? hn : hn[position]!));
  const signatures = signers.map(
    (index, position) => skipOf(network, index, view, named[position]!, null, height).signature,
  );
  return { kind: 'S', height, view, hash: ZERO_HASH, hn: named, signers, signatures };
}

/** A signed statement of a key about (height, view): evidence is made of two of them. */
export function statementBy(
  chainId: Hash,
  key: TestKey,
  kind: SignedStatement['kind'],
  height: Height,
  view: View,
  what: Hash | View,
): SignedStatement {
  const signer = key.publicKey;
  if (kind === 'skip') {
    const hn = what as View;
    const signature = key.signer.sign(skipSigningBytes(chainId, height, view, hn));
    return { kind, signer, height, view, hn, signature };
  }
  const hash = what as Hash;
  const signature = key.signer.sign(hashSigningBytes(kind, chainId, height, view, hash));
  return { kind, signer, height, view, hash, signature };
}

export function joinOf(chainId: Hash, key: TestKey, expiryHeight: Height = 1000): Join {
  const signature = key.signer.sign(joinSigningBytes(chainId, key.publicKey, expiryHeight));
  return { publicKey: key.publicKey, expiryHeight, signature };
}

/** Of an invitation that `issuer` gave out. */
export function ticketOf(chainId: Hash, issuer: TestKey, changes: Partial<Ticket> = {}): Ticket {
  const id = new Uint8Array(16).fill(5);
  const unsigned = { id, kind: 'one-time', expiryHeight: 500, issuer: issuer.publicKey, ...changes } as const;
  const signature = issuer.signer.sign(ticketSigningBytes(chainId, unsigned));
  return { ...unsigned, signature, ...changes };
}
