/**
 * Begins and answers handshakes (wire format: handshake-wire.ts, cryptography: noise.ts).
 *
 * Initiator: one INIT per attempt, repeated byte for byte to one address hint after the other with backoff and
 * jitter; a RETRY is answered at once with the same INIT and its cookie. Responder: without a valid cookie it
 * remembers nothing and sends at most a RETRY; with one it agrees on keys, answers, and waits until they are used.
 */
import { equalBytes } from '../core/bytes.ts';
import type { PublicKey } from '../core/types.ts';
import type { Clock, Random } from '../node/ports.ts';
import { handshakeLimits, MAX_ADDRESS_HINTS, retryLimits } from './budgets.ts';
import { readUint32 } from './byte-order.ts';
import { Cookies } from './cookies.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import type { Init, Response, Retry } from './handshake-wire.ts';
import {
  decodeHandshake,
  encodeInit,
  encodeResponse,
  encodeRetry,
  macKeyOf,
  withCookie,
} from './handshake-wire.ts';
import type { Attempt } from './attempt.ts';
import type { Identity } from './noise.ts';
import { EPHEMERAL_BYTES, InitiatorHandshake, receiveHandshake } from './noise.ts';
import type { Peer } from './peer.ts';
import type { TransportProfile } from './profiles.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { RejectionReason } from './rejections.ts';
import { Session } from './session.ts';

const SEEN_EPHEMERAL_KEYS = 8;

/** What handshakes need from the transport. */
export interface HandshakeHost {
  /** The peer with this key; unknown ones are admitted as strangers while there is room. */
  peerFor(publicKey: PublicKey, address: string): Peer | null;
  /** Whether an id is unused as a session id. */
  isFreeId(id: number): boolean;
  /** We answered; the peer has yet to use the session. */
  onAnswered(peer: Peer, session: Session): void;
  /** The peer answered: the session may be used. */
  onEstablished(peer: Peer, session: Session): void;
}

export interface HandshakesDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly socket: DatagramSocket;
  readonly host: HandshakeHost;
  readonly reject: (reason: RejectionReason) => void;
}

export class Handshakes {
  readonly #identity: Identity;
  readonly #prologue: Uint8Array;
  readonly #profile: TransportProfile;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #socket: DatagramSocket;
  readonly #host: HandshakeHost;
  readonly #reject: (reason: RejectionReason) => void;
  readonly #macKey: Uint8Array;
  readonly #cookies: Cookies;
  readonly #retryLimiter: RateLimiter;
  readonly #handshakeLimiter: RateLimiter;
  readonly #probeLimiter: RateLimiter;
  /** By initiator id; at most one per peer. */
  readonly #attempts = new Map<number, Peer>();

  constructor(
    options: {
      readonly identity: Identity;
      readonly prologue: Uint8Array;
      readonly profile: TransportProfile;
    },
    dependencies: HandshakesDependencies,
  ) {
    this.#identity = options.identity;
    this.#prologue = options.prologue;
    this.#profile = options.profile;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#socket = dependencies.socket;
    this.#host = dependencies.host;
    this.#reject = dependencies.reject;
    this.#macKey = macKeyOf(this.#identity.publicKey, this.#prologue);
    const nowMs = this.#clock.nowMs();
    this.#cookies = new Cookies(this.#random, nowMs);
    this.#retryLimiter = new RateLimiter(retryLimits, this.#random, nowMs);
    this.#handshakeLimiter = new RateLimiter(handshakeLimits, this.#random, nowMs);
    this.#probeLimiter = new RateLimiter(this.#profile.probeLimits, this.#random, nowMs);
  }

  /** Begins a handshake unless one is under way or no address is known. The first datagram leaves with `tick`. */
  begin(peer: Peer, delayMs = 0): void {
    if (peer.attempt !== null) return;
    const known = peer.address === null ? [] : [peer.address];
    const targets = [...new Set([...known, ...peer.hints])].slice(0, MAX_ADDRESS_HINTS + 1);
    if (targets.length === 0) return;
    const nowMs = this.#clock.nowMs();
    const initiatorId = this.#newId();
    const handshake = new InitiatorHandshake({
      identity: this.#identity,
      prologue: this.#prologue,
      remoteCurveKey: peer.curveKey,
      ephemeralSecret: this.#random.bytes(EPHEMERAL_BYTES),
    });
    const init = encodeInit(initiatorId, handshake.message, macKeyOf(peer.publicKey, this.#prologue));
    peer.attempt = {
      initiatorId,
      handshake,
      init,
      targets,
      cookies: new Map(),
      beganAtMs: nowMs,
      nextTarget: 0,
      sendAtMs: nowMs + delayMs,
    };
    this.#attempts.set(initiatorId, peer);
  }

  cancel(peer: Peer): void {
    if (peer.attempt !== null) this.#attempts.delete(peer.attempt.initiatorId);
    peer.attempt = null;
  }

  /** Repeats what is due; an attempt that is too old is begun anew with fresh keys. */
  tick(peer: Peer, nowMs: number): void {
    if (peer.attempt !== null && nowMs - peer.attempt.beganAtMs >= this.#profile.attemptLifetimeMs) {
      const waitMs = Math.max(0, peer.attempt.sendAtMs - nowMs);
      this.cancel(peer);
      this.begin(peer, waitMs);
    }
    const attempt = peer.attempt;
    if (attempt === null || attempt.sendAtMs > nowMs) return;
    const target = attempt.targets[attempt.nextTarget]!;
    attempt.nextTarget = (attempt.nextTarget + 1) % attempt.targets.length;
    // Each hint gets its turn before the wait grows.
    attempt.sendAtMs = nowMs + this.#jitter(peer.retryMs / attempt.targets.length);
    if (attempt.nextTarget === 0) {
      peer.retryMs = Math.min(this.#profile.handshakeRetryCapMs, peer.retryMs * 2);
    }
    this.#sendInit(peer, attempt, target);
  }

  /** A datagram that begins with session id 0. */
  onDatagram(bytes: Uint8Array, address: string): void {
    const decoded = decodeHandshake(bytes, this.#macKey);
    if (typeof decoded === 'string') {
      this.#reject(decoded);
      return;
    }
    const nowMs = this.#clock.nowMs();
    switch (decoded.type) {
      case 'init':
        this.#onInit(decoded, address, nowMs);
        break;
      case 'retry':
        this.#onRetry(decoded, address, nowMs);
        break;
      case 'response':
        this.#onResponse(decoded, address, nowMs);
        break;
    }
  }

  #onInit(init: Init, address: string, nowMs: number): void {
    const rateKey = this.#socket.rateKey(address);
    if (!this.#cookies.valid(init.cookie, address, init.ephemeralKey, nowMs)) {
      if (!this.#retryLimiter.take(rateKey, nowMs)) {
        this.#reject('retry-budget');
        return;
      }
      const cookie = this.#cookies.make(address, init.ephemeralKey, nowMs);
      this.#socket.send(encodeRetry(init.initiatorId, cookie), address);
      return;
    }
    if (!this.#handshakeLimiter.take(rateKey, nowMs)) {
      this.#reject('handshake-budget');
      return;
    }
    const received = receiveHandshake(
      {
        identity: this.#identity,
        prologue: this.#prologue,
        ephemeralSecret: this.#random.bytes(EPHEMERAL_BYTES),
      },
      init.message,
    );
    if (typeof received === 'string') {
      this.#reject(received);
      return;
    }
    if (equalBytes(received.publicKey, this.#identity.publicKey)) {
      this.#reject('handshake-self');
      return;
    }
    const peer = this.#host.peerFor(received.publicKey, address);
    if (peer === null) {
      this.#reject('strangers-full');
      return;
    }
    const pending = peer.sessions.pending;
    if (pending !== null && equalBytes(pending.ephemeralKey, init.ephemeralKey)) {
      // Our answer got lost, or is still under way.
      peer.sendRaw(pending.response, address);
      return;
    }
    if (peer.seenEphemeralKeys.some((seen) => equalBytes(seen, init.ephemeralKey))) {
      this.#reject('handshake-replayed');
      return;
    }
    const { message, ...keys } = received.reply();
    const session = new Session({
      localId: this.#newId(),
      remoteId: init.initiatorId,
      keys,
      isInitiator: false,
      instance: received.instance,
      address,
      nowMs,
    });
    const ephemeralKey = Uint8Array.from(init.ephemeralKey);
    peer.seenEphemeralKeys.push(ephemeralKey);
    if (peer.seenEphemeralKeys.length > SEEN_EPHEMERAL_KEYS) peer.seenEphemeralKeys.shift();
    const response = encodeResponse(init.initiatorId, session.localId, message);
    peer.sessions.setPending({ session, ephemeralKey, response });
    this.#host.onAnswered(peer, session);
    peer.sendRaw(response, address);
  }

  #onRetry(retry: Retry, address: string, nowMs: number): void {
    const peer = this.#attempts.get(retry.initiatorId);
    const attempt = peer?.attempt ?? null;
    if (peer === undefined || attempt === null || !attempt.targets.includes(address)) {
      this.#reject('handshake-unexpected');
      return;
    }
    // A cookie is answered at once only when it is new: a sender of many could make us send many.
    const isFirst = !attempt.cookies.has(address);
    attempt.cookies.set(address, Uint8Array.from(retry.cookie));
    if (!isFirst) return;
    // Somebody lives there: the next repetition need not wait long.
    peer.retryMs = this.#profile.handshakeRetryMs;
    attempt.sendAtMs = nowMs + this.#jitter(peer.retryMs);
    this.#sendInit(peer, attempt, address);
  }

  #onResponse(response: Response, address: string, nowMs: number): void {
    const peer = this.#attempts.get(response.initiatorId);
    const attempt = peer?.attempt ?? null;
    if (peer === undefined || attempt === null || response.responderId === 0) {
      this.#reject('handshake-unexpected');
      return;
    }
    if (!this.#handshakeLimiter.take(this.#socket.rateKey(address), nowMs)) {
      this.#reject('handshake-budget');
      return;
    }
    const finished = attempt.handshake.finish(response.message);
    if (finished === null) {
      this.#reject('handshake-invalid');
      return;
    }
    const { instance, ...keys } = finished;
    const session = new Session({
      localId: attempt.initiatorId,
      remoteId: response.responderId,
      keys,
      isInitiator: true,
      instance,
      address,
      nowMs,
    });
    this.cancel(peer);
    this.#host.onEstablished(peer, session);
  }

  #sendInit(peer: Peer, attempt: Attempt, target: string): void {
    const cookie = attempt.cookies.get(target);
    const isProved = cookie !== undefined || target === peer.address;
    if (!isProved && !this.#probeLimiter.take(this.#socket.rateKey(target), this.#clock.nowMs())) {
      this.#reject('probe-budget');
      return;
    }
    peer.sendRaw(cookie === undefined ? attempt.init : withCookie(attempt.init, cookie), target);
  }

  /** Random, so that nobody who cannot see our datagrams can name a session of ours. */
  #newId(): number {
    for (;;) {
      const id = readUint32(this.#random.bytes(4), 0);
      if (id !== 0 && !this.#attempts.has(id) && this.#host.isFreeId(id)) return id;
    }
  }

  /** +-20 %, so that peers that lost each other at the same moment do not come back in step. */
  #jitter(waitMs: number): number {
    return waitMs * (0.8 + (this.#random.bytes(1)[0]! / 255) * 0.4);
  }
}
