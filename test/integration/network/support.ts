import { randomBytes } from 'node:crypto';
import { crypto_sign_keypair } from 'sodium-native';
import { toText } from '../../../src-main/core/bytes.ts';
import { loopback } from '../../../src-main/network/profiles.ts';
import type { TransportProfile } from '../../../src-main/network/profiles.ts';
import type { OwnAddress } from '../../../src-main/network/udp/address-kind.ts';
import { UdpTransport } from '../../../src-main/network/udp/udp-transport.ts';
import type { Clock, Logger, PeerClass, Random, Transport } from '../../../src-main/node/ports.ts';

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
export const silentLogger: Logger = { log: () => undefined };
export const CHAIN_ID = new Uint8Array(32).fill(7);

export function makeKeyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  crypto_sign_keypair(publicKey, secretKey);
  return { publicKey, secretKey };
}

export interface NodeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly also?: readonly OwnAddress[];
  readonly keyPair?: ReturnType<typeof makeKeyPair>;
  readonly profile?: TransportProfile;
  readonly chainId?: Uint8Array;
}

/** A transport with real sockets that records what its handlers were told. */
export class TestNode {
  readonly keyPair: ReturnType<typeof makeKeyPair>;
  readonly text: string;
  readonly transport: UdpTransport;
  readonly messages: { from: string; payload: Uint8Array }[] = [];
  readonly events: string[] = [];
  #waiters: (() => void)[] = [];

  private constructor(options: NodeOptions) {
    this.keyPair = options.keyPair ?? makeKeyPair();
    this.text = toText(this.keyPair.publicKey);
    this.transport = new UdpTransport(
      {
        chainId: options.chainId ?? CHAIN_ID,
        keyPair: this.keyPair,
        bind: { host: options.host ?? '127.0.0.1', port: options.port ?? 0 },
        also: options.also ?? [],
        profile: options.profile ?? loopback,
      },
      { clock: systemClock, random: systemRandom, logger: silentLogger },
    );
  }

  static async open(options: NodeOptions = {}): Promise<TestNode> {
    const node = new TestNode(options);
    await node.transport.open({
      onMessage: (from, payload) => node.#note(() => node.messages.push({ from, payload })),
      onConnected: (peer) => node.#note(() => node.events.push(`+${peer}`)),
      onDisconnected: (peer) => node.#note(() => node.events.push(`-${peer}`)),
    });
    return node;
  }

  get address(): string {
    return this.transport.localAddress;
  }

  knows(
    peer: TestNode,
    addressHints: readonly string[] = [peer.address],
    peerClass: PeerClass = 'member',
  ): void {
    this.transport.setPeer({ publicKey: peer.text, peerClass, addressHints });
  }

  isConnectedTo(peer: TestNode): boolean {
    return this.link(peer)?.connected ?? false;
  }

  link(peer: TestNode): ReturnType<Transport['links']>[number] | undefined {
    return this.transport.links().find((link) => link.publicKey === peer.text);
  }

  say(to: TestNode, payload: Uint8Array): void {
    this.transport.send(to.text, payload);
    this.transport.flush();
  }

  /** Resolves as soon as the condition holds after something happened to this node, or by itself meanwhile. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.#waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #note(action: () => void): void {
    action();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
