import { describe, expect, test } from 'vitest';
import { kindOfName, readInterfaces } from '../../../src-main/network/interfaces.ts';
import {
  isAttached,
  isLinkLocal,
  isLoopback,
  usableHint,
  withZones,
} from '../../../src-main/network/udp/address-kind.ts';

const own = [
  { host: '192.168.7.5', prefixBits: 24 },
  { host: '10.1.2.3', prefixBits: 31 },
  { host: 'fe80::5%wlan0', prefixBits: 64 },
  { host: 'fd00:7::5', prefixBits: 64 },
];
const rules = { allowLoopback: false, own };

describe('a hint of a peer is used', () => {
  test.each([
    ['192.168.7.9:17470', '192.168.7.9:17470'],
    ['10.1.2.2:17470', '10.1.2.2:17470'],
    ['203.0.114.9:1024', '203.0.114.9:1024'],
    ['[FD00:7:0::9]:17470', '[fd00:7::9]:17470'],
    ['[2a02::1]:17470', '[2a02::1]:17470'],
    ['[fe80::9]:17470', '[fe80::9]:17470'],
    // IPv4 in IPv6's clothes is IPv4.
    ['[::ffff:192.168.7.9]:17470', '192.168.7.9:17470'],
  ])('%s', (hint, used) => expect(usableHint(hint, rules)).toBe(used));

  test.each([
    ['a name', 'example.org:17470'],
    ['no port', '192.168.7.9'],
    ['a port of name servers', '192.168.7.9:53'],
    ['the highest of these', '192.168.7.9:1023'],
    ['no port of all', '192.168.7.9:65536'],
    ['everybody', '255.255.255.255:17470'],
    ['everybody on the own network', '192.168.7.255:17470'],
    ['the own network itself', '192.168.7.0:17470'],
    ['a group', '239.1.1.1:17470'],
    ['a group of IPv6', '[ff02::1]:17470'],
    ['nobody', '0.0.0.0:17470'],
    ['nobody of IPv6', '[::]:17470'],
    ['everybody in the clothes of IPv6', '[::ffff:255.255.255.255]:17470'],
    ['IPv4 within IPv6', '[::192.168.7.9]:17470'],
    ['a tunnel to IPv4', '[2002:c0a8:0709::1]:17470'],
    ['a translator to IPv4', '[64:ff9b::c0a8:0709]:17470'],
    ['another machine’s interface', '[fe80::9%eth0]:17470'],
    ['this machine', '127.0.0.1:17470'],
    ['this machine by IPv6', '[::1]:17470'],
    ['a reserved one', '250.1.1.1:17470'],
    ['control characters', '192.168.7.9:17470\n'],
  ])('but not %s', (_name, hint) => expect(usableHint(hint, rules)).toBeNull());

  test('loopback of peers on this machine, and nothing else more', () => {
    const here = { ...rules, allowLoopback: true };
    expect(usableHint('127.0.0.1:17470', here)).toBe('127.0.0.1:17470');
    expect(usableHint('[::1]:17470', here)).toBe('[::1]:17470');
    expect(usableHint('127.0.0.1:80', here)).toBeNull();
    expect(usableHint('224.0.0.1:17470', here)).toBeNull();
  });
});

test('a link-local hint is tried on each own interface that has such an address', () => {
  const two = [...own, { host: 'fe80::6%eth1', prefixBits: 64 }];
  expect(withZones('[fe80::9]:1024', two)).toEqual(['[fe80::9%wlan0]:1024', '[fe80::9%eth1]:1024']);
  expect(withZones('[fe80::9]:1024', [])).toEqual([]);
  expect(withZones('[fe80::9%eth1]:1024', two)).toEqual(['[fe80::9%eth1]:1024']);
  expect(withZones('192.168.7.9:1024', two)).toEqual(['192.168.7.9:1024']);
});

test('what is attached is reached without a router', () => {
  expect(isAttached(own[0]!, '192.168.7.200')).toBe(true);
  expect(isAttached(own[0]!, '192.168.8.200')).toBe(false);
  expect(isAttached(own[3]!, 'fd00:7::99')).toBe(true);
  expect(isAttached(own[3]!, 'fd00:8::99')).toBe(false);
  expect(isAttached(own[0]!, 'fd00:7::99')).toBe(false);
  expect(isAttached(own[2]!, 'fe80::9%wlan0')).toBe(true);
  expect(isAttached(own[2]!, 'fe80::9%eth0')).toBe(false);
  expect(isAttached(own[2]!, 'fd00:7::99')).toBe(false);
  expect([isLoopback('127.9.9.9'), isLoopback('::1'), isLoopback('10.0.0.1')]).toEqual([true, true, false]);
  expect([isLinkLocal('fe80::1%a'), isLinkLocal('fd00::1'), isLinkLocal('169.254.1.1')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('interfaces are called what people call them', () => {
  const linux = ['wlp3s0', 'eth0', 'enp0s31f6', 'tun0', 'wg0', 'wwan0', 'docker0', 'bnep0', 'strange7'];
  expect(linux.map((name) => kindOfName(name, 'linux'))).toEqual([
    ...['wifi', 'cable', 'cable', 'vpn', 'vpn', 'mobile', 'virtual', 'bluetooth', 'cable-or-wifi'],
  ]);
  const windows = ['Wi-Fi', 'WLAN', 'Ethernet 2', 'vEthernet (WSL)', 'ProtonVPN TUN', 'Mobilfunk'];
  expect(windows.map((name) => kindOfName(name, 'win32'))).toEqual([
    ...['wifi', 'wifi', 'cable', 'virtual', 'vpn', 'mobile'],
  ]);
  expect(['en0', 'utun3', 'awdl0', 'bridge0'].map((name) => kindOfName(name, 'darwin'))).toEqual([
    ...['cable-or-wifi', 'vpn', 'virtual', 'virtual'],
  ]);
  expect(readInterfaces().find(({ kind }) => kind === 'loopback')?.addresses[0]?.host).toBe('127.0.0.1');
});
