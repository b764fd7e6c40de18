import { ticketSigningBytes } from '../../../../src-main/core/signing.ts';
import type { Ticket } from '../../../../src-main/core/types.ts';
import type { Invitation } from '../../../../src-main/networks/shared/invitation.ts';
import { hashOf, keyOf } from '../../core/builders.ts';
import type { TestKey } from '../../core/builders.ts';

export const CHAIN_ID = hashOf(7);

export function ticketOf(issuer: TestKey, changes: Partial<Ticket> = {}): Ticket {
  const id = new Uint8Array(16).fill(5);
  const unsigned = { id, kind: 'one-time', expiryHeight: 500, issuer: issuer.publicKey, ...changes } as const;
  const signature = issuer.signer.sign(ticketSigningBytes(CHAIN_ID, unsigned));
  return { ...unsigned, signature, ...changes };
}

export function invitationOf(changes: Partial<Invitation> = {}): Invitation {
  const founder = keyOf(0);
  return {
    chainId: CHAIN_ID,
    networkName: 'Seminar „Verteilte Systeme“',
    transport: 'udp',
    peers: [
      { publicKey: founder.publicKey, addressHints: ['192.0.2.7:17470', '[2001:db8::7]:17470'] },
      { publicKey: keyOf(1).publicKey, addressHints: ['192.0.2.8:17470'] },
    ],
    checkpoint: { height: 41, hash: hashOf(9) },
    ticket: ticketOf(founder),
    ...changes,
  };
}
