/**
 * Canonical encoding: values to bytes and back, bounded, one byte string per value. Decoding checks the size first,
 * rejects whatever would encode differently, and throws DecodeError and nothing else.
 */
import type { Type } from '@chainsafe/ssz';
import { concatBytes, equalBytes, fromUtf8, utf8 } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import * as schemas from './schemas.ts';
import type { SealedBundle, SealedHeader } from './sealed.ts';
import { isEncoding, serialise } from './serialising.ts';
import type {
  Bundle,
  Certificate,
  CertificateKind,
  Command,
  Hash,
  Header,
  Member,
  SignedStatement,
  Transaction,
} from './types.ts';

export const PROTOCOL_VERSION = 1;
export const ZERO_HASH: Hash = new Uint8Array(32);
/** Stakes are below 2^50, so that three times their sum is exact (PROTOCOL section 2). */
export const MAX_STAKE = 2 ** 50 - 1;
export const IDENT_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;

export type DecodeErrorCode = 'too-large' | 'malformed' | 'non-canonical' | 'unknown-type' | 'out-of-range';

/** Bytes that are not the encoding of a value. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;
  constructor(code: DecodeErrorCode, what: string) {
    super(`${what}: ${code}`);
    this.name = 'DecodeError';
    this.code = code;
  }
}

/** SSZ with its untyped errors turned into DecodeError, and a second encoding compared with the first. */
export function decodeExact<V, T>(
  type: Type<V>,
  bytes: Uint8Array,
  maxBytes: number,
  what: string,
  convert: { from: (value: V) => T; to: (value: T) => V },
): T {
  if (bytes.length > maxBytes) throw new DecodeError('too-large', what);
  let value: V;
  try {
    value = type.deserialize(bytes);
  } catch {
    throw new DecodeError('malformed', what);
  }
  const converted = convert.from(value);
  if (!isEncoding(type, convert.to(converted), bytes)) throw new DecodeError('non-canonical', what);
  return converted;
}

/** @throws DecodeError `malformed` unless the bytes are UTF-8 */
export function text(bytes: Uint8Array, what: string): string {
  const decoded = fromUtf8(bytes);
  if (decoded === undefined) throw new DecodeError('malformed', what);
  return decoded;
}

function stakeInRange(stake: number, what: string): number {
  if (stake > MAX_STAKE) throw new DecodeError('out-of-range', what);
  return stake;
}

// ---- statements and commands ----

const STATEMENT_KINDS = ['propose', 'vote', 'commit', 'skip'] as const;
type StatementValue = {
  kind: number;
  signer: Uint8Array;
  height: number;
  view: number;
  hash: Uint8Array;
  hn: number;
  signature: Uint8Array;
};

function statementToValue(statement: SignedStatement): StatementValue {
  const { signer, height, view, signature } = statement;
  const kind = STATEMENT_KINDS.indexOf(statement.kind);
  return statement.kind === 'skip'
    ? { kind, signer, height, view, hash: ZERO_HASH, hn: statement.hn + 1, signature }
    : { kind, signer, height, view, hash: statement.hash, hn: 0, signature };
}

function statementFromValue(value: StatementValue): SignedStatement {
  const kind = STATEMENT_KINDS[value.kind];
  const { signer, height, view, signature } = value;
  if (kind === undefined) throw new DecodeError('unknown-type', 'statement');
  if (kind === 'skip') return { kind, signer, height, view, hn: value.hn - 1, signature };
  return { kind, signer, height, view, hash: value.hash, signature };
}

type CommandValue = { selector: number; value: unknown };

function commandToValue(command: Command): CommandValue {
  switch (command.kind) {
    case 'data':
      return { selector: 0, value: { ns: utf8(command.ns), d: utf8(command.d) } };
    case 'decision':
      return { selector: 1, value: { ns: utf8(command.ns), h: command.h, d: utf8(command.d) } };
    case 'addPeer':
      return { selector: 2, value: command.join };
    case 'removePeer':
      return { selector: 3, value: { publicKey: command.publicKey } };
    case 'modifyStake': {
      const { publicKey, ident, delta } = command;
      const negative = delta < 0 ? 1 : 0;
      return { selector: 4, value: { publicKey, ident: utf8(ident), negative, amount: Math.abs(delta) } };
    }
    case 'ready':
      return { selector: 5, value: { height: command.height, blockHash: command.blockHash } };
    case 'evidence':
      return {
        selector: 6,
        value: { first: statementToValue(command.first), second: statementToValue(command.second) },
      };
  }
}

function commandFromValue({ selector, value }: CommandValue): Command {
  const v = value as Record<string, never>;
  switch (selector) {
    case 0:
      return { kind: 'data', ns: text(v['ns']!, 'ns'), d: text(v['d']!, 'd') };
    case 1:
      return { kind: 'decision', ns: text(v['ns']!, 'ns'), h: v['h']!, d: text(v['d']!, 'd') };
    case 2:
      return {
        kind: 'addPeer',
        join: { publicKey: v['publicKey']!, expiryHeight: v['expiryHeight']!, signature: v['signature']! },
      };
    case 3:
      return { kind: 'removePeer', publicKey: v['publicKey']! };
    case 4: {
      const amount = stakeInRange(v['amount']!, 'delta');
      const delta = v['negative'] === 1 ? -amount : amount;
      return { kind: 'modifyStake', publicKey: v['publicKey']!, ident: text(v['ident']!, 'ident'), delta };
    }
    case 5:
      return { kind: 'ready', height: v['height']!, blockHash: v['blockHash']! };
    case 6:
      return {
        kind: 'evidence',
        first: statementFromValue(v['first']!),
        second: statementFromValue(v['second']!),
      };
    default:
      throw new DecodeError('unknown-type', 'command');
  }
}

// ---- transactions and bundles ----

type TransactionValue = { ident: Uint8Array; commands: CommandValue[] };

function transactionToValue(transaction: Transaction): TransactionValue {
  return { ident: utf8(transaction.ident), commands: transaction.commands.map(commandToValue) };
}

function transactionFromValue(value: TransactionValue): Transaction {
  const ident = text(value.ident, 'ident');
  if (!IDENT_PATTERN.test(ident)) throw new DecodeError('out-of-range', 'ident');
  if (value.commands.length === 0) throw new DecodeError('out-of-range', 'commands');
  return { ident, commands: value.commands.map(commandFromValue) };
}

const TRANSACTION = { from: transactionFromValue, to: transactionToValue };

export function encodeTransaction(transaction: Transaction): Uint8Array {
  return serialise(schemas.transaction, transactionToValue(transaction) as never);
}

/** @throws DecodeError */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  return decodeExact(
    schemas.transaction,
    bytes,
    schemas.MAX_BUNDLE_BYTES,
    'transaction',
    TRANSACTION as never,
  );
}

/**
 * The encoding of a transaction that comes from outside; undefined when it has none that gives the same back (out
 * of bounds, a fraction, an unpaired surrogate): nobody could follow a lane behind it, or others would execute
 * something else.
 */
export function tryEncodeTransaction(transaction: Transaction): Uint8Array | undefined {
  try {
    const bytes = encodeTransaction(transaction);
    const decoded = decodeExact(
      schemas.transaction,
      bytes,
      bytes.length,
      'transaction',
      TRANSACTION as never,
    );
    return isSame(transaction, decoded) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `given` has everything that `decoded` has. */
function isSame(given: unknown, decoded: unknown): boolean {
  if (decoded instanceof Uint8Array) return given instanceof Uint8Array && equalBytes(given, decoded);
  if (typeof decoded !== 'object' || decoded === null) return given === decoded;
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(decoded).every(([key, value]) =>
    isSame((given as Record<string, unknown>)[key], value),
  );
}

type UnsignedBundle = Omit<Bundle, 'signature'>;
const UNSIGNED_BUNDLE = {
  from: (value: UnsignedBundle & { transactions: TransactionValue[] }): UnsignedBundle => {
    if (value.seq === 0) throw new DecodeError('out-of-range', 'seq');
    if (value.transactions.length === 0) throw new DecodeError('out-of-range', 'transactions');
    return { ...value, transactions: value.transactions.map(transactionFromValue) };
  },
  to: (bundle: UnsignedBundle) => ({ ...bundle, transactions: bundle.transactions.map(transactionToValue) }),
};

/** The signed fields of a bundle: what its digest hashes and its signature covers. */
export function encodeUnsignedBundle(bundle: UnsignedBundle): Uint8Array {
  return serialise(schemas.bundleFields, UNSIGNED_BUNDLE.to(bundle) as never);
}

export function sealBundle(
  unsigned: UnsignedBundle,
  fields: Uint8Array,
  signature: Uint8Array,
  crypto: Crypto,
): SealedBundle {
  return {
    bundle: { ...unsigned, signature },
    bytes: concatBytes(signature, fields),
    digest: crypto.hash(fields),
  };
}

/** Wire bytes of a bundle: 64 bytes signature, then the signed fields. Not verified. @throws DecodeError */
export function decodeBundle(bytes: Uint8Array, crypto: Crypto): SealedBundle {
  if (bytes.length > schemas.MAX_BUNDLE_BYTES) throw new DecodeError('too-large', 'bundle');
  if (bytes.length < 64) throw new DecodeError('malformed', 'bundle');
  const fields = bytes.subarray(64);
  const unsigned = decodeExact(
    schemas.bundleFields,
    fields,
    schemas.MAX_BUNDLE_BYTES,
    'bundle',
    UNSIGNED_BUNDLE as never,
  ) as UnsignedBundle;
  const own = bytes.slice();
  return { bundle: { ...unsigned, signature: own.subarray(0, 64) }, bytes: own, digest: crypto.hash(fields) };
}

/** The same, undefined where these are no bundle's bytes. */
export function tryDecodeBundle(bytes: Uint8Array, crypto: Crypto): SealedBundle | undefined {
  try {
    return decodeBundle(bytes, crypto);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

// ---- headers, certificates, committees ----

export function sealHeader(header: Header, crypto: Crypto): SealedHeader {
  const bytes = serialise(schemas.header, header as never);
  return { header, bytes, hash: crypto.hash(bytes) };
}

/** @throws DecodeError */
export function decodeHeader(bytes: Uint8Array, crypto: Crypto): SealedHeader {
  const same = { from: (value: Header) => value, to: (value: Header) => value };
  const header = decodeExact(
    schemas.header,
    bytes,
    schemas.MAX_HEADER_BYTES,
    'header',
    same as never,
  ) as Header;
  return { header, bytes: bytes.slice(), hash: crypto.hash(bytes) };
}

const CERTIFICATE_KINDS: readonly CertificateKind[] = ['N', 'C', 'S'];

export function bitmapOf(indices: Iterable<number>): Uint8Array {
  const bitmap = new Uint8Array(schemas.BITMAP_BYTES);
  for (const index of indices) bitmap[index >>> 3]! |= 1 << (index & 7);
  return bitmap;
}

export function hasBit(bitmap: Uint8Array, index: number): boolean {
  return ((bitmap[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

function indicesOf(bitmap: Uint8Array): number[] {
  const indices: number[] = [];
  for (let index = 0; index < bitmap.length * 8; index++) if (hasBit(bitmap, index)) indices.push(index);
  return indices;
}

type CertificateValue = {
  kind: number;
  height: number;
  view: number;
  hash: Uint8Array;
  bitmap: Uint8Array;
  hn: number[];
  signatures: Uint8Array[];
};

const CERTIFICATE = {
  from: (value: CertificateValue): Certificate => {
    const kind = CERTIFICATE_KINDS[value.kind];
    if (kind === undefined) throw new DecodeError('unknown-type', 'certificate');
    const signers = indicesOf(value.bitmap);
    const named = kind === 'S' ? signers.length : 0;
    if (value.signatures.length !== signers.length || value.hn.length !== named) {
      throw new DecodeError('out-of-range', 'certificate');
    }
    const { height, view, hash, signatures } = value;
    return { kind, height, view, hash, hn: value.hn.map((named) => named - 1), signers, signatures };
  },
  to: (certificate: Certificate): CertificateValue => ({
    kind: CERTIFICATE_KINDS.indexOf(certificate.kind),
    height: certificate.height,
    view: certificate.view,
    hash: certificate.kind === 'S' ? ZERO_HASH : certificate.hash,
    bitmap: bitmapOf(certificate.signers),
    hn: certificate.hn.map((view) => view + 1),
    signatures: [...certificate.signatures],
  }),
};

/** What certificates were decoded from: they are named by it, stored and sent on. */
const certificateBytes = new WeakMap<Certificate, Uint8Array>();

/** The bytes belong to the certificate: they are not to be changed. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const known = certificateBytes.get(certificate);
  return known ?? serialise(schemas.certificate, CERTIFICATE.to(certificate) as never);
}

/** Form only: signatures and quorum are checked on use. @throws DecodeError */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  const certificate = decodeExact(
    schemas.certificate,
    bytes,
    schemas.MAX_CERTIFICATE_BYTES,
    'certificate',
    CERTIFICATE as never,
  ) as Certificate;
  certificateBytes.set(certificate, bytes.slice());
  return certificate;
}

/** The committee as hashed: exactly the list of (id, key, stake), in the order of ids. */
export function encodeMembers(members: readonly Member[]): Uint8Array {
  return serialise(schemas.members, members as never);
}
