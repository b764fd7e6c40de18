import { crypto_sign_seed_keypair } from 'sodium-native';
import { toText } from '../../../src-main/core/bytes.ts';
import type { DatagramHandler, DatagramSocket } from '../../../src-main/network/datagram-socket.ts';
import type { IdentityKeyPair } from '../../../src-main/network/noise.ts';
import { loopback } from '../../../src-main/network/profiles.ts';
import type { TransportProfile } from '../../../src-main/network/profiles.ts';
import { SessionTransport } from '../../../src-main/network/session-transport.ts';
import type { Clock, Logger, PeerClass, PeerLink, Random } from '../../../src-main/node/ports.ts';

export const CHAIN_ID = new Uint8Array(32).fill(7);
export const silentLogger: Logger = { log: () => undefined };

/** Time passes only in `advance`. */
export class VirtualClock implements Clock {
  #nowMs = 1000;
  #sequence = 0;
  readonly #timers = new Map<number, { dueMs: number; callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const id = this.#sequence++;
    this.#timers.set(id, { dueMs: this.#nowMs + Math.max(0, delayMs), callback });
    return () => this.#timers.delete(id);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      let next: [number, { dueMs: number; callback: () => void }] | null = null;
      for (const entry of this.#timers) if (next === null || entry[1].dueMs < next[1].dueMs) next = entry;
      if (next === null || next[1].dueMs > untilMs) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1].dueMs);
      next[1].callback();
    }
    this.#nowMs = untilMs;
  }
}

/** Reproducible bytes (xorshift32). */
export function seededRandom(seed: number): Random {
  let state = seed * 2_654_435_761 + 1 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  return { bytes: (length) => Uint8Array.from({ length }, () => next() >>> 11) };
}

export function keyPairOf(seed: number): IdentityKeyPair {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  crypto_sign_seed_keypair(publicKey, secretKey, seededRandom(seed).bytes(32));
  return { publicKey, secretKey };
}

export interface Sent {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** Delivers datagrams between addresses after a delay; `filter` decides which ones. */
export class MemoryNetwork {
  readonly clock: VirtualClock;
  /** Everything that was sent, delivered or not. */
  readonly sent: Sent[] = [];
  filter: (datagram: Sent) => boolean = () => true;
  delayMs = 1;
  readonly #sockets = new Map<string, DatagramHandler>();

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** Sends as anybody, from any address. */
  inject(from: string, to: string, bytes: Uint8Array): void {
    this.#sockets.get(to)?.(Uint8Array.from(bytes), from);
  }

  socket(address: string): MemorySocket {
    return new MemorySocket(this, address, this.#sockets);
  }

  carry(datagram: Sent): void {
    this.sent.push(datagram);
    if (!this.filter(datagram)) return;
    this.clock.schedule(this.delayMs, () => this.inject(datagram.from, datagram.to, datagram.bytes));
  }
}

export class MemorySocket implements DatagramSocket {
  localAddress: string;
  readonly #network: MemoryNetwork;
  readonly #sockets: Map<string, DatagramHandler>;
  #handler: DatagramHandler | null = null;

  constructor(network: MemoryNetwork, address: string, sockets: Map<string, DatagramHandler>) {
    this.#network = network;
    this.#sockets = sockets;
    this.localAddress = address;
  }

  async open(onDatagram: DatagramHandler): Promise<void> {
    this.#handler = onDatagram;
    this.#sockets.set(this.localAddress, onDatagram);
  }

  /** The same socket at another address, as behind a router that forgot its mapping. */
  move(address: string): void {
    this.#sockets.delete(this.localAddress);
    this.localAddress = address;
    this.#sockets.set(address, this.#handler!);
  }

  send(bytes: Uint8Array, address: string): boolean {
    this.#network.carry({ from: this.localAddress, to: address, bytes: Uint8Array.from(bytes) });
    return true;
  }

  placesOf(address: string): readonly string[] {
    return address === '' ? [] : [address];
  }

  rateKey(address: string): string {
    return address.split(':')[0]!;
  }

  async close(): Promise<void> {
    this.#sockets.delete(this.localAddress);
  }
}

export interface VirtualNodeOptions {
  readonly keyPair?: IdentityKeyPair;
  readonly chainId?: Uint8Array;
  readonly profile?: TransportProfile;
  /** Distinguishes restarts of one identity. */
  readonly randomSeed?: number;
}

export class VirtualNode {
  readonly keyPair: IdentityKeyPair;
  readonly text: string;
  readonly socket: MemorySocket;
  readonly transport: SessionTransport;
  readonly messages: { from: string; payload: Uint8Array }[] = [];
  readonly events: string[] = [];

  private constructor(network: MemoryNetwork, seed: number, address: string, options: VirtualNodeOptions) {
    this.keyPair = options.keyPair ?? keyPairOf(seed);
    this.text = toText(this.keyPair.publicKey);
    this.socket = network.socket(address);
    this.transport = new SessionTransport(
      {
        chainId: options.chainId ?? CHAIN_ID,
        keyPair: this.keyPair,
        profile: options.profile ?? loopback,
      },
      {
        clock: network.clock,
        random: seededRandom(options.randomSeed ?? seed + 1000),
        logger: silentLogger,
        socket: this.socket,
      },
    );
  }

  static async open(
    network: MemoryNetwork,
    seed: number,
    address: string,
    options: VirtualNodeOptions = {},
  ): Promise<VirtualNode> {
    const node = new VirtualNode(network, seed, address, options);
    await node.transport.open({
      onMessage: (from, payload) => node.messages.push({ from, payload }),
      onConnected: (peer) => node.events.push(`+${peer}`),
      onDisconnected: (peer) => node.events.push(`-${peer}`),
    });
    return node;
  }

  knows(peer: VirtualNode, addressHints?: readonly string[], peerClass: PeerClass = 'member'): void {
    const hints = addressHints ?? [peer.socket.localAddress];
    this.transport.setPeer({ publicKey: peer.text, peerClass, addressHints: hints });
  }

  link(peer: VirtualNode): PeerLink | undefined {
    return this.transport.links().find(({ publicKey }) => publicKey === peer.text);
  }

  isConnectedTo(peer: VirtualNode): boolean {
    return this.link(peer)?.connected ?? false;
  }

  say(to: VirtualNode, payload: Uint8Array): void {
    this.transport.send(to.text, payload);
    this.transport.flush();
  }

  rejected(reason: string): number {
    return this.transport.rejections()[reason] ?? 0;
  }
}

export function patterned(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 255);
}
