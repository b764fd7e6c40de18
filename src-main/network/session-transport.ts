/**
 * Sessions with peers over any datagram socket (PROTOCOL section 7): routes datagrams to sessions, keeps sessions
 * with all registered peers, and runs what is due by time from one single timer.
 */
import type { PeerText } from '../core/types.ts';
import type {
  Clock,
  Logger,
  PeerLink,
  Random,
  RejectionCounters,
  Transport,
  TransportFaults,
  TransportHandlers,
  TransportPeer,
} from '../node/ports.ts';
import { MAX_MESSAGE_BYTES } from '../core/messages.ts';
import { MAX_ADDRESS_HINTS, MAX_DATAGRAM_BYTES, MIN_DATAGRAM_BYTES } from './budgets.ts';
import { readUint32 } from './byte-order.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import { TransportError } from './errors.ts';
import { FaultSocket } from './fault-socket.ts';
import { Handshakes } from './handshakes.ts';
import type { IdentityKeyPair } from './noise.ts';
import { INSTANCE_BYTES, makeIdentity, prologueOf } from './noise.ts';
import { Outbox } from './outbox.ts';
import type { Peer, PeerDependencies } from './peer.ts';
import { PeerDirectory } from './peer-directory.ts';
import { PeerKeeper } from './peer-keeper.ts';
import type { TransportProfile } from './profiles.ts';
import type { DatagramRecord } from './records.ts';
import { decodeRecords } from './records.ts';
import type { RejectionReason } from './rejections.ts';
import { Rejections } from './rejections.ts';
import type { Session } from './session.ts';

const CHAIN_ID_BYTES = 32;

export interface SessionTransportOptions {
  /** Hash of the genesis, 32 bytes: nodes of other networks cannot connect. */
  readonly chainId: Uint8Array;
  readonly keyPair: IdentityKeyPair;
  readonly profile: TransportProfile;
}

export interface SessionTransportDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class SessionTransport implements Transport {
  readonly #profile: TransportProfile;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #socket: FaultSocket;
  readonly #outbox: Outbox;
  readonly #handshakes: Handshakes;
  readonly #keeper: PeerKeeper;
  readonly #rejections = new Rejections();
  readonly #peers: PeerDirectory;
  /** By local session id; at most three per peer. */
  readonly #routes = new Map<number, { readonly peer: Peer; readonly session: Session }>();
  /** Peers with queued messages. */
  readonly #unflushed = new Set<Peer>();
  #handlers: TransportHandlers | null = null;
  #cancelWake: (() => void) | null = null;
  #wakeAtMs = Infinity;

  constructor(
    options: SessionTransportOptions,
    dependencies: SessionTransportDependencies & { readonly socket: DatagramSocket },
  ) {
    const { chainId, keyPair, profile } = options;
    const { clock, random, logger, socket } = dependencies;
    if (chainId.length !== CHAIN_ID_BYTES) {
      throw new TransportError('invalid-options', 'A chain id has 32 bytes.');
    }
    if (profile.datagramBytes < MIN_DATAGRAM_BYTES || profile.datagramBytes > MAX_DATAGRAM_BYTES) {
      throw new TransportError(
        'invalid-options',
        `Datagrams have 1200 to 8192 bytes, not ${profile.datagramBytes}.`,
      );
    }
    this.#profile = profile;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    const identity = makeIdentity(keyPair, random.bytes(INSTANCE_BYTES));
    this.#socket = new FaultSocket(socket, { clock, random, reject: this.#reject });
    this.#outbox = new Outbox(profile);
    this.#peers = new PeerDirectory(
      { ownPublicKey: keyPair.publicKey, profile },
      {
        socket: this.#socket,
        peerDependencies: () => this.#peerDependencies(),
        onEvicted: (peer) => this.#forget(peer),
      },
    );
    this.#handshakes = new Handshakes(
      { identity, prologue: prologueOf(chainId), profile },
      {
        clock,
        random,
        socket: this.#socket,
        reject: this.#reject,
        host: {
          peerFor: (publicKey, address) => this.#peers.admit(publicKey, address),
          isFreeId: (id) => !this.#routes.has(id),
          onAnswered: (peer, session) => {
            this.#routes.set(session.localId, { peer, session });
            this.#wakeFor(peer);
          },
          onEstablished: (peer, session) => {
            this.#routes.set(session.localId, { peer, session });
            this.#adopt(peer, session);
          },
        },
      },
    );
    this.#keeper = new PeerKeeper(profile, {
      handshakes: this.#handshakes,
      onLost: (peer) => this.#onLost(peer),
    });
  }

  get localAddress(): string {
    return this.#socket.localAddress;
  }

  async open(handlers: TransportHandlers): Promise<void> {
    await this.#socket.open((bytes, address) => this.#onDatagram(bytes, address));
    this.#handlers = handlers;
    for (const peer of this.#peers.all()) {
      this.#setHints(peer, peer.knownHints);
      this.#keep(peer);
    }
  }

  /**
   * The own addresses are other ones, or a peer may have forgotten us: all are looked for anew, and learn where we are.
   */
  networkChanged(): void {
    if (this.#handlers === null) return;
    for (const peer of this.#peers.all()) {
      this.#setHints(peer, peer.knownHints);
      this.#lookAnew(peer);
      this.#keep(peer);
    }
  }

  setPeer({ publicKey: text, peerClass, addressHints }: TransportPeer): void {
    const nowMs = this.#clock.nowMs();
    const peer = this.#peers.register(text, peerClass);
    peer.setClass(peerClass, nowMs);
    if (this.#handlers === null) {
      // Which addresses can be reached is known when the socket is bound.
      peer.knownHints = addressHints.slice(0, MAX_ADDRESS_HINTS);
      return;
    }
    const before = peer.hints;
    this.#setHints(peer, addressHints);
    if (peer.hints.some((hint) => !before.includes(hint))) {
      // It may have moved away from where its session is, which would be noticed only after a long silence.
      const { current } = peer.sessions;
      if (current === null || !peer.hints.includes(current.address)) this.#lookAnew(peer);
    }
    this.#keep(peer);
  }

  removePeer(publicKey: PeerText): void {
    const peer = this.#peers.get(publicKey);
    if (peer === undefined) return;
    this.#sayClose(peer);
    this.#forget(peer);
  }

  send(to: PeerText, payload: Uint8Array): void {
    if (payload.length === 0 || payload.length > MAX_MESSAGE_BYTES) {
      throw new TransportError(
        'message-size',
        `A message has 1 to ${MAX_MESSAGE_BYTES} bytes, not ${payload.length}.`,
      );
    }
    const peer = this.#peers.get(to);
    if (peer === undefined || peer.sessions.current === null) {
      this.#reject('no-session');
      return;
    }
    peer.channel.queue(payload, this.#clock.nowMs());
    this.#unflushed.add(peer);
  }

  flush(): void {
    if (this.#unflushed.size === 0) return;
    const nowMs = this.#clock.nowMs();
    for (const peer of this.#unflushed) {
      if (peer.sessions.current === null) continue;
      peer.channel.flush(nowMs);
      this.#wakeAt(peer.channel.nextDueMs(nowMs), nowMs);
    }
    this.#unflushed.clear();
  }

  links(): readonly PeerLink[] {
    return this.#peers
      .all()
      .filter((peer) => peer.isRegistered || peer.sessions.current !== null)
      .map((peer) => peer.link());
  }

  rejections(): RejectionCounters {
    return this.#rejections.snapshot();
  }

  setFaults(faults: TransportFaults): void {
    this.#socket.setFaults(faults);
  }

  /** Tells the peers, so that they need not wait for our silence. No handler is called any more. */
  async close(): Promise<void> {
    this.#handlers = null;
    this.#cancelWake?.();
    this.#cancelWake = null;
    this.#wakeAtMs = Infinity;
    for (const peer of this.#peers.all()) this.removePeer(peer.text);
    await this.#socket.close();
  }

  readonly #reject = (reason: RejectionReason): void => this.#rejections.count(reason);

  #peerDependencies(): PeerDependencies {
    return {
      nowMs: this.#clock.nowMs(),
      random: this.#random,
      socket: this.#socket,
      outbox: this.#outbox,
      reject: this.#reject,
      forgetSession: (session) => this.#routes.delete(session.localId),
    };
  }

  /** Begins a handshake with the addresses as they are now, whatever session there is; it is replaced if this works. */
  #lookAnew(peer: Peer): void {
    peer.retryMs = this.#profile.handshakeRetryMs;
    this.#handshakes.cancel(peer);
    this.#handshakes.begin(peer);
  }

  #setHints(peer: Peer, addressHints: readonly string[]): void {
    peer.knownHints = addressHints.slice(0, MAX_ADDRESS_HINTS);
    const places = peer.knownHints.map((hint) => this.#socket.placesOf(hint));
    for (const { length } of places) if (length === 0) this.#reject('address-hint');
    peer.hints = [...new Set(places.flat())].slice(0, MAX_ADDRESS_HINTS);
  }

  #onDatagram(bytes: Uint8Array, address: string): void {
    if (this.#handlers === null) return;
    if (bytes.length < 4 || bytes.length > MAX_DATAGRAM_BYTES) {
      this.#reject('datagram-size');
      return;
    }
    const sessionId = readUint32(bytes, 0);
    if (sessionId === 0) {
      this.#handshakes.onDatagram(bytes, address);
      return;
    }
    const route = this.#routes.get(sessionId);
    if (route === undefined) {
      this.#reject('unknown-session');
      return;
    }
    const { peer, session } = route;
    const nowMs = this.#clock.nowMs();
    const payload = session.open(bytes, address, nowMs);
    if (typeof payload === 'string') {
      this.#reject(payload);
      return;
    }
    if (peer.sessions.pending?.session === session) this.#adopt(peer, session);
    if (!peer.charge(bytes.length, session.address, nowMs)) return;
    const records = decodeRecords(payload);
    if (records === null) this.#reject('malformed');
    else this.#receive(peer, session, records, nowMs);
  }

  #receive(peer: Peer, session: Session, records: readonly DatagramRecord[], nowMs: number): void {
    let hasFragments = false;
    for (const record of records) {
      // A handler may remove the peer, and a CLOSE ends all of its sessions.
      if (peer.isRemoved || peer.sessions.current === null) return;
      if (record.type === 'close') {
        this.#onClose(peer, session);
        continue;
      }
      hasFragments ||= record.type === 'fragment' || record.type === 'pull';
      const message = peer.channel.receive(record, nowMs);
      if (message !== null) this.#handlers?.onMessage(peer.text, message);
    }
    if (hasFragments) this.#wakeAt(peer.channel.nextDueMs(nowMs), nowMs);
  }

  /** The peer forgot the session. A close of a session that was replaced says nothing about its successor. */
  #onClose(peer: Peer, session: Session): void {
    if (session !== peer.sessions.current) return;
    this.#onLost(peer);
    if (!peer.isRemoved) {
      // It is leaving; should it come back, it will begin itself.
      this.#handshakes.begin(peer, this.#profile.handshakeRetryMs * 4);
      this.#wakeFor(peer);
    }
  }

  /** Both sides have the keys of this session. */
  #adopt(peer: Peer, session: Session): void {
    const nowMs = this.#clock.nowMs();
    const adoption = peer.sessions.adopt(session, nowMs, this.#profile.graceMs);
    this.#handshakes.cancel(peer);
    peer.retryMs = this.#profile.handshakeRetryMs;
    this.#logger.log('debug', 'session established', { peer: peer.text, address: session.address, adoption });
    if (adoption === 'restarted') {
      peer.resetChannel(nowMs);
      this.#unflushed.delete(peer);
      this.#handlers?.onDisconnected(peer.text);
    }
    if (peer.isRemoved) return;
    // Whoever began proves by its first datagram that it has the keys; until an answer comes, it repeats.
    if (adoption !== 'kept') this.#keeper.probeSoon(peer, nowMs);
    if (session.isInitiator) peer.channel.ping(nowMs);
    this.#wakeFor(peer);
    if (adoption === 'first' || adoption === 'restarted') this.#handlers?.onConnected(peer.text);
  }

  /** No session is left in use. */
  #onLost(peer: Peer): void {
    const wasConnected = peer.sessions.current !== null;
    peer.sessions.drop();
    peer.resetChannel(this.#clock.nowMs());
    this.#unflushed.delete(peer);
    if (!peer.isRegistered && peer.sessions.pending === null) this.#forget(peer);
    if (!wasConnected) return;
    this.#logger.log('debug', 'session lost', { peer: peer.text });
    this.#handlers?.onDisconnected(peer.text);
  }

  #forget(peer: Peer): void {
    peer.isRemoved = true;
    const wasConnected = peer.sessions.current !== null;
    this.#handshakes.cancel(peer);
    peer.sessions.dropAll();
    this.#peers.delete(peer);
    this.#unflushed.delete(peer);
    if (wasConnected) this.#handlers?.onDisconnected(peer.text);
  }

  #sayClose(peer: Peer): void {
    if (peer.sessions.current === null) return;
    const writer = peer.begin();
    writer.close();
    peer.end(writer);
  }

  /** Does what is due for a peer and returns when to look again. */
  #keep(peer: Peer): void {
    const nowMs = this.#clock.nowMs();
    this.#wakeAt(this.#keeper.keep(peer, nowMs), nowMs);
  }

  #wakeFor(peer: Peer): void {
    const nowMs = this.#clock.nowMs();
    this.#wakeAt(this.#keeper.nextDueMs(peer, nowMs), nowMs);
  }

  /** One timer for everything: it is moved only towards now, and finds out itself when nothing is due yet. */
  #wakeAt(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#wakeAtMs || this.#handlers === null) return;
    this.#cancelWake?.();
    this.#wakeAtMs = dueMs;
    this.#cancelWake = this.#clock.schedule(Math.max(0, dueMs - nowMs), () => this.#onWake());
  }

  #onWake(): void {
    this.#cancelWake = null;
    this.#wakeAtMs = Infinity;
    for (const peer of this.#peers.all()) if (!peer.isRemoved) this.#keep(peer);
  }
}
