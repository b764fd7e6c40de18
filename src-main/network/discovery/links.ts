/**
 * Multicast DNS on each of some interfaces, one socket per interface and family. The system delivers multicast of all
 * interfaces to each of them, so what counts for a link is what comes from an address of its own network.
 */
import multicastDns from 'multicast-dns';
import type { DnsPacket, DnsRecord, MulticastDns } from 'multicast-dns';
import type { Clock, Logger } from '../../node/ports.ts';
import type { NetworkInterface, ReadInterfaces } from '../interfaces.ts';
import { isAttached, isLinkLocal, zoneOf } from '../udp/address-kind.ts';
import type { OwnAddress } from '../udp/address-kind.ts';
import { TokenBucket } from '../token-bucket.ts';

const WATCH_EVERY_MS = 2_000;
/** Of one link: multicast of a whole office is less. */
const PACKETS = { perSecond: 200, burst: 1_000 };
const GROUPS = { 4: '224.0.0.251', 6: 'ff02::fb' } as const;

export interface Link {
  readonly name: string;
  readonly kind: NetworkInterface['kind'];
  readonly addresses: readonly OwnAddress[];
  /** It has heard what this machine sent itself. */
  heardSelf: boolean;
  /** It has heard somebody else, whatever that one was talking about. */
  heardOthers: boolean;
  /** The system refused a socket. */
  isRefused: boolean;
}

export interface LinksPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readInterfaces: ReadInterfaces;
  /** Multicast DNS on one interface; another one in tests. */
  readonly open?: typeof multicastDns;
}

export interface LinksHandlers {
  /** From somebody else, or from this machine itself. */
  onPacket(packet: DnsPacket, link: Link): void;
  /** A link was added. */
  onLink(link: Link): void;
}

interface Opened {
  readonly link: Link;
  readonly text: string;
  readonly sockets: readonly MulticastDns[];
}

export class Links {
  readonly #uses: (candidate: NetworkInterface) => boolean;
  readonly #ports: LinksPorts;
  readonly #handlers: LinksHandlers;
  /** By name of the interface; as many as there are. */
  readonly #opened = new Map<string, Opened>();
  #cancelWatch: () => void = () => undefined;

  /** `uses` decides about each interface, again whenever it is looked at. */
  constructor(uses: (candidate: NetworkInterface) => boolean, ports: LinksPorts, handlers: LinksHandlers) {
    this.#uses = uses;
    this.#ports = ports;
    this.#handlers = handlers;
  }

  get all(): readonly Link[] {
    return [...this.#opened.values()].map(({ link }) => link);
  }

  /** Looks at the interfaces now, and again every two seconds until it is closed. */
  look(): void {
    this.#cancelWatch();
    const found = this.#ports.readInterfaces().filter((one) => one.addresses.length > 0 && this.#uses(one));
    for (const [name, opened] of this.#opened) {
      if (found.some((one) => textOf(one) === opened.text)) continue;
      this.#opened.delete(name);
      for (const socket of opened.sockets) socket.destroy();
    }
    for (const one of found) if (!this.#opened.has(one.name)) this.#add(one);
    this.#cancelWatch = this.#ports.clock.schedule(WATCH_EVERY_MS, () => this.look());
  }

  query(name: string): void {
    const questions = [{ name, type: 'PTR' }];
    for (const { sockets } of this.#opened.values())
      for (const socket of sockets) socket.query({ questions });
  }

  respond(
    link: Link,
    packet: { readonly answers: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] },
  ): void {
    for (const socket of this.#opened.get(link.name)?.sockets ?? []) socket.respond(packet);
  }

  async close(): Promise<void> {
    this.#cancelWatch();
    const sockets = [...this.#opened.values()].flatMap((one) => one.sockets);
    this.#opened.clear();
    await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.destroy(() => done()))));
  }

  #add(found: NetworkInterface): void {
    const { name, kind, addresses } = found;
    const link: Link = { name, kind, addresses, heardSelf: false, heardOthers: false, isRefused: false };
    const four = addresses.find(({ host }) => !host.includes(':'));
    const six = addresses.find(({ host }) => isLinkLocal(host));
    const budget = new TokenBucket(PACKETS, this.#ports.clock.nowMs());
    const sockets = [
      ...(four === undefined ? [] : [this.#open(link, budget, 4, four.host)]),
      // The interface of IPv6 is named by its zone; Windows wants its number, which the zone is there.
      ...(six === undefined ? [] : [this.#open(link, budget, 6, `::%${zoneOf(six.host) ?? name}`)]),
    ];
    this.#opened.set(name, { link, text: textOf(found), sockets });
    this.#handlers.onLink(link);
  }

  #open(link: Link, budget: TokenBucket, family: 4 | 6, address: string): MulticastDns {
    const open = this.#ports.open ?? multicastDns;
    const socket = open({
      type: family === 4 ? 'udp4' : 'udp6',
      ip: GROUPS[family],
      interface: address,
      // Multicast is addressed to the group, which a socket for one address would not hear.
      bind: family === 4 ? '0.0.0.0' : '::',
      ttl: 255,
      loopback: true,
    });
    const refuse = (error: Error): void => {
      link.isRefused = true;
      this.#ports.logger.log('info', 'no discovery here', { interface: link.name, error: error.message });
    };
    socket.on('error', refuse);
    socket.on('packet', (packet: DnsPacket, { address: from }: { address: string }) => {
      if (budget.take(1, this.#ports.clock.nowMs())) this.#receive(packet, from, link);
    });
    return socket;
  }

  #receive(packet: DnsPacket, from: string, link: Link): void {
    if (link.addresses.some(({ host }) => host === from)) link.heardSelf = true;
    else if (link.addresses.some((own) => isAttached(own, from))) link.heardOthers = true;
    else return;
    this.#handlers.onPacket(packet, link);
  }
}

function textOf(one: NetworkInterface): string {
  return JSON.stringify([one.name, one.addresses]);
}
