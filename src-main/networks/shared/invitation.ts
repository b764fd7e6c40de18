/**
 * An invitation (DESIGN, Invitations): which network, whom to ask, a recent block, and perhaps a ticket. As a link,
 * which is also the content of a file and of a QR picture: `diva://join/1/` and base64url of a canonical SSZ container
 * with the first bytes of its hash behind it. Pure: nothing here asks anybody.
 */
import { ByteListType, ContainerType, ListCompositeType } from '@chainsafe/ssz';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { concatBytes, equalBytes, fromText, fromUtf8, toText, utf8 } from '../../core/bytes.ts';
import type { Crypto } from '../../core/crypto.ts';
import { DecodeError, decodeExact } from '../../core/encoding.ts';
import * as schemas from '../../core/schemas.ts';
import { verifyTicket } from '../../core/signing.ts';
import { ticketFromValue, ticketToValue } from '../../core/admission-encoding.ts';
import type { TicketValue } from '../../core/admission-encoding.ts';
import type { Hash, HashText, Height, PublicKey, Ticket } from '../../core/types.ts';
import { NetworkError } from '../errors.ts';

export const INVITATION_VERSION = 1;
export const INVITATION_FILE_EXTENSION = '.diva-invitation';
/** Of a link, and of a file with one: what is longer is not looked at. */
export const MAX_INVITATION_CHARACTERS = 4096;
export const MAX_INVITED_PEERS = 3;
export const MAX_INVITED_HINTS = 4;
const MAX_HINT_BYTES = 64;
const MAX_BODY_BYTES = 2048;
const CHECKSUM_BYTES = 4;
const WORD_COUNT = 6;
const WORD_BITS = 11;
const TRANSPORTS = ['udp', 'i2p'] as const;

export interface InvitedPeer {
  readonly publicKey: PublicKey;
  /** Best first: `host:port`, `[v6]:port`. */
  readonly addressHints: readonly string[];
}

export interface Invitation {
  readonly chainId: Hash;
  readonly networkName: string;
  readonly transport: (typeof TRANSPORTS)[number];
  /** Whom to ask, best first; one at least. */
  readonly peers: readonly InvitedPeer[];
  /** A block that the network has: who was a member long ago could forge another past. */
  readonly checkpoint: { readonly height: Height; readonly hash: Hash };
  readonly ticket: Ticket | null;
}

const schema = new ContainerType({
  chainId: schemas.bytes32,
  networkName: new ByteListType(128),
  transport: schemas.u8,
  peers: new ListCompositeType(
    new ContainerType({
      publicKey: schemas.bytes32,
      addressHints: new ListCompositeType(new ByteListType(MAX_HINT_BYTES), MAX_INVITED_HINTS),
    }),
    MAX_INVITED_PEERS,
  ),
  checkpoint: new ContainerType({ height: schemas.u32, hash: schemas.bytes32 }),
  tickets: new ListCompositeType(schemas.ticket, 1),
});
type Value = ReturnType<typeof schema.deserialize>;

const CONVERSION = {
  from: (value: Value): Invitation => {
    const { chainId, checkpoint } = value;
    const transport = TRANSPORTS[value.transport];
    if (transport === undefined) throw new DecodeError('unknown-type', 'transport');
    const peers = value.peers.map(({ publicKey, addressHints }) => {
      return { publicKey, addressHints: addressHints.map((hint) => line(hint, 'address')) };
    });
    const isHeight = checkpoint.height >= 1;
    if (peers.length === 0 || !isHeight) throw new DecodeError('out-of-range', 'invitation');
    const [first] = value.tickets as readonly TicketValue[];
    const ticket = first === undefined ? null : ticketFromValue(first);
    const networkName = line(value.networkName, 'name');
    return { chainId, networkName, transport, peers, checkpoint, ticket };
  },
  to: (invitation: Invitation): Value => {
    const { chainId, networkName, transport, peers, checkpoint, ticket } = invitation;
    return {
      chainId,
      networkName: utf8(networkName),
      transport: TRANSPORTS.indexOf(transport),
      peers: peers.map(({ publicKey, addressHints }) => {
        return { publicKey, addressHints: addressHints.map(utf8) };
      }),
      checkpoint,
      tickets: ticket === null ? [] : [ticketToValue(ticket)],
    };
  },
};

/** Text that is shown: one line, at least one character. */
function line(bytes: Uint8Array, what: string): string {
  const decoded = fromUtf8(bytes);
  if (decoded === undefined || !/^[^\u0000-\u001f\u007f]{1,64}$/u.test(decoded))
    throw new DecodeError('malformed', what);
  return decoded;
}

export function encodeInvitation(invitation: Invitation, crypto: Crypto): string {
  const body = schema.serialize(CONVERSION.to(invitation));
  return `diva://join/${INVITATION_VERSION}/${toText(concatBytes(body, checksumOf(body, crypto)))}`;
}

/**
 * A link, also with the line breaks that a mail put into it.
 * @throws NetworkError `invitation-malformed` (also cut off), `invitation-version`, `invitation-forged` (its ticket is
 * not its issuer's)
 */
export function decodeInvitation(text: string, crypto: Crypto): Invitation {
  if (text.length > MAX_INVITATION_CHARACTERS) throw malformed();
  const [, version, encoded] =
    /^diva:\/\/join\/(\d{1,9})\/([A-Za-z0-9_-]*)$/.exec(text.replaceAll(/\s+/g, '')) ?? [];
  if (version === undefined || encoded === undefined) throw malformed();
  if (Number(version) !== INVITATION_VERSION) {
    const message = 'the invitation was made by another version of DIVA Node';
    throw new NetworkError('invitation-version', message, {
      found: Number(version),
      supported: INVITATION_VERSION,
    });
  }
  const bytes = fromText(encoded);
  if (bytes === undefined || bytes.length <= CHECKSUM_BYTES) throw malformed();
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!equalBytes(bytes.subarray(-CHECKSUM_BYTES), checksumOf(body, crypto))) throw malformed();
  const invitation = decodeBody(body);
  const { chainId, ticket, peers } = invitation;
  const areKeys = peers.every(({ publicKey }) => crypto.isPublicKey(publicKey));
  if (!areKeys || (ticket !== null && !verifyTicket(crypto, chainId, ticket)))
    throw new NetworkError('invitation-forged', 'the invitation was changed after it was given out');
  return invitation;
}

/** The same content for the eye and the voice: six words that two people compare. */
export function wordsOf(chainId: Hash, crypto: Crypto): readonly string[] {
  const digest = crypto.hash(concatBytes(utf8('DIVA:WRD'), chainId));
  let bits = 0n;
  for (const byte of digest.subarray(0, Math.ceil((WORD_COUNT * WORD_BITS) / 8)))
    bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: WORD_COUNT }, (_, index) => {
    return wordlist[Number((bits >> BigInt(index * WORD_BITS)) & BigInt(2 ** WORD_BITS - 1))]!;
  });
}

export function networkIdOf({ chainId }: Invitation): HashText {
  return toText(chainId);
}

function decodeBody(body: Uint8Array): Invitation {
  try {
    return decodeExact(schema, body, MAX_BODY_BYTES, 'invitation', CONVERSION);
  } catch (error) {
    if (error instanceof DecodeError) throw malformed();
    throw error;
  }
}

function checksumOf(body: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.hash(body).subarray(0, CHECKSUM_BYTES);
}

function malformed(): NetworkError {
  return new NetworkError('invitation-malformed', 'this is no invitation, or a part of it is missing');
}
