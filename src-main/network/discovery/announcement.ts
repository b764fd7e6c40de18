/**
 * What a node says of its network on the local link (DNS-SD, RFC 6763), and what is believed of what others say. It is
 * as much as an invitation without a ticket holds; the member that it names decides whether to let anybody in.
 *
 *     _diva-node._udp.local   PTR   <instance>
 *     <instance>              SRV   port, <host>      TXT   v, id, k, n, s, h, c
 *     <host>                  A, AAAA
 */
import type { DnsPacket, DnsRecord } from 'multicast-dns';
import { fromText, fromUtf8, toText, utf8 } from '../../core/bytes.ts';
import { isAttached, usableHint } from '../udp/address-kind.ts';
import type { OwnAddress } from '../udp/address-kind.ts';
import { formatUdpAddress, makeUdpAddress } from '../udp/udp-address.ts';

export const SERVICE = '_diva-node._udp.local';
const VERSION = '1';
const TTL_S = 120;
const KEY_BYTES = 32;
/** Of one packet; more of it is not looked at. */
const MAX_RECORDS = 64;
const MAX_TEXTS = 16;
const MAX_HINTS = 4;
const MAX_MEMBERS = 128;
const MAX_TTL_S = 600;

export interface Announcement {
  readonly chainId: Uint8Array;
  /** Of the node that announces. */
  readonly publicKey: Uint8Array;
  /** One line of at most 64 characters. */
  readonly networkName: string;
  readonly memberCount: number;
  /** A block that the network has. */
  readonly checkpoint: { readonly height: number; readonly hash: Uint8Array };
}

export interface HeardAnnouncement extends Announcement {
  /** Names the announcing node and its network. */
  readonly instance: string;
  /** `host:port`; only addresses of the network on which it was heard. */
  readonly addressHints: readonly string[];
  readonly lifetimeMs: number;
}

export function instanceOf({ publicKey, chainId }: Announcement): string {
  return `${hexOf(publicKey, 8)}-${hexOf(chainId, 4)}.${SERVICE}`;
}

/** The answer to whoever browses. `hosts` are those of the interface that it is sent on. */
export function toRecords(
  announcement: Announcement,
  { port, hosts }: { readonly port: number; readonly hosts: readonly string[] },
): { readonly answers: readonly DnsRecord[]; readonly additionals: readonly DnsRecord[] } {
  const instance = instanceOf(announcement);
  const target = `diva-${hexOf(announcement.publicKey, 8)}.local`;
  const { chainId, publicKey, networkName, memberCount, checkpoint } = announcement;
  const texts = [
    `v=${VERSION}`,
    `id=${toText(chainId)}`,
    `k=${toText(publicKey)}`,
    `n=${networkName}`,
    `s=${memberCount}`,
    `h=${checkpoint.height}`,
    `c=${toText(checkpoint.hash)}`,
  ];
  const own = { ttl: TTL_S, flush: true };
  const addresses = hosts.map((host) => {
    const bare = host.split('%')[0]!;
    return { name: target, type: bare.includes(':') ? 'AAAA' : 'A', ...own, data: bare };
  });
  return {
    answers: [{ name: SERVICE, type: 'PTR', ttl: TTL_S, data: instance }],
    additionals: [
      { name: instance, type: 'SRV', ...own, data: { port, target, priority: 0, weight: 0 } },
      { name: instance, type: 'TXT', ...own, data: texts.map((text) => Buffer.from(utf8(text))) },
      ...addresses,
    ],
  };
}

/** Said when a network is not announced any more. */
export function toGoodbye(announcement: Announcement): { readonly answers: readonly DnsRecord[] } {
  return { answers: [{ name: SERVICE, type: 'PTR', ttl: 0, data: instanceOf(announcement) }] };
}

export function asksForUs({ questions = [] }: DnsPacket): boolean {
  return questions.slice(0, MAX_RECORDS).some(({ name, type }) => {
    return sameName(name, SERVICE) && (type === 'PTR' || type === 'ANY');
  });
}

/** Instances that say goodbye. */
export function readGoodbyes({ answers = [] }: DnsPacket): readonly string[] {
  return answers
    .slice(0, MAX_RECORDS)
    .flatMap(({ name, type, ttl, data }) =>
      sameName(name, SERVICE) && type === 'PTR' && ttl === 0 && typeof data === 'string'
        ? [data.toLowerCase()]
        : [],
    );
}

/** All networks of a packet that are announced completely; `own` are the addresses of the interface it came by. */
export function readAnnouncements(
  { answers = [], additionals = [] }: DnsPacket,
  own: readonly OwnAddress[],
): readonly HeardAnnouncement[] {
  const records = [...answers, ...additionals].slice(0, MAX_RECORDS);
  return records.flatMap((record) => {
    const { name, type, data, ttl } = record;
    if (type !== 'SRV' || !name.toLowerCase().endsWith(`.${SERVICE}`) || ttl === 0) return [];
    const { port, target } = (data ?? {}) as { port?: unknown; target?: unknown };
    if (typeof port !== 'number' || typeof target !== 'string') return [];
    const texts = records.find((one) => one.type === 'TXT' && sameName(one.name, name));
    const announcement = texts === undefined ? undefined : readTexts(texts.data);
    const addressHints = hintsOf(records, target, port, own);
    if (announcement === undefined || addressHints.length === 0) return [];
    const lifetimeMs = Math.min(MAX_TTL_S, Math.max(1, Number(ttl ?? TTL_S))) * 1_000;
    // Whoever names another key than his own takes nobody's place.
    const instance = instanceOf(announcement);
    return sameName(name, instance) ? [{ ...announcement, instance, addressHints, lifetimeMs }] : [];
  });
}

function hintsOf(
  records: readonly DnsRecord[],
  target: string,
  port: number,
  own: readonly OwnAddress[],
): readonly string[] {
  const hints = records.flatMap(({ name, type, data }) => {
    const isAddress = (type === 'A' || type === 'AAAA') && sameName(name, target);
    if (!isAddress || typeof data !== 'string') return [];
    const hint = usableHint(formatUdpAddress(makeUdpAddress(data, port)), { allowLoopback: false, own });
    return hint !== null && own.some((one) => isOnLink(one, data)) ? [hint] : [];
  });
  return [...new Set(hints)].slice(0, MAX_HINTS);
}

/** Link-local addresses are said without a zone: the interface that they came by is meant. */
function isOnLink(own: OwnAddress, host: string): boolean {
  const [, zone] = own.host.split('%');
  return isAttached(own, zone === undefined ? host : `${host}%${zone}`);
}

function readTexts(data: unknown): Announcement | undefined {
  const texts = new Map<string, string>();
  const parts: readonly unknown[] = Array.isArray(data) ? data : [data];
  for (const part of parts.slice(0, MAX_TEXTS)) {
    const text = part instanceof Uint8Array ? fromUtf8(part) : undefined;
    const [, name, value] = /^([a-z]{1,8})=(.*)$/su.exec(text ?? '') ?? [];
    if (name !== undefined && value !== undefined && !texts.has(name)) texts.set(name, value);
  }
  const [chainId, publicKey, hash] = ['id', 'k', 'c'].map((name) => readBytes(texts.get(name)));
  const networkName = texts.get('n') ?? '';
  const memberCount = readCount(texts.get('s'));
  const height = readCount(texts.get('h'));
  if (texts.get('v') !== VERSION || !/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$/u.test(networkName))
    return undefined;
  if (chainId === undefined || publicKey === undefined || hash === undefined) return undefined;
  if (memberCount === undefined || memberCount > MAX_MEMBERS || height === undefined) return undefined;
  return { chainId, publicKey, networkName, memberCount, checkpoint: { height, hash } };
}

function readBytes(text: string | undefined): Uint8Array | undefined {
  const bytes = text === undefined ? undefined : fromText(text);
  return bytes?.length === KEY_BYTES ? bytes : undefined;
}

function readCount(text: string | undefined): number | undefined {
  const value = /^[1-9]\d{0,9}$/.test(text ?? '') ? Number(text) : 0;
  return value >= 1 && value < 2 ** 32 ? value : undefined;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function hexOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.subarray(0, length)).toString('hex');
}
