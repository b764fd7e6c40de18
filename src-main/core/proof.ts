/**
 * The proof that a file existed unchanged before a given block (DESIGN, Sealing). Anyone checks it offline,
 * trusting no node:
 *
 *   file hash -> command in a bundle -> the lane from there to the tip in the cut -> header -> commit certificate
 *   -> committee -> the certified headers that changed the committee since the genesis -> chain id
 *
 * Each arrow is a hash or more than two thirds of the stake. It says "before block h", never a time of day.
 * The proof is one canonical JSON text: every proof has exactly one spelling, so a changed byte anywhere is
 * noticed.
 */
import { equalBytes, fromText, toText } from './bytes.ts';
import { CertificateVerifier, isCommitted } from './certificates.ts';
import type { Crypto } from './crypto.ts';
import * as encoding from './encoding.ts';
import { decodeGenesis } from './genesis.ts';
import { Committee } from './quorum.ts';
import * as schemas from './schemas.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import { isSignedBundle } from './signing.ts';
import type { Certificate, Genesis, Hash, HashText, Height, Member, PeerText } from './types.ts';

/** The window and the command line refuse larger ones as well. */
export const MAX_PROOF_TEXT_LENGTH = 4 * 1024 * 1024;
/** Changes of the committee that one proof can hold. */
export const MAX_COMMITTEE_LINKS = 512;
const FORMAT = 'diva-proof';
const VERSION = 1;

/** A final header that bound another committee for the height after it: wire bytes. */
export interface CommitteeLink {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  /** C_{height+1} as hashed. */
  readonly members: Uint8Array;
}

/** A proof as it is written down: wire bytes, and what it claims. */
export interface Proof {
  readonly chainId: Hash;
  readonly fileHash: Hash;
  readonly origin: Uint8Array;
  readonly ident: string;
  readonly height: Height;
  readonly blockHash: Hash;
  readonly genesis: Uint8Array;
  /** Ascending by height. */
  readonly committees: readonly CommitteeLink[];
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  /** Bundles of the origin: the one with the command first, the tip in the cut last. */
  readonly lane: readonly Uint8Array[];
}

/** What a proof says; to be believed only when the verdict is valid. */
export interface ProofClaim {
  readonly chainId: HashText;
  readonly networkName: string;
  readonly height: Height;
  readonly blockHash: HashText;
  readonly origin: PeerText;
  readonly ident: string;
  readonly fileHash: HashText;
  readonly note: string;
  /** Of how many members, and with how much of the stake of all. */
  readonly signerCount: number;
  readonly memberCount: number;
  readonly signedStake: number;
  readonly totalStake: number;
}

export type ProofFault =
  /** Not a proof, a newer version, or changed: it has no canonical spelling, or its parts do not decode. */
  | 'malformed'
  /** It belongs to another network than the one asked for, or its header to another than its genesis. */
  | 'wrong-chain'
  /** It is about another file. */
  | 'wrong-file'
  /** The bundle does not hold the command that seals the file, or is not signed by its origin. */
  | 'not-in-bundle'
  /** The bundles do not lead from the command to a tip in the block's cut. */
  | 'broken-lane'
  /** The committee does not follow from the genesis. */
  | 'wrong-committee'
  /** A block is not signed by more than two thirds of its committee's stake. */
  | 'bad-certificate';

export type ProofVerdict =
  | { readonly valid: true; readonly claim: ProofClaim }
  | { readonly valid: false; readonly reason: ProofFault; readonly claim: ProofClaim | null };

/** The name space under which a file's hash is committed. */
export function sealNamespace(fileHash: Hash): string {
  return `diva:seal:${toText(fileHash)}`;
}

/** Members that decide the first heights: ids in the order of the genesis. */
export function genesisCommittee(genesis: Genesis): Member[] {
  return genesis.members.map(({ publicKey, stake }, id) => ({ id, publicKey, stake }));
}

interface Opened {
  readonly proof: Proof;
  readonly genesis: Genesis;
  readonly sealed: SealedHeader;
  readonly certificate: Certificate;
  readonly lane: readonly SealedBundle[];
  readonly links: readonly { sealed: SealedHeader; certificate: Certificate; members: readonly Member[] }[];
}

/**
 * Checks a proof text against a file's SHA-256 and, where given, the network it must belong to. Never throws:
 * whatever the text is, the answer is a verdict.
 */
export function verifyProof(
  text: string,
  fileHash: Hash,
  chainId: Hash | null,
  crypto: Crypto,
): ProofVerdict {
  const opened = open(text, crypto);
  if (opened === undefined) return { valid: false, reason: 'malformed', claim: null };
  const claim = claimOf(opened, crypto);
  const reason =
    checkNetwork(opened, chainId, crypto) ??
    (equalBytes(opened.proof.fileHash, fileHash) ? undefined : 'wrong-file') ??
    checkRecord(opened, crypto) ??
    checkLane(opened, crypto) ??
    checkCommittee(opened, crypto);
  return reason === undefined ? { valid: true, claim } : { valid: false, reason, claim };
}

function open(text: string, crypto: Crypto): Opened | undefined {
  const proof = decodeProof(text);
  if (proof === undefined) return undefined;
  try {
    const sealed = encoding.decodeHeader(proof.header, crypto);
    if (sealed.header.height !== proof.height || !equalBytes(sealed.hash, proof.blockHash)) return undefined;
    return {
      proof,
      genesis: decodeGenesis(proof.genesis),
      sealed,
      certificate: encoding.decodeCertificate(proof.certificate),
      lane: proof.lane.map((bytes) => encoding.decodeBundle(bytes, crypto)),
      links: proof.committees.map((link) => ({
        sealed: encoding.decodeHeader(link.header, crypto),
        certificate: encoding.decodeCertificate(link.certificate),
        members: decodeMembers(link.members),
      })),
    };
  } catch (error) {
    if (error instanceof encoding.DecodeError) return undefined;
    throw error;
  }
}

function decodeMembers(bytes: Uint8Array): readonly Member[] {
  const same = { from: (value: Member[]) => value, to: (value: Member[]) => value };
  return encoding.decodeExact(schemas.members, bytes, schemas.MAX_HEADER_BYTES, 'members', same as never);
}

function claimOf({ proof, genesis, certificate, lane, links }: Opened, crypto: Crypto): ProofClaim {
  const committee = new Committee(links.at(-1)?.members ?? genesisCommittee(genesis), crypto);
  const sealing = sealingCommand(proof, lane[0]);
  return {
    chainId: toText(proof.chainId),
    networkName: genesis.name,
    height: proof.height,
    blockHash: toText(proof.blockHash),
    origin: toText(proof.origin),
    ident: proof.ident,
    fileHash: toText(proof.fileHash),
    note: sealing?.d ?? '',
    signerCount: certificate.signers.length,
    memberCount: committee.size,
    signedStake: committee.stakeOf(certificate.signers),
    totalStake: committee.totalStake,
  };
}

function checkNetwork(
  { proof, sealed, links }: Opened,
  expected: Hash | null,
  crypto: Crypto,
): ProofFault | undefined {
  const { chainId } = proof;
  const isSame = (other: Hash) => equalBytes(other, chainId);
  if (expected !== null && !isSame(expected)) return 'wrong-chain';
  if (!isSame(crypto.hash(proof.genesis)) || !isSame(sealed.header.chainId)) return 'wrong-chain';
  return links.every((link) => isSame(link.sealed.header.chainId)) ? undefined : 'wrong-chain';
}

function sealingCommand(proof: Proof, sealed: SealedBundle | undefined) {
  const transaction = sealed?.bundle.transactions.find(({ ident }) => ident === proof.ident);
  const ns = sealNamespace(proof.fileHash);
  const command = transaction?.commands.find((candidate) => candidate.kind === 'data' && candidate.ns === ns);
  return command?.kind === 'data' ? command : undefined;
}

function checkRecord({ proof, lane }: Opened, crypto: Crypto): ProofFault | undefined {
  const sealed = lane[0];
  if (sealed === undefined || sealingCommand(proof, sealed) === undefined) return 'not-in-bundle';
  if (!equalBytes(sealed.bundle.origin, proof.origin)) return 'not-in-bundle';
  return isSignedBundle(sealed, proof.chainId, crypto) ? undefined : 'not-in-bundle';
}

function checkLane({ proof, lane, sealed, genesis }: Opened, crypto: Crypto): ProofFault | undefined {
  if (lane.length > genesis.parameters.laneWindow) return 'broken-lane';
  const chained = lane.every((page, position) => {
    const before = lane[position - 1];
    if (before === undefined) return true;
    const { bundle } = page;
    const follows = bundle.seq === before.bundle.seq + 1 && equalBytes(bundle.prev, before.digest);
    return (
      follows &&
      equalBytes(bundle.origin, before.bundle.origin) &&
      isSignedBundle(page, proof.chainId, crypto)
    );
  });
  const tip = lane.at(-1);
  if (!chained || tip === undefined) return 'broken-lane';
  const cited = sealed.header.cut.some(
    (entry) => entry.toSeq === tip.bundle.seq && equalBytes(entry.tipDigest, tip.digest),
  );
  return cited ? undefined : 'broken-lane';
}

function checkCommittee(opened: Opened, crypto: Crypto): ProofFault | undefined {
  const { proof, genesis, links, sealed, certificate } = opened;
  const verifier = new CertificateVerifier({ crypto, chainId: proof.chainId });
  let committee = new Committee(genesisCommittee(genesis), crypto);
  let height = 1;
  for (const link of links) {
    const { header } = link.sealed;
    if (header.height <= height || !equalBytes(header.committeeHash, committee.hash))
      return 'wrong-committee';
    if (!isCommitted(committee, link.sealed, link.certificate, verifier)) return 'bad-certificate';
    committee = new Committee(link.members, crypto);
    if (!equalBytes(header.nextCommitteeHash, committee.hash)) return 'wrong-committee';
    height = header.height;
  }
  if (sealed.header.height <= height) return 'wrong-committee';
  if (!equalBytes(sealed.header.committeeHash, committee.hash)) return 'wrong-committee';
  return isCommitted(committee, sealed, certificate, verifier) ? undefined : 'bad-certificate';
}

// ---- the text ----

/** The canonical text of a proof: fields in this order, one per line. */
export function encodeProof(proof: Proof): string {
  const bytes = (value: Uint8Array) => `"${toText(value)}"`;
  const list = (items: readonly string[]) =>
    items.length === 0 ? '[]' : `[\n    ${items.join(',\n    ')}\n  ]`;
  const link = ({ header, certificate, members }: CommitteeLink) =>
    `{ "header": ${bytes(header)}, "certificate": ${bytes(certificate)}, "members": ${bytes(members)} }`;
  const fields = [
    `"format": "${FORMAT}"`,
    `"version": ${VERSION}`,
    `"chainId": ${bytes(proof.chainId)}`,
    `"fileHash": ${bytes(proof.fileHash)}`,
    `"origin": ${bytes(proof.origin)}`,
    `"ident": "${proof.ident}"`,
    `"height": ${proof.height}`,
    `"block": ${bytes(proof.blockHash)}`,
    `"genesis": ${bytes(proof.genesis)}`,
    `"committees": ${list(proof.committees.map(link))}`,
    `"header": ${bytes(proof.header)}`,
    `"certificate": ${bytes(proof.certificate)}`,
    `"lane": ${list(proof.lane.map(bytes))}`,
  ];
  return `{\n  ${fields.join(',\n  ')}\n}\n`;
}

/** The parts of a proof text, unverified; undefined for anything but the canonical text of a proof. */
export function decodeProof(text: string): Proof | undefined {
  if (text.length > MAX_PROOF_TEXT_LENGTH) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['format'] !== FORMAT || value['version'] !== VERSION) return undefined;
  const { ident, height } = value;
  if (typeof ident !== 'string' || !encoding.IDENT_PATTERN.test(ident)) return undefined;
  if (typeof height !== 'number' || !Number.isSafeInteger(height) || height < 2) return undefined;
  const committees = listOf(value['committees'], MAX_COMMITTEE_LINKS, decodeLink);
  const lane = listOf(value['lane'], schemas.MAX_BLOCK_BUNDLES, bytesOf);
  const parts = bytesFields(value, [
    'chainId',
    'fileHash',
    'origin',
    'block',
    'genesis',
    'header',
    'certificate',
  ]);
  if (committees === undefined || lane === undefined || parts === undefined) return undefined;
  const { block, ...rest } = parts;
  if (rest.fileHash.length !== 32) return undefined;
  const proof: Proof = { ...rest, blockHash: block, ident, height, committees, lane };
  return encodeProof(proof) === text ? proof : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromText(value) : undefined;
}

function bytesFields<const Name extends string>(
  value: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Record<Name, Uint8Array> | undefined {
  const fields: Record<string, Uint8Array> = {};
  for (const name of names) {
    const bytes = bytesOf(value[name]);
    if (bytes === undefined) return undefined;
    fields[name] = bytes;
  }
  return fields as Record<Name, Uint8Array>;
}

function listOf<T>(value: unknown, most: number, convert: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const items: T[] = [];
  for (const item of value) {
    const converted = convert(item);
    if (converted === undefined) return undefined;
    items.push(converted);
  }
  return items;
}

function decodeLink(value: unknown): CommitteeLink | undefined {
  return isRecord(value) ? bytesFields(value, ['header', 'certificate', 'members']) : undefined;
}
