/** Ports that write down what a node does, and do nothing else than what the test tells them. */
import type { Message } from '../../../src-main/core/messages.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { PublishEffect } from '../../../src-main/core/effects.ts';
import type { PeerText } from '../../../src-main/core/types.ts';
import { NodeDriver, type NodePorts } from '../../../src-main/node/driver.ts';
import type {
  DurableTurn,
  PeerLink,
  TransportHandlers,
  TransportPeer,
} from '../../../src-main/node/ports.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore, type VirtualDisk } from '../../sim/disk.ts';
import { crypto, networkOf, type TestNetwork, type TestKey } from '../core/builders.ts';
import { newDisk } from '../core/cluster.ts';

export interface BenchChoices {
  readonly contacts?: readonly string[];
  /** The first member unless told. */
  readonly self?: TestKey;
}

export class DriverBench {
  readonly #self: TestKey;
  readonly network: TestNetwork;
  readonly disk: VirtualDisk;
  readonly driver: NodeDriver;
  /** What happened at the ports and at the listener, in order: `write`, `send <type>`, `flush`, `publish <type>`. */
  readonly happened: string[] = [];
  readonly sent: { to: PeerText; message: Message }[] = [];
  readonly published: PublishEffect[] = [];
  readonly turns: DurableTurn[] = [];
  readonly peers = new Map<PeerText, TransportPeer>();
  readonly logged: string[] = [];
  /** Thrown by the next durable write. */
  writeError: Error | null = null;
  /** Thrown by the transport when it is to send. */
  sendError: Error | null = null;
  nowMs = 0;
  isClosed = false;
  #deferred: (() => void)[] = [];
  #timers: { dueAtMs: number; callback: () => void }[] = [];
  #handlers: TransportHandlers | null = null;

  constructor(stakes: readonly number[] = [1], { contacts = [], self }: BenchChoices = {}) {
    this.network = networkOf(stakes);
    this.disk = newDisk(this.network);
    this.#self = self ?? this.network.keys[0]!;
    const { genesis, chainId } = this.network;
    this.driver = new NodeDriver(
      {
        genesis,
        chainId,
        timing: TIMINGS.loopback,
        policy: { sponsor: 'ask', raiseTo: null, keepsFounder: false, announceReady: false },
        addressHintsOf: () => ['127.0.0.1:1'],
        contacts,
      },
      this.#ports(),
    );
    this.driver.subscribe((event) => {
      this.happened.push(`publish ${event.type}`);
      this.published.push(event);
    });
  }

  async start(): Promise<void> {
    await this.driver.start();
    this.run();
  }

  /** Runs every turn that is due. */
  run(): void {
    while (this.#deferred.length > 0) for (const callback of this.#deferred.splice(0)) callback();
  }

  /** Only the next turn. */
  runOne(): void {
    this.#deferred.shift()?.();
  }

  pass(durationMs: number): void {
    this.nowMs += durationMs;
    const due = this.#timers.filter(({ dueAtMs }) => dueAtMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ dueAtMs }) => dueAtMs > this.nowMs);
    for (const { callback } of due) callback();
    this.run();
  }

  receive(from: PeerText, payload: Message | Uint8Array): void {
    this.#handlers!.onMessage(from, payload instanceof Uint8Array ? payload : encodeMessage(payload));
  }

  connect(peer: PeerText): void {
    this.#handlers!.onConnected(peer);
  }

  disconnect(peer: PeerText): void {
    this.#handlers!.onDisconnected(peer);
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  look(): void {
    this.happened.length = 0;
    this.sent.length = 0;
    this.published.length = 0;
  }

  #ports(): NodePorts {
    let random = 0;
    return {
      crypto,
      signer: this.#self.signer,
      logger: { log: (level, message) => void this.logged.push(`${level} ${message}`) },
      random: { bytes: (length) => new Uint8Array(length).fill(++random) },
      defer: (callback) => void this.#deferred.push(callback),
      clock: {
        nowMs: () => this.nowMs,
        schedule: (delayMs, callback) => {
          const timer = { dueAtMs: this.nowMs + delayMs, callback };
          this.#timers.push(timer);
          return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
        },
      },
      store: new SimulatedStore(this.disk, (turn, apply) => {
        this.happened.push('write');
        if (this.writeError !== null) throw this.writeError;
        this.turns.push(turn);
        apply();
      }),
      transport: {
        localAddress: '127.0.0.1:0',
        open: (handlers) => {
          this.#handlers = handlers;
          return Promise.resolve();
        },
        setPeer: (peer) => void this.peers.set(peer.publicKey, peer),
        removePeer: (key) => void this.peers.delete(key),
        send: (to, payload) => {
          if (this.sendError !== null) throw this.sendError;
          const message = decodeMessage(payload, crypto);
          this.happened.push(`send ${message.type}`);
          this.sent.push({ to, message });
        },
        flush: () => void this.happened.push('flush'),
        links: () => [...this.peers.values()].map(neverConnected),
        rejections: () => ({ replay: 2 }),
        setFaults: () => undefined,
        close: () => {
          this.isClosed = true;
          return Promise.resolve();
        },
      },
    };
  }
}

function neverConnected({ publicKey, peerClass }: TransportPeer): PeerLink {
  const nothing = { bytesSent: 0, bytesReceived: 0, datagramsSent: 0, datagramsReceived: 0 };
  const unheard = { connected: false, address: null, roundTripMs: null, lastHeardAtMs: null };
  return { publicKey, peerClass, ...unheard, ...nothing };
}
