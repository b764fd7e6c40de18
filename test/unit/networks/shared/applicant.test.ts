import { expect, test } from 'vitest';
import { invitedPeers } from '../../../../src-main/networks/shared/applicant.ts';
import { keyOf } from '../../core/builders.ts';
import { invitationOf } from './fixture.ts';

test('an invitation sends datagrams to nodes, and to nobody whom a hostile one names', () => {
  const good = ['192.0.2.7:17470', '127.0.0.1:17470', '[fe80::7]:17470'];
  const bad = ['192.0.2.7:53', '224.0.0.251:5353', '255.255.255.255:17470', '10.1.255.255:17470', 'x'];
  const { publicKey } = keyOf(0);
  const own = [
    { host: '10.1.2.3', prefixBits: 16 },
    { host: 'fe80::5%wlan0', prefixBits: 64 },
  ];
  const peers = [good, bad].map((addressHints) => ({ publicKey, addressHints }));
  expect(invitedPeers(invitationOf({ peers }), own)).toEqual([
    {
      publicKey: keyOf(0).text,
      peerClass: 'member',
      addressHints: ['192.0.2.7:17470', '127.0.0.1:17470', '[fe80::7]:17470'],
    },
    { publicKey: keyOf(0).text, peerClass: 'member', addressHints: [] },
  ]);
});
