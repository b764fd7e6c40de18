/** What kind of place a UDP address is, and whether datagrams may be sent there because a peer says so. */
import { BlockList, isIP } from 'node:net';
import type { UdpAddress } from './udp-address.ts';
import { formatUdpAddress, parseUdpAddress } from './udp-address.ts';

/** Below are the ports of name servers, mail and the like: no node listens there, and none is to be bothered. */
const LOWEST_PORT = 1024;

/** Nobody's address, everybody's address, or one that stands for another: never that of one node. */
const UNUSABLE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  UNUSABLE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  // Unspecified and IPv4-compatible, except ::1.
  ['::', 96],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['ff00::', 8],
] as const)
  UNUSABLE.addSubnet(network, prefix, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

export function isLoopback(host: string): boolean {
  return holds(LOOPBACK, host);
}

/** An IPv6 address that means something only together with an interface. */
export function isLinkLocal(host: string): boolean {
  return holds(LINK_LOCAL, host);
}

/** One address of an own interface, with the network that is directly attached to it. */
export interface OwnAddress {
  /** With its zone where it is link-local. */
  readonly host: string;
  readonly prefixBits: number;
}

/** Whether `host` is in the network that is attached to an own address, so that no router is needed. */
export function isAttached(own: OwnAddress, host: string): boolean {
  const family = isIP(own.host);
  if (family !== isIP(host)) return false;
  if (isLinkLocal(own.host) || isLinkLocal(host))
    return zoneOf(own.host) === zoneOf(host) && isLinkLocal(host);
  const network = new BlockList();
  network.addSubnet(own.host, own.prefixBits, family === 6 ? 'ipv6' : 'ipv4');
  return network.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

export interface HintRules {
  /** Loopback means this very machine: only what comes from here may name it. */
  readonly allowLoopback: boolean;
  /** The own addresses: their broadcasts are refused. */
  readonly own: readonly OwnAddress[];
}

/**
 * An address at which a peer says that a node is, in its one text; null when nothing may be sent there. Link-local
 * addresses come without a zone, because zones are names of another machine's interfaces.
 */
export function usableHint(text: string, { allowLoopback, own }: HintRules): string | null {
  const address = parseUdpAddress(text);
  if (address === null || address.port < LOWEST_PORT || address.host.includes('%')) return null;
  const { host } = address;
  if (isLoopback(host)) return allowLoopback ? formatUdpAddress(address) : null;
  if (holds(UNUSABLE, host) || own.some((one) => isBroadcastOf(one, address))) return null;
  return formatUdpAddress(address);
}

/** A link-local hint once per own interface that it could be on; any other one as it is. */
export function withZones(hint: string, own: readonly OwnAddress[]): string[] {
  const address = parseUdpAddress(hint);
  if (address === null || !isLinkLocal(address.host) || zoneOf(address.host) !== undefined) return [hint];
  const zones = new Set(own.flatMap(({ host }) => (isLinkLocal(host) ? (zoneOf(host) ?? []) : [])));
  return [...zones].map((zone) => formatUdpAddress({ ...address, host: `${address.host}%${zone}` }));
}

export function zoneOf(host: string): string | undefined {
  return host.split('%')[1];
}

/** All bits after the prefix are ones (or zeros: the old form). IPv6 has no broadcast. */
function isBroadcastOf({ host: own, prefixBits }: OwnAddress, { family, host }: UdpAddress): boolean {
  if (family !== 4 || isIP(own) !== 4 || prefixBits >= 31) return false;
  const rest = 2 ** (32 - prefixBits);
  const address = toNumber(host);
  const isSameNetwork = Math.floor(address / rest) === Math.floor(toNumber(own) / rest);
  return isSameNetwork && (address % rest === rest - 1 || address % rest === 0);
}

function toNumber(host: string): number {
  return host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function holds(list: BlockList, host: string): boolean {
  const bare = host.split('%')[0]!;
  const family = isIP(bare);
  return family !== 0 && list.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}
