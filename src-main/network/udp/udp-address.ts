/** UDP addresses in text: `host:port` for IPv4, `[host]:port` for IPv6; hosts are numbers, never names. */
import { isIP, SocketAddress } from 'node:net';

export interface UdpAddress {
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
}

const MAPPED_PREFIX = '::ffff:';
const FORM = /^(?:\[([0-9a-fA-F:.]{2,45}(?:%[0-9A-Za-z_.-]{1,16})?)\]|([0-9.]{7,15})):([1-9][0-9]{0,4})$/;

/** Names are refused on purpose: a name would be looked up, which tells others whom we talk to. */
export function parseUdpAddress(text: string): UdpAddress | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const host = match[1] ?? match[2]!;
  const port = Number(match[3]);
  const family = isIP(host);
  if (port > 65_535 || (match[1] === undefined ? family !== 4 : family !== 6)) return null;
  return makeUdpAddress(host, port);
}

/** One form for equal addresses: IPv6 compressed in lower case, IPv4-mapped IPv6 as IPv4. */
export function makeUdpAddress(host: string, port: number): UdpAddress {
  if (isIP(host) !== 6) return { family: 4, host, port };
  const [bare = host, zone] = host.split('%');
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = address.startsWith(MAPPED_PREFIX) ? address.slice(MAPPED_PREFIX.length) : '';
  if (isIP(mapped) === 4) return { family: 4, host: mapped, port };
  return { family: 6, host: zone === undefined ? address : `${address}%${zone}`, port };
}

export function formatUdpAddress({ family, host, port }: UdpAddress): string {
  return family === 4 ? `${host}:${port}` : `[${host}]:${port}`;
}

/** IPv4: the host. IPv6: its first 64 bits, because one household owns as many addresses as it likes below them. */
export function rateKeyOf({ family, host }: UdpAddress): string {
  if (family === 4) return host;
  const [head = '', tail] = (host.split('%')[0] ?? '').split('::');
  const leading = head === '' ? [] : head.split(':');
  const trailing = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - leading.length - trailing.length;
  return [...leading, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...trailing].slice(0, 4).join(':');
}
