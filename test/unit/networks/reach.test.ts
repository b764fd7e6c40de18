import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { decodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { NetworkInterface } from '../../../src-main/network/interfaces.ts';
import type { OwnAddress } from '../../../src-main/network/udp/address-kind.ts';
import type { UnboundAddress } from '../../../src-main/network/udp/udp-sockets.ts';
import { AddressFile, writeSeeds } from '../../../src-main/networks/address-file.ts';
import { allowedAddresses, Reach } from '../../../src-main/networks/reach.ts';
import { consentFile, NO_CONSENT } from '../../../src-main/networks/reach-consent.ts';
import type { Consent } from '../../../src-main/networks/reach-consent.ts';
import type { NodeFacade, NodeSnapshot } from '../../../src-main/node/facade.ts';
import { crypto, hashOf, keyOf } from '../core/builders.ts';
import { seededRandom, VirtualClock } from '../network/support.ts';

const LOOPBACK: NetworkInterface = {
  name: 'lo',
  kind: 'loopback',
  addresses: [{ host: '127.0.0.1', prefixBits: 8 }],
};
const WIFI: NetworkInterface = {
  name: 'wlan0',
  kind: 'wifi',
  addresses: [
    { host: '192.168.7.5', prefixBits: 24 },
    { host: 'fe80::5%wlan0', prefixBits: 64 },
  ],
};
const CABLE: NetworkInterface = {
  name: 'eth0',
  kind: 'cable',
  addresses: [{ host: '10.1.2.3', prefixBits: 24 }],
};
const ALL: Consent = { version: 1, interfaces: ['wlan0', 'eth0'], announce: false };

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-reach-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
});

/** A laptop whose interfaces come and go, and sockets that only say what they would listen at. */
class Laptop {
  readonly clock = new VirtualClock();
  readonly reach: Reach;
  readonly files = { reach: path.join(folder, 'reach.json'), addresses: path.join(folder, 'addresses.json') };
  interfaces: readonly NetworkInterface[];
  others: readonly OwnAddress[] = [];
  unbound: readonly UnboundAddress[] = [];
  refused: readonly UnboundAddress[];
  /** Hints of each own record that a peer was sent. */
  readonly told: (readonly string[])[] = [];

  constructor(
    consent: Consent,
    interfaces: readonly NetworkInterface[],
    refused: readonly UnboundAddress[] = [],
  ) {
    this.interfaces = [LOOPBACK, ...interfaces];
    this.refused = refused;
    const { clock } = this;
    let wanted = allowedAddresses(consent, this.interfaces);
    const isRefused = ({ host }: OwnAddress): boolean => this.refused.some((one) => one.host === host);
    const isWanted = ({ host }: UnboundAddress): boolean => wanted.some((one) => one.host === host);
    const bind = (): void => {
      this.others = wanted.filter((one) => !isRefused(one));
      this.unbound = this.refused.filter(isWanted);
    };
    bind();
    const others = (): readonly OwnAddress[] => this.others;
    const unbound = (): readonly UnboundAddress[] => this.unbound;
    this.reach = new Reach(
      {
        chainId: hashOf(5),
        path: this.files.reach,
        consent,
        addresses: new AddressFile(this.files.addresses),
      },
      {
        clock,
        random: seededRandom(1),
        crypto,
        signer: keyOf(1).signer,
        readInterfaces: () => this.interfaces,
      },
      {
        localAddress: '127.0.0.1:17470',
        get others() {
          return others();
        },
        get unbound() {
          return unbound();
        },
        listenAt: (addresses) => {
          wanted = addresses;
          bind();
          return Promise.resolve();
        },
        send: (_to, payload) => {
          const message = decodeMessage(payload, crypto);
          if (message.type === 'address') this.told.push(message.record.addressHints);
        },
        flush: () => undefined,
        links: () => [{ publicKey: keyOf(2).text, connected: true, address: null }] as never,
        setPeer: () => undefined,
      },
    );
    this.reach.follow({
      subscribe: () => () => undefined,
      snapshot: () => ({ members: [] }) as unknown as NodeSnapshot,
    } as unknown as NodeFacade);
  }

  /** The interfaces are these now; the laptop has noticed. */
  async meets(...interfaces: readonly NetworkInterface[]): Promise<void> {
    this.interfaces = [LOOPBACK, ...interfaces];
    const noticed = new Promise<void>((resolve) => {
      const end = this.reach.subscribe(() => {
        end();
        resolve();
      });
    });
    this.clock.advance(2_000);
    await noticed;
  }
}

describe('where it listens', () => {
  test('on this machine alone, unless its owner agreed to more', () => {
    const { reach } = new Laptop(NO_CONSENT, [WIFI]);
    expect(reach.status()).toMatchObject({ addresses: ['127.0.0.1:17470'], problem: 'not-allowed' });
    expect(reach.status().interfaces).toEqual([
      { name: 'wlan0', kind: 'wifi', hosts: ['192.168.7.5', 'fe80::5'], isAllowed: false, isBlocked: false },
    ]);
  });

  test('an agreement is for one interface, is kept, and is in force at once', async () => {
    const laptop = new Laptop(NO_CONSENT, [WIFI, CABLE]);
    await laptop.reach.setConsent({ interfaces: ['wlan0'], announce: true });
    expect(laptop.others).toEqual(WIFI.addresses);
    expect(consentFile.read(laptop.files.reach)).toEqual({
      version: 1,
      interfaces: ['wlan0'],
      announce: true,
    });
    const addresses = ['192.168.7.5:17470', '[fe80::5]:17470'];
    expect(laptop.reach.status()).toMatchObject({ addresses, announce: true, problem: null });
    expect(laptop.told.at(-1)).toEqual(addresses);
    await laptop.reach.setConsent({ interfaces: [], announce: false });
    expect(laptop.others).toEqual([]);
  });
});

describe('a changing network', () => {
  test('another Wi-Fi, flight mode and back: its peers hear each new address once', async () => {
    const laptop = new Laptop(ALL, [WIFI]);
    const elsewhere = { ...WIFI, addresses: [{ host: '172.16.0.9', prefixBits: 16 }] };
    await laptop.meets(elsewhere);
    expect(laptop.told.at(-1)).toEqual(['172.16.0.9:17470']);
    await laptop.meets();
    expect(laptop.reach.status()).toMatchObject({ addresses: ['127.0.0.1:17470'], problem: 'no-network' });
    await laptop.meets(elsewhere);
    expect(laptop.reach.status().problem).toBeNull();
    expect(new AddressFile(laptop.files.addresses).load().sequence).toBe(4);
  });

  test('on an interface that nobody agreed to it says so', async () => {
    const laptop = new Laptop({ ...ALL, interfaces: ['wlan0'] }, [WIFI]);
    await laptop.meets(CABLE);
    const { problem, interfaces } = laptop.reach.status();
    expect(problem).toBe('other-interface');
    expect(interfaces.map(({ name, isAllowed, hosts }) => [name, isAllowed, hosts.length])).toEqual([
      ['eth0', false, 1],
      ['wlan0', true, 0],
    ]);
  });

  test('a port that another program has is tried again', async () => {
    const laptop = new Laptop(ALL, []);
    laptop.refused = [{ host: '10.1.2.3', code: 'address-in-use' }];
    await laptop.meets(CABLE);
    expect(laptop.reach.status()).toMatchObject({ problem: 'port-taken', addresses: ['127.0.0.1:17470'] });
    laptop.refused = [];
    await laptop.meets(CABLE);
    expect(laptop.reach.status()).toMatchObject({ problem: null, addresses: ['10.1.2.3:17470'] });
  });
});

test('what could not be used when the node began is tried again, although the interfaces are the same', async () => {
  const refused = [{ host: '10.1.2.3', code: 'bind-failed' }] as const;
  const laptop = new Laptop(ALL, [CABLE], refused);
  expect(laptop.reach.status()).toMatchObject({ problem: 'cannot-listen', addresses: ['127.0.0.1:17470'] });
  expect(laptop.reach.status().interfaces[0]).toMatchObject({ isBlocked: true });
  laptop.refused = [];
  await laptop.meets(CABLE);
  expect(laptop.reach.status()).toMatchObject({ problem: null, addresses: ['10.1.2.3:17470'] });
  expect(laptop.told.at(-1)).toEqual(['10.1.2.3:17470']);
});

test('where the invitation says that a peer is, is used until that peer says it itself', () => {
  const addressHints = ['192.168.7.9:17470', '[fe80::9]:17470', '224.0.0.1:17470'];
  writeSeeds(path.join(folder, 'addresses.json'), [{ publicKey: keyOf(2).text, addressHints }]);
  const { reach } = new Laptop(ALL, [WIFI]);
  expect(reach.hintsOf(keyOf(2).text)).toEqual(['192.168.7.9:17470', '[fe80::9]:17470']);
  expect(reach.hintsOf(keyOf(3).text)).toEqual([]);
  // Writing the book again keeps them.
  expect(new AddressFile(path.join(folder, 'addresses.json')).seeds).toHaveLength(1);
});
