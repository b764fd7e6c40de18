/**
 * Whether a machine is ready for a class: datagrams to another one and back, discovery, and the disk. What came of it
 * is a small ticket, signed with the own key, that a lecturer collects. No clock is asked: a ticket belongs to a class
 * by the room of the echo that it heard.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { concatBytes, fromText, toText, utf8 } from '../core/bytes.ts';
import type { Crypto, Signer } from '../core/crypto.ts';
import type { EchoResult } from '../network/echo.ts';
import { Key, Name } from './node-config.ts';

const exact = { additionalProperties: false };
const TAG = utf8('DIVA:RDY');
const LEAST_FREE_BYTES = 500 * 1024 * 1024;
const LONGEST_WRITE_MS = 250;
const LEAST_ANSWERED = 0.9;
const WRITES = 5;
const WRITE_BYTES = 4096;
export const MAX_TICKET_BYTES = 4096;

const Reason = Type.Enum(['udp', 'no-interface', 'refused', 'firewall', 'disk-space', 'disk-slow']);

const Ticket = Type.Object(
  {
    kind: Type.Literal('diva-readiness'),
    version: Type.Literal(1),
    name: Name,
    publicKey: Key,
    /** Datagrams to another machine and back; null: none was named. */
    udp: Type.Union([
      Type.Null(),
      Type.Object(
        {
          sent: Type.Integer({ minimum: 0 }),
          received: Type.Integer({ minimum: 0 }),
          medianMs: Type.Union([Type.Null(), Type.Number({ minimum: 0 })]),
          room: Type.Union([Type.Null(), Type.String({ pattern: '^[A-Za-z0-9_-]{11}$' })]),
        },
        exact,
      ),
    ]),
    /** As the diagnosis says it, or `found`. */
    discovery: Type.Enum(['found', 'no-interface', 'refused', 'firewall', 'isolation', 'nobody']),
    disk: Type.Object(
      { freeBytes: Type.Integer({ minimum: 0 }), writeMs: Type.Number({ minimum: 0 }) },
      exact,
    ),
    /** What is in the way; none: it is ready. */
    reasons: Type.Array(Reason, { maxItems: 8 }),
  },
  exact,
);
export type Ticket = Static<typeof Ticket>;

const Signed = Type.Object(
  { ticket: Ticket, signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }) },
  exact,
);
const signed = Compile(Signed);

export type Measured = Pick<Ticket, 'discovery' | 'disk'> & { readonly udp: EchoResult | null };

/** Signs what was measured. */
export function makeTicket(name: string, { udp, discovery, disk }: Measured, signer: Signer): string {
  const room = udp?.room ?? null;
  const ticket: Ticket = {
    kind: 'diva-readiness',
    version: 1,
    name,
    publicKey: toText(signer.publicKey),
    udp: udp === null ? null : { ...udp, room: room === null ? null : toText(room) },
    discovery,
    disk,
    reasons: reasonsOf({ udp, discovery, disk }),
  };
  const signature = toText(signer.sign(signingBytes(ticket)));
  return `${JSON.stringify({ ticket, signature })}\n`;
}

/** The ticket of a text; undefined when it is none, or was changed. */
export function readTicket(text: string, crypto: Crypto): Ticket | undefined {
  if (text.length > MAX_TICKET_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!signed.Check(value)) return undefined;
  const { ticket, signature } = value as Static<typeof Signed>;
  const publicKey = fromText(ticket.publicKey);
  const bytes = fromText(signature);
  if (publicKey === undefined || bytes === undefined) return undefined;
  return crypto.verify(bytes, signingBytes(ticket), publicKey) ? ticket : undefined;
}

/** How much room a folder's disk has, and how long a durable write takes there: the median of five. */
export function measureDisk(folder: string, nowMs: () => number): Ticket['disk'] {
  const file = path.join(folder, `.readiness-${process.pid}`);
  const { bavail, bsize } = fs.statfsSync(folder);
  const handle = fs.openSync(file, 'w', 0o600);
  try {
    const times = Array.from({ length: WRITES }, () => {
      const began = nowMs();
      fs.writeSync(handle, new Uint8Array(WRITE_BYTES));
      fs.fsyncSync(handle);
      return nowMs() - began;
    });
    const writeMs = times.toSorted((a, b) => a - b)[WRITES >> 1]!;
    return { freeBytes: bavail * bsize, writeMs: Math.round(writeMs * 100) / 100 };
  } finally {
    fs.closeSync(handle);
    fs.rmSync(file, { force: true });
  }
}

function reasonsOf({ udp, discovery, disk }: Measured): Ticket['reasons'] {
  const reasons: Ticket['reasons'] = [];
  if (udp !== null && udp.received < udp.sent * LEAST_ANSWERED) reasons.push('udp');
  // That nobody announces anything, or nobody else is there yet, is no fault of this machine.
  if (discovery === 'no-interface' || discovery === 'refused' || discovery === 'firewall')
    reasons.push(discovery);
  if (disk.freeBytes < LEAST_FREE_BYTES) reasons.push('disk-space');
  if (disk.writeMs > LONGEST_WRITE_MS) reasons.push('disk-slow');
  return reasons;
}

/** Its fields in the order of the text: who changes the order changes the text. */
function signingBytes(ticket: Ticket): Uint8Array {
  return concatBytes(TAG, utf8(JSON.stringify(ticket)));
}
