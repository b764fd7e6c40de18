/** Tickets of invitations on the wire (types.ts, Ticket). */
import { DecodeError } from './encoding.ts';
import { TICKET_KINDS } from './signing.ts';
import type { Ticket } from './types.ts';

export interface TicketValue {
  readonly id: Uint8Array;
  readonly kind: number;
  readonly expiryHeight: number;
  readonly issuer: Uint8Array;
  readonly signature: Uint8Array;
}

export function ticketToValue({ kind, ...fields }: Ticket): TicketValue {
  return { ...fields, kind: TICKET_KINDS.indexOf(kind) };
}

/** @throws DecodeError `unknown-type` */
export function ticketFromValue({ id, kind, expiryHeight, issuer, signature }: TicketValue): Ticket {
  const known = TICKET_KINDS[kind];
  if (known === undefined) throw new DecodeError('unknown-type', 'ticket');
  return { id, kind: known, expiryHeight, issuer, signature };
}
