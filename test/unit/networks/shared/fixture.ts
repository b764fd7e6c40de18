import type { Invitation } from '../../../../src-main/networks/shared/invitation.ts';
import { hashOf, keyOf, ticketOf } from '../../core/builders.ts';

export const CHAIN_ID = hashOf(7);

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
    ticket: ticketOf(CHAIN_ID, founder),
    ...changes,
  };
}
