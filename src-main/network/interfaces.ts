/** The network interfaces of this machine, in words that a person knows (as far as the system tells). */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { OwnAddress } from './udp/address-kind.ts';
import { isLinkLocal } from './udp/address-kind.ts';

/** cable-or-wifi: the system does not say which. */
export type InterfaceKind =
  'loopback' | 'wifi' | 'cable' | 'cable-or-wifi' | 'vpn' | 'mobile' | 'bluetooth' | 'virtual';

export interface NetworkInterface {
  /** As the system calls it; what its owner agreed to is kept by this name. */
  readonly name: string;
  readonly kind: InterfaceKind;
  /** IPv4 first; link-local IPv6 last. */
  readonly addresses: readonly OwnAddress[];
}

/** So many addresses of one interface are used; temporary IPv6 addresses can be many. */
const MAX_ADDRESSES = 6;
const MAX_INTERFACES = 32;

export type ReadInterfaces = () => readonly NetworkInterface[];

/** All that are up and have an address; loopback is among them. */
export function readInterfaces(): readonly NetworkInterface[] {
  const found = Object.entries(os.networkInterfaces()).slice(0, MAX_INTERFACES);
  return found.map(([name, infos = []]) => {
    const addresses = infos.map((info): OwnAddress => {
      // Windows names zones by number.
      const zoneName = process.platform === 'win32' && 'scopeid' in info ? info.scopeid : name;
      const zone = info.family === 'IPv6' && isLinkLocal(info.address) ? `%${zoneName}` : '';
      return { host: `${info.address}${zone}`, prefixBits: Number(info.cidr?.split('/')[1] ?? 0) };
    });
    const ordered = addresses.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, MAX_ADDRESSES);
    const isInternal = infos.some(({ internal }) => internal);
    return { name, kind: isInternal ? 'loopback' : kindOf(name), addresses: ordered };
  });
}

function rankOf({ host }: OwnAddress): number {
  if (!host.includes(':')) return 0;
  return isLinkLocal(host) ? 2 : 1;
}

/** Linux tells in /sys; elsewhere the name is all there is. */
function kindOf(name: string): InterfaceKind {
  return (process.platform === 'linux' ? kindOfDevice(name) : null) ?? kindOfName(name, process.platform);
}

function kindOfDevice(name: string): InterfaceKind | null {
  const has = (file: string): boolean => fs.existsSync(path.join('/sys/class/net', name, file));
  if (has('wireless') || has('phy80211')) return 'wifi';
  if (has('tun_flags')) return 'vpn';
  if (has('bridge')) return 'virtual';
  return null;
}

const NAMES: readonly (readonly [RegExp, InterfaceKind])[] = [
  [/^(wl|wi-?fi|airport)/i, 'wifi'],
  [/^(tun|tap|utun|wg|ppp|ipsec|tailscale|zt|nebula|gpd|.*vpn)/i, 'vpn'],
  [/^(wwan|wwp|rmnet|pdp_ip|cellular|mobil)/i, 'mobile'],
  [/^(bnep|bluetooth)/i, 'bluetooth'],
  [
    /^(docker|br-|veth|virbr|vmnet|vboxnet|vethernet|bridge|podman|cni|lxc|lxd|awdl|llw|anpi|gif|stf)/i,
    'virtual',
  ],
  [/^(eth|en[opsx]|usb|lan)/i, 'cable'],
];

export function kindOfName(name: string, platform: NodeJS.Platform): InterfaceKind {
  // On a Mac both are called en0, en1, …
  if (platform === 'darwin' && /^en\d/.test(name)) return 'cable-or-wifi';
  return NAMES.find(([form]) => form.test(name))?.[1] ?? 'cable-or-wifi';
}
