/** What the owner of a node decides about who else is in the network. */
import type { Admission } from '../../core/messages.ts';
import type { Height, PeerText, Ticket } from '../../core/types.ts';

export interface NewInvitation {
  /** none: whoever shows it is asked about. */
  readonly ticket: Ticket['kind'] | 'none';
  /** Of the ticket: for so many blocks from now on. */
  readonly lifetimeBlocks: number;
  /** For the owner's own list. */
  readonly note: string;
}

export interface GivenInvitation {
  /** Of the ticket; null without one. */
  readonly id: string | null;
  readonly link: string;
  readonly words: readonly string[];
  readonly expiryHeight: number | null;
  /** Where this node can be reached, as the invitation says: none means that nobody can follow it. */
  readonly addressHints: readonly string[];
}

export type InvitationState = 'valid' | 'used' | 'expired' | 'revoked';

/** An invitation with a ticket that was given out. */
export interface IssuedInvitation {
  readonly id: string;
  readonly kind: Ticket['kind'];
  readonly state: InvitationState;
  readonly expiryHeight: Height;
  readonly note: string;
  /** By this machine's clock. */
  readonly createdAtMs: number;
  /** Keys that showed it, and whether they have become members. */
  readonly uses: readonly { readonly publicKey: PeerText; readonly isMember: boolean }[];
}

/** Whom the own node admits. A valid ticket suffices with both, and nothing does while it is paused. */
export interface AdmissionSettings {
  /** automatic: whoever asks; ask: whom the owner lets in. */
  readonly admission: 'automatic' | 'ask';
  readonly paused: boolean;
}

/** Somebody who asks to become a member, or did a moment ago. */
export interface JoinRequest {
  readonly publicKey: PeerText;
  /** What it calls itself: nobody has checked that. */
  readonly displayName: string;
  readonly hasTicket: boolean;
  /** accepted: its addPeer is on its way, or in a block. */
  readonly state: 'waiting' | 'accepted' | 'refused';
  /** Why it waits, or was refused. */
  readonly reason: Admission['reason'];
  /** By this machine's clock. */
  readonly askedAtMs: number;
}

export interface MembershipDesk {
  /** @throws NetworkError `no-stake`, `too-many-invitations` */
  invite(options: NewInvitation): GivenInvitation;
  /** Newest first. */
  invitations(): readonly IssuedInvitation[];
  /** @throws NetworkError `not-found` */
  revoke(id: string): void;
  settings(): AdmissionSettings;
  /** Durable when it returns. */
  set(change: Partial<AdmissionSettings>): void;
  /** The newest last. */
  requests(): readonly JoinRequest[];
  /**
   * Lets somebody in who asks, or refuses it: until it is a member, or this node starts again. @throws NetworkError
   * `not-found`
   */
  decide(publicKey: PeerText, accept: boolean): void;
  /** How the others call the owner of this node: kept here, and said to all as soon as it is a member. */
  displayName(): string;
  setDisplayName(name: string): void;
  /** Votes that a member goes, or proposes that. Of the own key: leaves. @throws SubmitError */
  removeMember(publicKey: PeerText): Promise<void>;
  /**
   * Votes to change a member's stake; with the ident and change of an open vote, for that one. @throws SubmitError,
   * NetworkError `not-found`
   */
  voteStake(publicKey: PeerText, delta: number, ident?: string): Promise<void>;
  /** Called whenever requests or settings may be others than before. */
  subscribe(listener: () => void): () => void;
}
