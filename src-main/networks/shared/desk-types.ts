/** What the owner of a node decides about who else is in the network. */
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

export interface MembershipDesk {
  invite(options: NewInvitation): GivenInvitation;
  /** Newest first. */
  invitations(): readonly IssuedInvitation[];
  /** @throws NetworkError `not-found` */
  revoke(id: string): void;
}
