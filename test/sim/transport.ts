import type { PeerText } from '../../src-main/core/types.ts';
import type { PeerLink, Transport, TransportHandlers, TransportPeer } from '../../src-main/node/ports.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Schedule } from './schedule.ts';

/** What a transport needs to know of the other end: reached through the switchboard, by public key. */
export interface Endpoint {
  readonly index: number;
  readonly publicKey: PeerText;
  /** Whether this end runs and answers handshakes. */
  accepts(): boolean;
  receive(from: PeerText, payload: Uint8Array): void;
  /** The other side opened a session. */
  greet(from: PeerText): void;
  /** Whether there is, or may be, a session with this key. */
  knows(publicKey: PeerText): boolean;
  /** Nothing was heard of the other end for so long that its session is over. */
  lose(publicKey: PeerText): void;
}

/**
 * Who is running at the moment. A key may run more than once (a twin): every endpoint of it hears what is
 * sent to it.
 */
export class Switchboard {
  readonly #endpoints = new Set<Endpoint>();
  readonly network: SimulatedNetwork;
  readonly schedule: Schedule;

  constructor(network: SimulatedNetwork, schedule: Schedule) {
    this.network = network;
    this.schedule = schedule;
  }

  attach(endpoint: Endpoint): void {
    this.#endpoints.add(endpoint);
  }

  detach(endpoint: Endpoint): void {
    if (this.#endpoints.delete(endpoint)) this.noteSilence(endpoint.publicKey);
  }

  /** From now on nothing comes from under this key: unless that changes in time, everybody drops the session. */
  noteSilence(publicKey: PeerText): void {
    this.schedule.after(SESSION_SILENCE_US, () => {
      const endpoints = [...this.#endpoints];
      if (endpoints.some((endpoint) => endpoint.publicKey === publicKey && endpoint.accepts())) return;
      for (const endpoint of endpoints) if (endpoint.accepts()) endpoint.lose(publicKey);
    });
  }

  /** This end has forgotten the other: who hears nothing for so long tries anew, as a stranger if need be. */
  dropSession(from: Endpoint, to: PeerText): void {
    this.schedule.after(SESSION_SILENCE_US, () => {
      if (from.knows(to)) return;
      for (const endpoint of this.#endpoints)
        if (endpoint.publicKey === to && endpoint.accepts()) endpoint.lose(from.publicKey);
    });
  }

  /** Sends one message to whoever runs under this key when it arrives. */
  post(from: Endpoint, to: PeerText, payload: Uint8Array): void {
    for (const endpoint of this.#endpoints) {
      if (endpoint.publicKey !== to || endpoint === from) continue;
      // A restarted process cannot read what was encrypted for its predecessor.
      this.network.send(from.index, endpoint.index, payload, () => {
        if (this.#endpoints.has(endpoint)) endpoint.receive(from.publicKey, payload);
      });
    }
  }

  /** A handshake that succeeds as soon as the link is open in both directions. */
  connect(from: Endpoint, to: PeerText, done: () => void): void {
    const attempt = (): void => {
      if (!this.#endpoints.has(from)) return;
      if (!from.accepts()) return void this.schedule.after(HANDSHAKE_RETRY_US, attempt);
      const open = [...this.#endpoints].find(
        (endpoint) =>
          endpoint.publicKey === to &&
          endpoint !== from &&
          endpoint.accepts() &&
          this.network.isOpen(from.index, endpoint.index) &&
          this.network.isOpen(endpoint.index, from.index),
      );
      if (open === undefined) {
        this.schedule.after(HANDSHAKE_RETRY_US, attempt);
        return;
      }
      done();
      open.greet(from.publicKey);
    };
    this.schedule.after(HANDSHAKE_US, attempt);
  }
}

const HANDSHAKE_US = 2_000;
const HANDSHAKE_RETRY_US = 500_000;
/** As the transport over UDP has it. */
export const SESSION_SILENCE_US = 30_000_000;

/** Sees, and may change, everything that passes a transport. */
export interface TransportTap {
  /** What leaves in place of `payload`; nothing once the node is dead. */
  outgoing(to: PeerText, payload: Uint8Array): readonly Uint8Array[];
  /** false: the node does not hear it. */
  incoming(from: PeerText, payload: Uint8Array): boolean;
  /** Lets what was flushed leave when the machine is done with the turn. */
  depart(send: () => void): void;
  /** A machine that sleeps hears nothing. */
  isAwake(): boolean;
}

/** The Transport port over the simulated network: sessions without cryptography, messages queued until flush(). */
export class SimulatedTransport implements Transport, Endpoint {
  readonly localAddress: string;
  readonly index: number;
  readonly publicKey: PeerText;
  readonly #switchboard: Switchboard;
  readonly #tap: TransportTap;
  readonly #peers = new Map<
    PeerText,
    { peer: TransportPeer; connected: boolean; lastHeardAtMs: number | null }
  >();
  #queue: { to: PeerText; payload: Uint8Array }[] = [];
  #handlers: TransportHandlers | null = null;

  constructor(
    options: { readonly index: number; readonly publicKey: PeerText },
    dependencies: { readonly switchboard: Switchboard; readonly tap: TransportTap },
  ) {
    this.index = options.index;
    this.publicKey = options.publicKey;
    this.localAddress = `simulated:${options.index}`;
    this.#switchboard = dependencies.switchboard;
    this.#tap = dependencies.tap;
  }

  open(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#switchboard.attach(this);
    for (const publicKey of this.#peers.keys()) this.#connect(publicKey);
    return Promise.resolve();
  }

  setPeer(peer: TransportPeer): void {
    const known = this.#peers.get(peer.publicKey);
    if (known !== undefined) {
      known.peer = peer;
      return;
    }
    this.#peers.set(peer.publicKey, { peer, connected: false, lastHeardAtMs: null });
    if (this.#handlers !== null) this.#connect(peer.publicKey);
  }

  removePeer(publicKey: PeerText): void {
    if (this.#peers.delete(publicKey)) this.#switchboard.dropSession(this, publicKey);
  }

  knows(publicKey: PeerText): boolean {
    return this.#peers.has(publicKey);
  }

  send(to: PeerText, payload: Uint8Array): void {
    this.#queue.push({ to, payload });
  }

  flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    if (queue.length > 0) this.#tap.depart(() => this.#leave(queue));
  }

  /** After so long a sleep its own sessions are over as well, if its clock shows how long it was. */
  onWoken(laterUs: number): void {
    if (laterUs < SESSION_SILENCE_US) return;
    for (const publicKey of [...this.#peers.keys()]) this.lose(publicKey);
  }

  #leave(queue: readonly { readonly to: PeerText; readonly payload: Uint8Array }[]): void {
    for (const { to, payload } of queue) {
      if (this.#peers.get(to)?.connected !== true) continue;
      for (const leaving of this.#tap.outgoing(to, payload)) this.#switchboard.post(this, to, leaving);
    }
  }

  links(): readonly PeerLink[] {
    return [...this.#peers.values()].map(({ peer, connected, lastHeardAtMs }) => ({
      publicKey: peer.publicKey,
      peerClass: peer.peerClass,
      connected,
      address: peer.addressHints[0] ?? null,
      roundTripMs: null,
      lastHeardAtMs,
      bytesSent: 0,
      bytesReceived: 0,
      datagramsSent: 0,
      datagramsReceived: 0,
    }));
  }

  rejections(): Readonly<Record<string, number>> {
    return {};
  }

  setFaults(): void {}

  close(): Promise<void> {
    this.#switchboard.detach(this);
    this.#handlers = null;
    return Promise.resolve();
  }

  accepts(): boolean {
    return this.#handlers !== null && this.#tap.isAwake();
  }

  receive(from: PeerText, payload: Uint8Array): void {
    const known = this.#peers.get(from);
    if (known === undefined || !this.#tap.isAwake()) return;
    known.lastHeardAtMs = this.#switchboard.schedule.nowMs;
    this.#established(from);
    if (this.#tap.incoming(from, payload)) this.#handlers?.onMessage(from, payload);
  }

  greet(from: PeerText): void {
    if (!this.#peers.has(from)) {
      const peer = { publicKey: from, peerClass: 'stranger', addressHints: [] } as const;
      this.#peers.set(from, { peer, connected: false, lastHeardAtMs: null });
    }
    this.#established(from);
  }

  lose(publicKey: PeerText): void {
    const known = this.#peers.get(publicKey);
    if (known?.connected !== true) return;
    known.connected = false;
    this.#handlers?.onDisconnected(publicKey);
    if (known.peer.peerClass === 'stranger') this.#peers.delete(publicKey);
    else this.#connect(publicKey);
  }

  #connect(publicKey: PeerText): void {
    this.#switchboard.connect(this, publicKey, () => this.#established(publicKey));
  }

  #established(publicKey: PeerText): void {
    const known = this.#peers.get(publicKey);
    if (known === undefined || known.connected) return;
    known.connected = true;
    this.#handlers?.onConnected(publicKey);
  }
}
