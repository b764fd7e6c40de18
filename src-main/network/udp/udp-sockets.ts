/**
 * One UDP socket per address of this machine that the node may use, all with one port. Addresses come and go while
 * the node runs; sessions keep to themselves what is lost with one, and go on over the others.
 */
import type { Logger } from '../../node/ports.ts';
import type { DatagramHandler, DatagramSocket } from '../datagram-socket.ts';
import { TransportError } from '../errors.ts';
import type { TransportErrorCode } from '../errors.ts';
import { isAttached, isLinkLocal, isLoopback, withZones } from './address-kind.ts';
import type { OwnAddress } from './address-kind.ts';
import { formatUdpAddress, parseUdpAddress, rateKeyOf } from './udp-address.ts';
import type { UdpAddress } from './udp-address.ts';
import type { UdpBind } from './udp-socket.ts';
import { UdpSocket } from './udp-socket.ts';

/** Addresses in use; beyond it the memory of them is begun anew. */
const MAX_REMEMBERED = 1024;

export interface UnboundAddress {
  readonly host: string;
  readonly code: TransportErrorCode;
}

interface Bound {
  readonly own: OwnAddress;
  readonly socket: UdpSocket;
}

/** Where datagrams to one address go, and through which socket it was heard last. */
interface Target {
  readonly address: UdpAddress | null;
  heardBy: Bound | null;
  /** While nothing was heard of it: the sockets take turns. */
  turn: number;
}

export class UdpSockets implements DatagramSocket {
  readonly #bind: UdpBind;
  readonly #logger: Logger;
  /** The one that is always there. */
  readonly #first: Bound;
  readonly #others = new Map<string, Bound>();
  readonly #targets = new Map<string, Target>();
  #wanted: readonly OwnAddress[];
  #unbound: readonly UnboundAddress[] = [];
  #onDatagram: DatagramHandler = () => undefined;
  #port = 0;
  #work: Promise<unknown> = Promise.resolve();

  /** Binds `bind.host` and, with the same port, the addresses in `also`. */
  constructor(
    options: { readonly bind: UdpBind; readonly also?: readonly OwnAddress[] },
    dependencies: { readonly logger: Logger },
  ) {
    this.#bind = options.bind;
    this.#wanted = options.also ?? [];
    this.#logger = dependencies.logger;
    const socket = new UdpSocket({ bind: options.bind }, dependencies);
    this.#first = { own: { host: options.bind.host, prefixBits: 0 }, socket };
  }

  get localAddress(): string {
    return this.#first.socket.localAddress;
  }

  /** What is bound besides the first address. */
  get others(): readonly OwnAddress[] {
    return [...this.#others.values()].map(({ own }) => own);
  }

  /**
   * Addresses that are wanted, and cannot be used: to be set again, because an IPv6 address that the system still
   * checks for duplicates can be used a moment later.
   */
  get unbound(): readonly UnboundAddress[] {
    return this.#unbound;
  }

  /** A port that is taken at any of the addresses is an error: another one may be free at all of them. */
  async open(onDatagram: DatagramHandler): Promise<void> {
    this.#onDatagram = onDatagram;
    await this.#first.socket.open(this.#receiver(this.#first));
    this.#port = parseUdpAddress(this.localAddress)?.port ?? this.#bind.port;
    await this.setOthers(this.#wanted);
    if (!this.#unbound.some(({ code }) => code === 'address-in-use')) return;
    const port = this.#port;
    await this.close();
    throw new TransportError('address-in-use', `UDP port ${port} is in use.`, port);
  }

  /** From now on these addresses are used besides the first one, as far as the system lets them be. */
  setOthers(wanted: readonly OwnAddress[]): Promise<void> {
    const done = this.#work.then(() => this.#setOthers(wanted));
    this.#work = done.catch(() => undefined);
    return done;
  }

  send(bytes: Uint8Array, address: string): boolean {
    if (this.#others.size === 0) return this.#first.socket.send(bytes, address);
    return this.#via(this.#target(address))?.socket.send(bytes, address) ?? false;
  }

  /** A link-local address without a zone may be on any own interface. */
  placesOf(address: string): readonly string[] {
    return withZones(address, this.others).flatMap((place) => {
      const parsed = parseUdpAddress(place);
      return parsed === null || this.#candidates(parsed).length === 0 ? [] : [formatUdpAddress(parsed)];
    });
  }

  rateKey(address: string): string {
    const { address: parsed } = this.#target(address);
    return parsed === null ? address : rateKeyOf(parsed);
  }

  async close(): Promise<void> {
    await this.setOthers([]);
    await this.#first.socket.close();
  }

  async #setOthers(wanted: readonly OwnAddress[]): Promise<void> {
    const hosts = new Set(wanted.map(({ host }) => host));
    for (const [host, bound] of this.#others) {
      if (hosts.has(host)) continue;
      this.#others.delete(host);
      for (const target of this.#targets.values()) if (target.heardBy === bound) target.heardBy = null;
      await bound.socket.close();
    }
    const unbound: UnboundAddress[] = [];
    for (const own of wanted) {
      if (this.#others.has(own.host) || own.host === this.#bind.host) continue;
      const code = await this.#add(own);
      if (code !== null) unbound.push({ host: own.host, code });
    }
    this.#unbound = unbound;
  }

  async #add(own: OwnAddress): Promise<TransportErrorCode | null> {
    const bind = { host: own.host, port: this.#port };
    const bound = { own, socket: new UdpSocket({ bind }, { logger: this.#logger }) };
    try {
      await bound.socket.open(this.#receiver(bound));
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return error.code;
    }
    this.#others.set(own.host, bound);
    return null;
  }

  #receiver(bound: Bound): DatagramHandler {
    return (bytes, address) => {
      if (this.#others.size > 0) this.#target(address).heardBy = bound;
      this.#onDatagram(bytes, address);
    };
  }

  #via(target: Target): Bound | undefined {
    if (target.heardBy !== null) return target.heardBy;
    if (target.address === null) return undefined;
    const candidates = this.#candidates(target.address);
    return candidates[target.turn++ % candidates.length];
  }

  /** Sockets that may reach an address: those of its own network, otherwise all that a router may lead on from. */
  #candidates(target: UdpAddress): readonly Bound[] {
    const isHere = isLoopback(target.host);
    const isFirst = this.#first.socket.reaches(target);
    // One for all addresses, or outside of loopback, sends wherever the system lets it.
    if (isFirst && (isHere || !isLoopback(this.#first.own.host))) return [this.#first];
    const others = [...this.#others.values()].filter(({ own }) => isLoopback(own.host) === isHere);
    const attached = others.filter(({ own }) => isAttached(own, target.host));
    if (attached.length > 0 || isLinkLocal(target.host)) return attached;
    return others.filter(
      ({ own }) => own.host.includes(':') === (target.family === 6) && !isLinkLocal(own.host),
    );
  }

  #target(address: string): Target {
    const known = this.#targets.get(address);
    if (known !== undefined) return known;
    if (this.#targets.size === MAX_REMEMBERED) this.#targets.clear();
    const target: Target = { address: parseUdpAddress(address), heardBy: null, turn: 0 };
    this.#targets.set(address, target);
    return target;
  }
}
