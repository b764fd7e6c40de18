/** What joiner and sponsor say to each other on the wire: tickets, the application beside a JOIN, and its answer. */
import { utf8 } from './bytes.ts';
import { DecodeError, text } from './encoding.ts';
import { ADMISSION_DECISIONS, ADMISSION_REASONS } from './messages.ts';
import type { Admission, Application } from './messages.ts';
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
  return { id, kind: named(TICKET_KINDS, kind, 'ticket'), expiryHeight, issuer, signature };
}

export interface ApplicationValue {
  readonly displayName: Uint8Array;
  readonly tickets: readonly TicketValue[];
  readonly wantsGenesis: number;
}

export function applicationToValue({ displayName, ticket, wantsGenesis }: Application): ApplicationValue {
  const tickets = ticket === null ? [] : [ticketToValue(ticket)];
  return { displayName: utf8(displayName), tickets, wantsGenesis: wantsGenesis ? 1 : 0 };
}

/** @throws DecodeError */
export function applicationFromValue({ displayName, tickets, wantsGenesis }: ApplicationValue): Application {
  const [ticket] = tickets;
  return {
    displayName: text(displayName, 'display name'),
    ticket: ticket === undefined ? null : ticketFromValue(ticket),
    wantsGenesis: flag(wantsGenesis, 'application'),
  };
}

export interface AdmissionValue {
  readonly decision: number;
  readonly reason: number;
  readonly height: number;
  readonly raises: number;
  readonly genesis: Uint8Array;
}

export function admissionToValue({ decision, reason, height, raises, genesis }: Admission): AdmissionValue {
  return {
    decision: ADMISSION_DECISIONS.indexOf(decision),
    reason: ADMISSION_REASONS.indexOf(reason),
    height,
    raises: raises ? 1 : 0,
    genesis,
  };
}

/** @throws DecodeError */
export function admissionFromValue({ decision, reason, height, raises, genesis }: AdmissionValue): Admission {
  return {
    decision: named(ADMISSION_DECISIONS, decision, 'decision'),
    reason: named(ADMISSION_REASONS, reason, 'reason'),
    height,
    raises: flag(raises, 'admission'),
    genesis,
  };
}

function named<Name>(names: readonly Name[], position: number, what: string): Name {
  const name = names[position];
  if (name === undefined) throw new DecodeError('unknown-type', what);
  return name;
}

function flag(value: number, what: string): boolean {
  if (value > 1) throw new DecodeError('non-canonical', what);
  return value === 1;
}
