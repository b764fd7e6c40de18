/** What has to be done for a peer as time passes: connect, confirm, probe, renew, and give up. */
import type { Handshakes } from './handshakes.ts';
import type { Peer } from './peer.ts';
import type { TransportProfile } from './profiles.ts';
import type { Session } from './session.ts';

/** Whoever answered the handshake begins the next one only if the other side did not. */
const SECOND_CHOICE_FACTOR = 1.1;
/** Age at which a session is refused, in units of the age at which it is replaced. */
const REFUSED_FACTOR = 2;
/** A session that nobody uses is forgotten after this many lifetimes of a handshake. */
const PENDING_FACTOR = 2;

export interface PeerKeeperDependencies {
  readonly handshakes: Handshakes;
  /** The current session is silent or too old. */
  readonly onLost: (peer: Peer) => void;
}

export class PeerKeeper {
  readonly #profile: TransportProfile;
  readonly #handshakes: Handshakes;
  readonly #onLost: (peer: Peer) => void;

  constructor(profile: TransportProfile, dependencies: PeerKeeperDependencies) {
    this.#profile = profile;
    this.#handshakes = dependencies.handshakes;
    this.#onLost = dependencies.onLost;
  }

  /** Asks soon, and then ever more rarely, until the peer is heard under its new session. */
  probeSoon(peer: Peer, nowMs: number): void {
    peer.probeWaitMs = this.#profile.handshakeRetryMs;
    peer.probeAtMs = nowMs + peer.probeWaitMs;
  }

  /** Does all that is due and returns when to look again (Clock.nowMs() time, may be Infinity). */
  keep(peer: Peer, nowMs: number): number {
    peer.sessions.expire(nowMs, this.#profile.attemptLifetimeMs * PENDING_FACTOR);
    const session = peer.sessions.current;
    if (session !== null && this.#isDead(session, nowMs) && !peer.sessions.fallBack()) this.#onLost(peer);
    else if (session === null && !peer.isRegistered && peer.sessions.pending === null) this.#onLost(peer);
    if (peer.isRemoved) return Infinity;
    if (this.#wantsHandshake(peer, nowMs)) this.#handshakes.begin(peer);
    this.#handshakes.tick(peer, nowMs);
    if (peer.sessions.current !== null) {
      this.#probe(peer, peer.sessions.current, nowMs);
      peer.channel.tick(nowMs);
    }
    return this.nextDueMs(peer, nowMs);
  }

  nextDueMs(peer: Peer, nowMs: number): number {
    let dueMs = peer.attempt?.sendAtMs ?? Infinity;
    const { current, pending } = peer.sessions;
    if (pending !== null) {
      const lifetimeMs = this.#profile.attemptLifetimeMs * PENDING_FACTOR;
      dueMs = Math.min(dueMs, pending.session.establishedAtMs + lifetimeMs);
    }
    if (current === null) return dueMs;
    const probeMs = current.heardAtMs === null ? peer.probeAtMs : this.#quietAtMs(peer, current);
    const renewalMs = peer.attempt === null ? this.#renewAtMs(current) : Infinity;
    const { graceUntilMs } = peer.sessions;
    return Math.max(nowMs, Math.min(dueMs, graceUntilMs, probeMs, renewalMs, peer.channel.nextDueMs(nowMs)));
  }

  #wantsHandshake(peer: Peer, nowMs: number): boolean {
    const session = peer.sessions.current;
    if (session === null) return peer.isRegistered;
    const limit = this.#profile.rekeyAfterDatagrams;
    const isWornOut = session.datagramsSent >= limit || session.datagramsSeen >= limit;
    return (
      isWornOut ||
      nowMs >= this.#renewAtMs(session) ||
      nowMs - aliveAtMs(session) >= this.#profile.rehandshakeMs
    );
  }

  #renewAtMs(session: Session): number {
    const factor = session.isInitiator ? 1 : SECOND_CHOICE_FACTOR;
    return session.establishedAtMs + this.#profile.rekeyAfterMs * factor;
  }

  #isDead(session: Session, nowMs: number): boolean {
    return (
      nowMs - aliveAtMs(session) >= this.#profile.silentMs ||
      nowMs - session.establishedAtMs >= this.#profile.rekeyAfterMs * REFUSED_FACTOR
    );
  }

  /** When the next probe of a session is due that was heard before. */
  #quietAtMs(peer: Peer, session: Session): number {
    const quietAtMs = aliveAtMs(session) + this.#profile.quietMs;
    return Math.max(quietAtMs, peer.probeAtMs);
  }

  #probe(peer: Peer, session: Session, nowMs: number): void {
    const isUnheard = session.heardAtMs === null;
    const dueMs = isUnheard ? peer.probeAtMs : this.#quietAtMs(peer, session);
    if (nowMs < dueMs) return;
    peer.channel.ping(nowMs);
    peer.probeWaitMs = isUnheard
      ? Math.min(peer.probeWaitMs * 2, this.#profile.probeMs)
      : this.#profile.probeMs;
    peer.probeAtMs = nowMs + peer.probeWaitMs;
  }
}

function aliveAtMs(session: Session): number {
  return session.heardAtMs ?? session.establishedAtMs;
}
