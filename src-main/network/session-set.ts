/**
 * The sessions with one peer: one to send under, one that was just replaced and still decrypts what is under way, and
 * one that the peer began and has not used yet.
 *
 * A session that we answer to counts only once the peer has used it: until then its first message might be a replay.
 * When both sides began at the same time, both end with two sessions; then both keep the one that the peer with the
 * lower public key began.
 */
import { equalBytes } from '../core/bytes.ts';
import type { Session } from './session.ts';

/** Two sessions of one instance that are established within this time were begun at the same time. */
const SIMULTANEOUS_MS = 5_000;

/** A session that the peer began, and our answer, should the peer repeat its question. */
export interface PendingSession {
  readonly session: Session;
  readonly ephemeralKey: Uint8Array;
  readonly response: Uint8Array;
}

export type Adoption = 'first' | 'renewed' | 'restarted' | 'kept';

export class SessionSet {
  readonly #isLower: boolean;
  readonly #forget: (session: Session) => void;
  #current: Session | null = null;
  #previous: Session | null = null;
  #previousUntilMs = 0;
  #pending: PendingSession | null = null;

  constructor(
    options: { /** Our public key is lower than the peer's. */ readonly isLower: boolean },
    dependencies: {
      /** Called once for every session that left the set. */ readonly forget: (session: Session) => void;
    },
  ) {
    this.#isLower = options.isLower;
    this.#forget = dependencies.forget;
  }

  get current(): Session | null {
    return this.#current;
  }

  get pending(): PendingSession | null {
    return this.#pending;
  }

  setPending(pending: PendingSession): void {
    if (this.#pending !== null) this.#forget(this.#pending.session);
    this.#pending = pending;
  }

  /** Both sides own the keys of `session` now. */
  adopt(session: Session, nowMs: number, graceMs: number): Adoption {
    if (this.#pending?.session === session) this.#pending = null;
    const replaced = this.#current;
    if (replaced === null) {
      this.#current = session;
      return 'first';
    }
    if (!equalBytes(replaced.instance, session.instance)) {
      this.#dropPrevious();
      this.#forget(replaced);
      this.#current = session;
      return 'restarted';
    }
    this.#dropPrevious();
    this.#previousUntilMs = nowMs + graceMs;
    const isSimultaneous = session.establishedAtMs - replaced.establishedAtMs < SIMULTANEOUS_MS;
    if (isSimultaneous && this.#isPreferred(replaced) && !this.#isPreferred(session)) {
      this.#previous = session;
      return 'kept';
    }
    this.#previous = replaced;
    this.#current = session;
    return 'renewed';
  }

  /** When the replaced session is to be forgotten. Infinity when there is none, or none yet. */
  get graceUntilMs(): number {
    // A session that nobody has answered on yet may be unknown to the peer, which then still uses the previous one.
    const isNeeded = this.#current !== null && this.#current.heardAtMs === null;
    return this.#previous === null || isNeeded ? Infinity : this.#previousUntilMs;
  }

  /** Forgets what is too old. The current session is not judged here. */
  expire(nowMs: number, pendingLifetimeMs: number): void {
    if (nowMs >= this.graceUntilMs) this.#dropPrevious();
    if (this.#pending !== null && nowMs - this.#pending.session.establishedAtMs >= pendingLifetimeMs) {
      this.#forget(this.#pending.session);
      this.#pending = null;
    }
  }

  /** The current session turned out to be dead; the previous one takes over if it was heard since. */
  fallBack(): boolean {
    const dead = this.#current;
    const alive = this.#previous;
    if (
      dead === null ||
      alive === null ||
      (alive.heardAtMs ?? 0) <= (dead.heardAtMs ?? dead.establishedAtMs)
    ) {
      return false;
    }
    this.#forget(dead);
    this.#current = alive;
    this.#previous = null;
    return true;
  }

  /** Forgets the sessions in use; a session that the peer just began stays. */
  drop(): void {
    if (this.#current !== null) this.#forget(this.#current);
    this.#current = null;
    this.#dropPrevious();
  }

  dropAll(): void {
    this.drop();
    if (this.#pending !== null) this.#forget(this.#pending.session);
    this.#pending = null;
  }

  #isPreferred(session: Session): boolean {
    return session.isInitiator === this.#isLower;
  }

  #dropPrevious(): void {
    if (this.#previous !== null) this.#forget(this.#previous);
    this.#previous = null;
  }
}
