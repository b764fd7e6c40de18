/**
 * Where a node of a network over several machines can be reached: only on the interfaces that its owner agreed to,
 * and on loopback. It watches the interfaces while the node runs, because laptops change networks, and tells the
 * members its new addresses by itself.
 */
import type { PeerText } from '../core/types.ts';
import type { NetworkInterface, ReadInterfaces } from '../network/interfaces.ts';
import { isLinkLocal, isLoopback, usableHint } from '../network/udp/address-kind.ts';
import type { OwnAddress } from '../network/udp/address-kind.ts';
import { formatUdpAddress, makeUdpAddress, parseUdpAddress } from '../network/udp/udp-address.ts';
import type { UdpTransport } from '../network/udp/udp-transport.ts';
import { AddressExchange } from '../node/address-exchange.ts';
import type { AddressExchangePorts } from '../node/address-exchange.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { AddressFile } from './address-file.ts';
import { consentFile } from './reach-consent.ts';
import type { Consent } from './reach-consent.ts';
import type { NodeReach, ReachConsent, ReachInterface, ReachProblem, ReachStatus } from './reach-types.ts';

/** Addresses change when a cable is plugged in or another Wi-Fi is chosen: seldom, and a person waits for it. */
const WATCH_EVERY_MS = 2_000;
const MAX_OWN_HINTS = 8;

export interface ReachOptions {
  readonly chainId: Uint8Array;
  /** Where the consent is kept. */
  readonly path: string;
  readonly consent: Consent;
  readonly addresses: AddressFile;
}

export type ReachPorts = Pick<AddressExchangePorts, 'clock' | 'random' | 'crypto' | 'signer'> & {
  readonly readInterfaces: ReadInterfaces;
};

/** What of the transport it needs. */
export type ReachTransport = AddressExchangePorts['transport'] &
  Pick<UdpTransport, 'localAddress' | 'others' | 'unbound' | 'listenAt'>;

export class Reach implements NodeReach {
  readonly exchange: AddressExchange;
  readonly #options: ReachOptions;
  readonly #ports: ReachPorts;
  readonly #transport: ReachTransport;
  readonly #listeners = new Set<() => void>();
  #consent: Consent;
  #seen: readonly NetworkInterface[];
  #cancelWatch: () => void = () => undefined;
  #isClosed = false;

  constructor(options: ReachOptions, ports: ReachPorts, transport: ReachTransport) {
    this.#options = options;
    this.#ports = ports;
    this.#transport = transport;
    this.#consent = options.consent;
    this.#seen = ports.readInterfaces();
    this.exchange = new AddressExchange(
      { chainId: options.chainId },
      {
        ...ports,
        transport,
        store: options.addresses,
        isHere: (address) => isLoopback(parseUdpAddress(address)?.host ?? ''),
        usable: ({ record, isFromHere }) => {
          return record.addressHints.flatMap((hint) => this.#usable(hint, isFromHere));
        },
      },
    );
    for (const { publicKey } of options.addresses.seeds) this.exchange.trust(publicKey);
  }

  /** The node takes part from now on. */
  follow(node: NodeFacade): void {
    this.exchange.follow(node);
    this.exchange.announce(this.#ownHints());
    this.#watchLater();
  }

  /** Where a member may be, best first: what it says itself, then what the invitation said. */
  hintsOf(publicKey: PeerText): readonly string[] {
    const seed = this.#options.addresses.seeds.find((one) => one.publicKey === publicKey);
    const seeded = (seed?.addressHints ?? []).flatMap((hint) => this.#usable(hint, true));
    return [...new Set([...this.exchange.hintsOf(publicKey), ...seeded])];
  }

  status(): ReachStatus {
    const { interfaces: allowed, announce } = this.#consent;
    const unbound = new Set(this.#transport.unbound.map(({ host }) => host));
    const there = this.#seen.filter(({ kind }) => kind !== 'loopback');
    const interfaces = there.map(({ name, kind, addresses }): ReachInterface => {
      const isAllowed = allowed.includes(name);
      const isBlocked = isAllowed && addresses.every(({ host }) => unbound.has(host));
      return { name, kind, hosts: addresses.map(({ host }) => host.split('%')[0]!), isAllowed, isBlocked };
    });
    const missing = allowed.filter((name) => !there.some((one) => one.name === name));
    return {
      interfaces: [
        ...interfaces,
        ...missing.map((name): ReachInterface => {
          return { name, kind: 'cable-or-wifi', hosts: [], isAllowed: true, isBlocked: false };
        }),
      ],
      announce,
      addresses: this.#ownHints(),
      problem: this.#problemOf(interfaces),
    };
  }

  /** The owner decides anew; durable, and in force when it resolves. Other interfaces keep their sessions. */
  async setConsent({ interfaces, announce }: ReachConsent): Promise<void> {
    const decided: Consent = { version: 1, interfaces: [...interfaces], announce };
    consentFile.write(this.#options.path, decided);
    this.#consent = decided;
    await this.#apply();
  }

  /** Called whenever `status()` may say something else. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelWatch();
    this.exchange.close();
  }

  #watchLater(): void {
    if (this.#isClosed) return;
    this.#cancelWatch = this.#ports.clock.schedule(WATCH_EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const seen = this.#ports.readInterfaces();
    const isSame = JSON.stringify(seen) === JSON.stringify(this.#seen);
    this.#seen = seen;
    // What could not be bound before may be free by now.
    if (!isSame || this.#transport.unbound.length > 0) await this.#apply();
    this.#watchLater();
  }

  async #apply(): Promise<void> {
    await this.#transport.listenAt(allowedAddresses(this.#consent, this.#seen));
    if (this.#isClosed) return;
    this.exchange.announce(this.#ownHints());
    for (const listener of this.#listeners) listener();
  }

  /** What members are told; loopback only by a node that is nowhere else, for others of this machine. */
  #ownHints(): readonly string[] {
    const { localAddress, others } = this.#transport;
    const port = parseUdpAddress(localAddress)?.port ?? 0;
    const hints = others.map(({ host }) => formatUdpAddress(makeUdpAddress(host.split('%')[0]!, port)));
    return hints.length === 0 ? [localAddress] : [...new Set(hints)].sort(byReach).slice(0, MAX_OWN_HINTS);
  }

  #problemOf(interfaces: readonly ReachInterface[]): ReachProblem | null {
    const usable = interfaces.filter(({ hosts }) => hosts.length > 0);
    const allowed = usable.filter(({ isAllowed }) => isAllowed);
    if (usable.length === 0) return 'no-network';
    if (allowed.length === 0) return this.#consent.interfaces.length > 0 ? 'other-interface' : 'not-allowed';
    if (allowed.some(({ isBlocked }) => !isBlocked)) return null;
    const isTaken = this.#transport.unbound.some(({ code }) => code === 'address-in-use');
    return isTaken ? 'port-taken' : 'cannot-listen';
  }

  #usable(hint: string, allowLoopback: boolean): readonly string[] {
    const usable = usableHint(hint, { allowLoopback, own: this.#transport.others });
    return usable === null ? [] : [usable];
  }
}

/** The addresses of this machine that its owner agreed to, for the transport. */
export function allowedAddresses(
  { interfaces }: Consent,
  seen: readonly NetworkInterface[],
): readonly OwnAddress[] {
  return seen.flatMap(({ name, kind, addresses }) => {
    return kind !== 'loopback' && interfaces.includes(name) ? addresses : [];
  });
}

/** IPv4 first, link-local IPv6 last. */
function byReach(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

function rankOf(hint: string): number {
  if (!hint.startsWith('[')) return 0;
  return isLinkLocal(hint.slice(1, hint.indexOf(']'))) ? 2 : 1;
}
