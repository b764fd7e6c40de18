import type { SessionTransportDependencies, SessionTransportOptions } from '../session-transport.ts';
import { SessionTransport } from '../session-transport.ts';
import type { OwnAddress } from './address-kind.ts';
import type { UdpBind } from './udp-socket.ts';
import type { UnboundAddress } from './udp-sockets.ts';
import { UdpSockets } from './udp-sockets.ts';

export interface UdpTransportOptions extends SessionTransportOptions {
  readonly bind: UdpBind;
  /** Further addresses of this machine to listen at, with the same port. */
  readonly also?: readonly OwnAddress[];
}

/** The transport over UDP, IPv4 and IPv6. Address hints: `host:port`, `[v6]:port`, numbers only. */
export class UdpTransport extends SessionTransport {
  readonly #sockets: UdpSockets;

  constructor(options: UdpTransportOptions, dependencies: SessionTransportDependencies) {
    const { bind, also = [] } = options;
    const socket = new UdpSockets({ bind, also }, dependencies);
    super(options, { ...dependencies, socket });
    this.#sockets = socket;
  }

  /** What is bound besides `bind.host`. */
  get others(): readonly OwnAddress[] {
    return this.#sockets.others;
  }

  /** What was asked for besides `bind.host`, and cannot be bound: to be asked for again. */
  get unbound(): readonly UnboundAddress[] {
    return this.#sockets.unbound;
  }

  /** Listens at these addresses instead of the further ones so far, and looks for its peers anew. */
  async listenAt(addresses: readonly OwnAddress[]): Promise<void> {
    const before = hostsOf(this.others);
    await this.#sockets.setOthers(addresses);
    if (hostsOf(this.others) !== before) this.networkChanged();
  }
}

function hostsOf(addresses: readonly OwnAddress[]): string {
  return addresses
    .map(({ host }) => host)
    .sort((a, b) => (a < b ? -1 : 1))
    .join();
}
