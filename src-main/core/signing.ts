/**
 * The bytes under every signature: `tag (8 bytes) || chainId || fields` (PROTOCOL section 2). A tag belongs to one
 * kind of message, so that no signature can be taken for another. New signed field: add it here.
 */
import { concatBytes, utf8 } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import type { Hash, Height, Join, PublicKey, SignedStatement, Ticket, View } from './types.ts';
import type { AddressRecord } from './messages.ts';
import type { SealedBundle } from './sealed.ts';

const TAGS = {
  bundle: utf8('DIVA:BND'),
  propose: utf8('DIVA:PRO'),
  vote: utf8('DIVA:VOT'),
  commit: utf8('DIVA:COM'),
  skip: utf8('DIVA:SKP'),
  join: utf8('DIVA:JOI'),
  address: utf8('DIVA:ADR'),
  instance: utf8('DIVA:INS'),
  ticket: utf8('DIVA:TIC'),
} as const;

/** The position is the byte that is signed and sent: new kinds are only ever appended. */
export const TICKET_KINDS = ['one-time', 'reusable'] as const satisfies readonly Ticket['kind'][];

/** uint32, little endian as in SSZ. */
function u32(value: number): Uint8Array {
  return new Uint8Array([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]);
}

export function bundleSigningBytes(chainId: Hash, unsignedFields: Uint8Array): Uint8Array {
  return concatBytes(TAGS.bundle, chainId, unsignedFields);
}

/** Whether a bundle is its origin's: its digest does not cover the signature. */
export function isSignedBundle({ bundle, bytes }: SealedBundle, chainId: Hash, crypto: Crypto): boolean {
  const fields = bytes.subarray(bundle.signature.length);
  return crypto.verify(bundle.signature, bundleSigningBytes(chainId, fields), bundle.origin);
}

export function hashSigningBytes(
  kind: 'propose' | 'vote' | 'commit',
  chainId: Hash,
  height: Height,
  view: View,
  hash: Hash,
): Uint8Array {
  return concatBytes(TAGS[kind], chainId, u32(height), u32(view), hash);
}

export function skipSigningBytes(chainId: Hash, height: Height, view: View, hn: View): Uint8Array {
  return concatBytes(TAGS.skip, chainId, u32(height), u32(view), u32(hn + 1));
}

export function joinSigningBytes(chainId: Hash, publicKey: PublicKey, expiryHeight: Height): Uint8Array {
  return concatBytes(TAGS.join, chainId, publicKey, u32(expiryHeight));
}

export function addressSigningBytes(chainId: Hash, record: Omit<AddressRecord, 'signature'>): Uint8Array {
  const hints = record.addressHints.map((hint) => utf8(hint)).flatMap((hint) => [u32(hint.length), hint]);
  return concatBytes(TAGS.address, chainId, record.publicKey, u32(record.sequence), ...hints);
}

export function instanceSigningBytes(chainId: Hash, nonce: Uint8Array): Uint8Array {
  return concatBytes(TAGS.instance, chainId, nonce);
}

export function ticketSigningBytes(chainId: Hash, ticket: Omit<Ticket, 'signature'>): Uint8Array {
  const { id, kind, expiryHeight, issuer } = ticket;
  const kindByte = new Uint8Array([TICKET_KINDS.indexOf(kind)]);
  return concatBytes(TAGS.ticket, chainId, id, kindByte, u32(expiryHeight), issuer);
}

export function verifyTicket(crypto: Crypto, chainId: Hash, ticket: Ticket): boolean {
  return crypto.verify(ticket.signature, ticketSigningBytes(chainId, ticket), ticket.issuer);
}

function statementSigningBytes(chainId: Hash, statement: SignedStatement): Uint8Array {
  const { kind, height, view } = statement;
  return kind === 'skip'
    ? skipSigningBytes(chainId, height, view, statement.hn)
    : hashSigningBytes(kind, chainId, height, view, statement.hash);
}

export function verifyStatement(crypto: Crypto, chainId: Hash, statement: SignedStatement): boolean {
  return crypto.verify(statement.signature, statementSigningBytes(chainId, statement), statement.signer);
}

/**
 * Signatures under a key with a small-order part are valid here and not elsewhere (RFC 8032, section 5.1.7, leaves it
 * open), and no session can be had with its owner: it must not become a member.
 */
export function verifyJoin(crypto: Crypto, chainId: Hash, join: Join): boolean {
  const message = joinSigningBytes(chainId, join.publicKey, join.expiryHeight);
  return crypto.isPublicKey(join.publicKey) && crypto.verify(join.signature, message, join.publicKey);
}
