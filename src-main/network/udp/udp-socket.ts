import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket, SocketType } from 'node:dgram';
import { isIP } from 'node:net';
import type { Logger } from '../../node/ports.ts';
import type { DatagramHandler, DatagramSocket } from '../datagram-socket.ts';
import { TransportError } from '../errors.ts';
import type { UdpAddress } from './udp-address.ts';
import { formatUdpAddress, makeUdpAddress, parseUdpAddress, rateKeyOf } from './udp-address.ts';

/** Bursts of several peers must find room while this process computes. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
const MAX_CACHED_ADDRESSES = 1024;

export interface UdpBind {
  /** An IPv4 or IPv6 address of this machine; `::` receives both, on machines without IPv6 only IPv4. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
}

export class UdpSocket implements DatagramSocket {
  readonly #bind: UdpBind;
  readonly #logger: Logger;
  #socket: Socket | null = null;
  #family: 4 | 6 = 4;
  #localAddress = '';
  /** Parsed forms of the addresses that are in use; at most MAX_CACHED_ADDRESSES, then begun anew. */
  readonly #parsed = new Map<string, UdpAddress | null>();

  constructor(options: { readonly bind: UdpBind }, dependencies: { readonly logger: Logger }) {
    if (isIP(options.bind.host) === 0) {
      throw new TransportError('invalid-options', `Not an IP address to bind to: ${options.bind.host}`);
    }
    this.#bind = options.bind;
    this.#logger = dependencies.logger;
  }

  get localAddress(): string {
    return this.#localAddress;
  }

  async open(onDatagram: DatagramHandler): Promise<void> {
    const { host, port } = this.#bind;
    let socket: Socket;
    try {
      socket = await bindSocket(host, port);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL'))
        throw toTransportError(error, port);
      socket = await bindSocket('0.0.0.0', port).catch((cause: unknown) => {
        throw toTransportError(cause, port);
      });
    }
    const bound = socket.address();
    this.#family = isIP(bound.address) === 6 ? 6 : 4;
    this.#localAddress = formatUdpAddress(makeUdpAddress(bound.address, bound.port));
    this.#enlargeBuffers(socket);
    socket.on('error', (error) => {
      this.#logger.log('warn', 'UDP socket error', { error: error.message });
    });
    socket.on('message', (bytes: Uint8Array, { address, port: from, family }: RemoteInfo) => {
      const isMapped = family === 'IPv6' && address.startsWith('::ffff:');
      const text =
        family === 'IPv6' && !isMapped
          ? `[${address}]:${from}`
          : `${isMapped ? address.slice(7) : address}:${from}`;
      onDatagram(bytes, text);
    });
    this.#socket = socket;
  }

  send(bytes: Uint8Array, address: string): boolean {
    const target = this.#parse(address);
    if (this.#socket === null || target === null || !this.reaches(target)) return false;
    const host = target.family === 4 && this.#family === 6 ? `::ffff:${target.host}` : target.host;
    try {
      this.#socket.send(bytes, target.port, host, ignoreLoss);
    } catch {
      return false;
    }
    return true;
  }

  placesOf(address: string): readonly string[] {
    const parsed = parseUdpAddress(address);
    return parsed === null || !this.reaches(parsed) ? [] : [formatUdpAddress(parsed)];
  }

  rateKey(address: string): string {
    const parsed = this.#parse(address);
    return parsed === null ? address : rateKeyOf(parsed);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  /** A socket bound to IPv4 cannot send to IPv6; one bound to a single IPv6 address cannot send to IPv4. */
  reaches(target: UdpAddress): boolean {
    return target.family === this.#family || (this.#family === 6 && this.#bind.host === '::');
  }

  #parse(address: string): UdpAddress | null {
    const known = this.#parsed.get(address);
    if (known !== undefined) return known;
    const parsed = parseUdpAddress(address);
    if (this.#parsed.size === MAX_CACHED_ADDRESSES) this.#parsed.clear();
    this.#parsed.set(address, parsed);
    return parsed;
  }

  /** The system may grant less, which pulls make good for. */
  #enlargeBuffers(socket: Socket): void {
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
      socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    } catch (error) {
      this.#logger.log('debug', 'UDP buffers stay at the size of the system', {
        error: (error as Error).message,
      });
    }
    this.#logger.log('debug', 'UDP socket bound', {
      address: this.#localAddress,
      receiveBufferBytes: socket.getRecvBufferSize(),
      sendBufferBytes: socket.getSendBufferSize(),
    });
  }
}

/** Datagrams may be lost anyway; without a callback the socket would report each unreachable peer as its own error. */
function ignoreLoss(): void {}

function bindSocket(host: string, port: number): Promise<Socket> {
  const family = isIP(host);
  const type: SocketType = family === 6 ? 'udp6' : 'udp4';
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type,
      ipv6Only: family === 6 && host !== '::',
      // Addresses are numbers already: answering at once spares each datagram a turn through the resolver.
      lookup: (address, _options, callback) => callback(null, address, family),
    });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

export function toTransportError(error: unknown, port: number): TransportError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new TransportError('address-in-use', `UDP port ${port} is in use.`, port);
  if (code === 'EACCES' || code === 'EPERM') {
    return new TransportError('permission-denied', `UDP port ${port} may not be used: ${message}`, port);
  }
  return new TransportError('bind-failed', `UDP port ${port} could not be bound: ${message}`, port);
}
