import type { SessionTransportDependencies, SessionTransportOptions } from '../session-transport.ts';
import { SessionTransport } from '../session-transport.ts';
import type { UdpBind } from './udp-socket.ts';
import { UdpSocket } from './udp-socket.ts';

export interface UdpTransportOptions extends SessionTransportOptions {
  readonly bind: UdpBind;
}

/** The transport over UDP, IPv4 and IPv6. Address hints: `host:port`, `[v6]:port`, numbers only. */
export class UdpTransport extends SessionTransport {
  constructor(options: UdpTransportOptions, dependencies: SessionTransportDependencies) {
    super(options, { ...dependencies, socket: new UdpSocket({ bind: options.bind }, dependencies) });
  }
}
