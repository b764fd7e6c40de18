import { expect, test } from 'vitest';
import { invitedPeers, unansweredBy } from '../../../../src-main/networks/shared/applicant.ts';
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

test('nobody answered, and is in another network, when none of the addresses is in one of the own', () => {
  const { publicKey } = keyOf(0);
  const cable = { host: '192.168.7.5', prefixBits: 24 };
  const why = (addressHints: readonly string[], own = [cable, { host: 'fe80::5%wlan0', prefixBits: 64 }]) =>
    unansweredBy(invitationOf({ peers: [{ publicKey, addressHints }] }), own);
  expect(why(['10.1.2.3:17470', '[fe80::7]:17470'])).toMatchObject({
    code: 'peers-elsewhere',
    params: { found: '10.1.2.3', address: '192.168.7.5' },
  });
  // One that is near, or none that says where it is, or nothing known about this machine.
  for (const hints of [['10.1.2.3:17470', '192.168.7.9:17470'], ['[fe80::7]:17470'], ['127.0.0.1:17470'], []])
    expect(why(hints)).toMatchObject({ code: 'peers-unreachable' });
  expect(why(['10.1.2.3:17470'], [])).toMatchObject({ code: 'peers-unreachable' });
});
