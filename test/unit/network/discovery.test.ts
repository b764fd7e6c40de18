import { EventEmitter } from 'node:events';
import type multicastDns from 'multicast-dns';
import type { DnsPacket, DnsRecord } from 'multicast-dns';
import { describe, expect, test } from 'vitest';
import {
  asksForUs,
  instanceOf,
  readAnnouncements,
  readGoodbyes,
  SERVICE,
  toGoodbye,
  toRecords,
} from '../../../src-main/network/discovery/announcement.ts';
import type { Announcement } from '../../../src-main/network/discovery/announcement.ts';
import { Announcer } from '../../../src-main/network/discovery/announcer.ts';
import { Browser } from '../../../src-main/network/discovery/browser.ts';
import { diagnose } from '../../../src-main/network/discovery/diagnosis.ts';
import type { LinkEvidence } from '../../../src-main/network/discovery/diagnosis.ts';
import type { NetworkInterface } from '../../../src-main/network/interfaces.ts';
import { seededRandom, silentLogger, VirtualClock } from './support.ts';

const PORT = 17470;
const own = [{ host: '192.168.7.5', prefixBits: 24 }];

function announcement(seed = 1, changes: Partial<Announcement> = {}): Announcement {
  const bytes = (salt: number): Uint8Array => seededRandom(seed * 10 + salt).bytes(32);
  return {
    chainId: bytes(1),
    publicKey: bytes(2),
    networkName: 'Distributed Systems I',
    memberCount: 4,
    checkpoint: { height: 7, hash: bytes(3) },
    ...changes,
  };
}

const recordsOf = (one = announcement(), hosts = ['192.168.7.9']) => toRecords(one, { port: PORT, hosts });

describe('what is announced', () => {
  test('arrives as it was, with the addresses of this link alone', () => {
    const one = announcement();
    const records = recordsOf(one, ['192.168.7.9', '10.9.9.9', '127.0.0.1', 'fe80::9%eth0']);
    const link = [...own, { host: 'fe80::5%wlan0', prefixBits: 64 }];
    expect(readAnnouncements(records, link)).toEqual([
      {
        ...one,
        instance: instanceOf(one),
        addressHints: ['192.168.7.9:17470', '[fe80::9]:17470'],
        lifetimeMs: 120_000,
      },
    ]);
    expect(readAnnouncements(records, [{ host: '172.16.0.1', prefixBits: 16 }])).toEqual([]);
  });

  test('a goodbye names it, and a question for it is understood in any case', () => {
    const one = announcement();
    expect(readGoodbyes(toGoodbye(one))).toEqual([instanceOf(one)]);
    expect(readGoodbyes(recordsOf(one))).toEqual([]);
    expect(asksForUs({ questions: [{ name: SERVICE.toUpperCase(), type: 'PTR' }] })).toBe(true);
    expect(asksForUs({ questions: [{ name: '_ipp._tcp.local', type: 'PTR' }] })).toBe(false);
    expect(asksForUs({})).toBe(false);
  });

  const text = (name: string, value: string) => (record: DnsRecord) => {
    const kept = (record.data as Buffer[]).filter((part) => !part.toString().startsWith(`${name}=`));
    return { ...record, data: [...kept, Buffer.from(`${name}=${value}`)] };
  };
  const hostile: readonly (readonly [string, string, (record: DnsRecord) => DnsRecord])[] = [
    ['another version', 'TXT', text('v', '2')],
    ['a chain id that is none', 'TXT', text('id', 'short')],
    ['no name', 'TXT', text('n', '')],
    ['a name of two lines', 'TXT', text('n', 'a\nb')],
    ['a name that turns the text around', 'TXT', text('n', 'a\u202eb')],
    ['a name without end', 'TXT', text('n', 'x'.repeat(65))],
    ['more members than there can be', 'TXT', text('s', '129')],
    ['a size that is no number', 'TXT', text('s', '-1')],
    ['a block that is none', 'TXT', text('h', '0')],
    ['the key of another node than it is named after', 'TXT', text('k', 'A'.repeat(43))],
    ['no texts at all', 'TXT', (record) => ({ ...record, data: 7 })],
    ['a port of name servers', 'SRV', (record) => ({ ...record, data: { port: 53, target: 'x' } })],
    ['no port', 'SRV', (record) => ({ ...record, data: null })],
    ['everybody’s address', 'A', (record) => ({ ...record, data: '192.168.7.255' })],
    ['this machine', 'A', (record) => ({ ...record, data: '127.0.0.1' })],
    ['an address that is none', 'A', (record) => ({ ...record, data: 'x'.repeat(500) })],
  ];
  test.each(hostile)('%s is not believed', (_name, type, change) => {
    const { answers, additionals } = recordsOf();
    const changed = additionals.map((record) => (record.type === type ? change(record) : record));
    expect(readAnnouncements({ answers, additionals: changed }, own)).toEqual([]);
    expect(readAnnouncements({ answers, additionals }, own)).toHaveLength(1);
  });

  test('of a packet without end only the beginning is read', () => {
    const { answers, additionals } = recordsOf();
    const noise = Array.from({ length: 64 }, () => answers[0]!);
    expect(readAnnouncements({ answers: noise, additionals }, own)).toEqual([]);
  });
});

describe('why nothing is found', () => {
  const link = (changes: Partial<LinkEvidence> = {}): LinkEvidence => {
    const silent = { heardSelf: false, heardOthers: false, isRefused: false };
    return { name: 'wlan0', kind: 'wifi', hosts: ['192.168.7.5'], ...silent, ...changes };
  };
  const here = { hasInterface: true };
  test.each([
    ['no-interface', { hasInterface: false, links: [] }],
    ['firewall', { ...here, links: [link()] }],
    ['isolation', { ...here, links: [link({ heardSelf: true })] }],
    ['nobody', { ...here, links: [link({ heardSelf: true }), link({ heardOthers: true })] }],
    ['refused', { ...here, links: [link({ isRefused: true })] }],
  ] as const)('%s', (code, evidence) => expect(diagnose(evidence).code).toBe(code));
});

/** A cable on which everybody hears everybody, also himself, unless it is cut. */
class Cable {
  readonly clock = new VirtualClock();
  readonly sockets: FakeSocket[] = [];
  isDeaf = false;

  ports(host: string) {
    const interfaces: NetworkInterface[] = [
      { name: 'eth0', kind: 'cable', addresses: [{ host, prefixBits: 24 }] },
    ];
    const open = (() => new FakeSocket(this, host)) as unknown as typeof multicastDns;
    return { clock: this.clock, logger: silentLogger, readInterfaces: () => interfaces, open };
  }

  carry(packet: DnsPacket, from: string): void {
    if (this.isDeaf) return;
    this.clock.schedule(1, () => {
      for (const socket of this.sockets) socket.emit('packet', packet, { address: from });
    });
  }
}

class FakeSocket extends EventEmitter {
  readonly #cable: Cable;
  readonly #host: string;
  constructor(cable: Cable, host: string) {
    super();
    this.#cable = cable;
    this.#host = host;
    cable.sockets.push(this);
  }
  query(packet: DnsPacket): void {
    this.#cable.carry({ type: 'query', ...packet }, this.#host);
  }
  respond(packet: DnsPacket): void {
    this.#cable.carry({ type: 'response', ...packet }, this.#host);
  }
  destroy(done?: () => void): void {
    this.#cable.sockets.splice(this.#cable.sockets.indexOf(this), 1);
    done?.();
  }
}

describe('two laptops on one cable', () => {
  test('one finds what the other announces, until it says goodbye', async () => {
    const cable = new Cable();
    let isAnnounced = true;
    const announcer = new Announcer(
      {
        current: () => (isAnnounced ? { ...announcement(), port: PORT } : null),
        isAllowed: (name) => name === 'eth0',
      },
      cable.ports('192.168.7.9'),
    );
    let changes = 0;
    const browser = new Browser(cable.ports('192.168.7.5'), () => changes++);
    cable.clock.advance(500);
    expect(browser.networks()).toMatchObject([
      {
        networkName: 'Distributed Systems I',
        memberCount: 4,
        nodes: [{ addressHints: ['192.168.7.9:17470'] }],
      },
    ]);
    cable.clock.advance(20_000);
    expect(browser.diagnosis()).toBeNull();
    isAnnounced = false;
    const before = changes;
    announcer.changed();
    cable.clock.advance(10);
    expect(browser.networks()).toEqual([]);
    expect(changes).toBeGreaterThan(before);
    await announcer.close();
    await browser.close();
    cable.clock.advance(60_000);
    expect(cable.sockets).toEqual([]);
  });

  test('an interface whose owner did not agree carries nothing', () => {
    const cable = new Cable();
    const current = () => ({ ...announcement(), port: PORT });
    new Announcer({ current, isAllowed: () => false }, cable.ports('192.168.7.9'));
    const browser = new Browser(cable.ports('192.168.7.5'), () => undefined);
    cable.clock.advance(9_999);
    expect(browser.networks()).toEqual([]);
    expect(browser.diagnosis()).toBeNull();
    cable.clock.advance(1);
    expect(browser.diagnosis()?.code).toBe('isolation');
  });

  test('who does not even hear himself suspects a firewall', () => {
    const cable = new Cable();
    cable.isDeaf = true;
    const browser = new Browser(cable.ports('192.168.7.5'), () => undefined);
    cable.clock.advance(10_000);
    expect(browser.diagnosis()?.code).toBe('firewall');
  });

  test('what was not heard of for two minutes is gone', () => {
    const cable = new Cable();
    const browser = new Browser(cable.ports('192.168.7.5'), () => undefined);
    cable.carry({ type: 'response', ...recordsOf() }, '192.168.7.9');
    cable.clock.advance(10);
    expect(browser.networks()).toHaveLength(1);
    cable.clock.advance(120_000);
    expect(browser.networks()).toEqual([]);
  });

  test('what comes from another network, and more than one can show, is left out', () => {
    const cable = new Cable();
    const browser = new Browser(cable.ports('192.168.7.5'), () => undefined);
    cable.carry({ type: 'response', ...recordsOf() }, '10.9.9.9');
    cable.clock.advance(10);
    expect(browser.networks()).toEqual([]);
    for (let seed = 2; seed < 60; seed++) cable.carry(recordsOf(announcement(seed)), '192.168.7.9');
    cable.clock.advance(10);
    expect(browser.networks()).toHaveLength(32);
    for (let seed = 2; seed < 60; seed++) {
      const { publicKey } = announcement(seed + 100);
      cable.carry(recordsOf(announcement(2, { publicKey })), '192.168.7.9');
    }
    cable.clock.advance(10);
    expect(Math.max(...browser.networks().map(({ nodes }) => nodes.length))).toBe(16);
  });
});
