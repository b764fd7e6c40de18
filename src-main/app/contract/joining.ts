/** Networks over several machines: founding one, inviting others, and what an invitation says. */
import { Type, type Static } from 'typebox';
import { NewPassphrase } from './identity.ts';
import {
  Count,
  DisplayName,
  Height,
  LocalTimeMs,
  NetworkId,
  Nullable,
  Record,
  Text32,
  Word,
} from './primitives.ts';

/** automatic: whoever asks; ask: whom the owner lets in, and whoever shows a valid ticket. */
export const Admission = Word('automatic', 'ask');
export type Admission = Static<typeof Admission>;

export const CreateSharedNetworkRequest = Record({
  displayName: DisplayName,
  networkName: DisplayName,
  /** Timers and datagrams for this kind of network. */
  profile: Word('lan'),
  admission: Admission,
  /** Whether the members give newcomers their stake by themselves. */
  raises: Type.Boolean(),
  passphrase: Nullable(NewPassphrase),
});
export type CreateSharedNetworkRequest = Static<typeof CreateSharedNetworkRequest>;

/** A link; also the content of a `.diva-invitation` file, or what a QR picture says. */
export const InvitationText = Type.String({ minLength: 1, maxLength: 4096 });
/** Six words of the network, for comparing by eye or voice: the same on all machines, in every language. */
export const SixWords = Type.Array(Type.String({ pattern: '^[a-z]{3,8}$' }), { minItems: 6, maxItems: 6 });
const AddressHints = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 4 });
const InvitationId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', minLength: 22, maxLength: 22 });
export const TicketKind = Word('one-time', 'reusable');

export const ReadInvitationRequest = Record({ invitation: InvitationText });
/** What an invitation says, read without asking anybody: for the page that is shown before anything is sent. */
export const InvitationView = Record({
  networkId: NetworkId,
  networkName: DisplayName,
  words: SixWords,
  transport: Word('udp', 'i2p'),
  /** Who would be asked, best first. The first one made the invitation, where it has a ticket. */
  peers: Type.Array(Record({ publicKey: Text32, addressHints: AddressHints }), { minItems: 1, maxItems: 3 }),
  checkpointHeight: Height,
  /** Null: whoever is asked decides. */
  ticket: Nullable(Record({ kind: TicketKind, expiryHeight: Height })),
  /** Whether this network is on this machine already. */
  isKnown: Type.Boolean(),
});
export type InvitationView = Static<typeof InvitationView>;

export const CreateInvitationRequest = Record({
  ticket: Word('none', 'one-time', 'reusable'),
  /** The ticket is valid for so many blocks. */
  lifetimeBlocks: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  /** For the own list: whom it is for. */
  note: Type.String({ maxLength: 64, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
});
export const GivenInvitation = Record({
  /** Of its ticket; null without one. */
  id: Nullable(InvitationId),
  /** Also the content of the file. */
  link: InvitationText,
  suggestedFileName: Type.String({ maxLength: 128 }),
  words: SixWords,
  expiryHeight: Nullable(Height),
  /** Where this node can be reached: only on this machine unless its owner agreed to more. */
  addressHints: AddressHints,
});
export type GivenInvitation = Static<typeof GivenInvitation>;

/** An invitation with a ticket that was given out here. */
export const IssuedInvitation = Record({
  id: InvitationId,
  kind: TicketKind,
  state: Word('valid', 'used', 'expired', 'revoked'),
  expiryHeight: Height,
  note: Type.String({ maxLength: 64 }),
  createdAtMs: LocalTimeMs,
  /** Keys that showed it. */
  usedBy: Type.Array(Text32, { maxItems: 256 }),
});
export type IssuedInvitation = Static<typeof IssuedInvitation>;

export const InvitationList = Record({
  /** Newest first. */
  invitations: Type.Array(IssuedInvitation, { maxItems: 128 }),
  height: Count,
});
export type InvitationList = Static<typeof InvitationList>;

export const RevokeInvitationRequest = Record({ id: InvitationId });

export const JoinNetworkRequest = Record({
  invitation: InvitationText,
  /** Over which interfaces of this machine others may reach the node, as the system calls them. */
  interfaces: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 32 }),
  /**
   * Blocks up to the one that the invitation names are taken first, and the signatures of their makers checked
   * afterwards, while the node runs already.
   */
  fast: Type.Boolean(),
  displayName: DisplayName,
  passphrase: Nullable(NewPassphrase),
});
export type JoinNetworkRequest = Static<typeof JoinNetworkRequest>;

export const AdmissionSettings = Record({
  admission: Admission,
  /** Nobody is let in for now, not even with a ticket. */
  paused: Type.Boolean(),
});
export type AdmissionSettings = Static<typeof AdmissionSettings>;
export const SetAdmissionRequest = Type.Partial(AdmissionSettings, { additionalProperties: false });

/** Somebody who asks to become a member; who gives up is gone half a minute later. */
export const JoinRequest = Record({
  publicKey: Text32,
  fingerprint: Type.String({ maxLength: 39 }),
  /** What it calls itself: nobody has checked that. */
  name: DisplayName,
  hasTicket: Type.Boolean(),
  /** accepted: on its way into a block. */
  state: Word('waiting', 'accepted', 'refused'),
  /**
   * Why it waits: owner = for the decision of this node's owner; paused; members-full; sponsor-limit = the next blocks
   * make room; no-stake = this node is no full member; join-expired = it asks anew in a moment. Why it was refused:
   * ticket-used, ticket-expired, ticket-revoked, refused-by-owner.
   */
  reason: Word(
    'none',
    'owner',
    'paused',
    'ticket-used',
    'ticket-expired',
    'ticket-revoked',
    'refused-by-owner',
    'members-full',
    'sponsor-limit',
    'no-stake',
    'join-expired',
  ),
  askedAtMs: LocalTimeMs,
});
export type JoinRequest = Static<typeof JoinRequest>;

export const AdmissionState = Record({
  /** Null while no network over several machines is open. */
  settings: Nullable(AdmissionSettings),
  /** Newest last. */
  requests: Type.Array(JoinRequest, { maxItems: 128 }),
});
export type AdmissionState = Static<typeof AdmissionState>;

export const DecideJoinRequest = Record({ publicKey: Text32, accept: Type.Boolean() });

export const LeaveNetworkRequest = Record({
  networkId: NetworkId,
  /** Typed by the person, as leaving cannot be taken back alone. */
  confirmedName: DisplayName,
  /** false: the folder moves into a dated backup. */
  keepFolder: Type.Boolean(),
});
export type LeaveNetworkRequest = Static<typeof LeaveNetworkRequest>;

/** How the others call the owner of this node in the open network. */
export const SetMemberNameRequest = Record({ name: DisplayName });

/** A vote that a member's stake changes; with ident and delta of an open vote, for that one. */
export const VoteStakeRequest = Record({
  publicKey: Text32,
  delta: Type.Integer({ minimum: -(2 ** 50), maximum: 2 ** 50 }),
  ident: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$' })),
});
/** A vote that a member goes. */
export const RemoveMemberRequest = Record({ publicKey: Text32 });

/** Who is in the open network, as a table for a spreadsheet. */
export const Roster = Record({
  suggestedFileName: Type.String({ maxLength: 128 }),
  csv: Type.String({ maxLength: 128 * 1024 }),
});
export type Roster = Static<typeof Roster>;
