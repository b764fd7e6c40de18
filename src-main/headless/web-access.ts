/**
 * Who may use the browser host: pages that it served itself, in a browser that was opened with a one-time token.
 * A web page elsewhere must not, and neither one whose name was made to point to this machine (DNS rebinding).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TokenBucket } from '../network/token-bucket.ts';

const TOKEN_BYTES = 24;
/** Browsers of one person; the oldest is signed out first. */
const MAX_SESSIONS = 16;
/** A person with several tabs stays far below. */
const REQUESTS = { perSecond: 100, burst: 400 } as const;
/** Guessing 192 bits is hopeless anyway; this keeps the log short. */
const TOKEN_TRIALS = { perSecond: 1, burst: 20 } as const;

export interface Session {
  readonly id: string;
  readonly requests: TokenBucket;
}

export class WebAccess {
  readonly #authority: string;
  readonly #cookieName: string;
  readonly #sessions = new Map<string, Session>();
  readonly #nowMs: () => number;
  readonly #trials: TokenBucket;
  #token = newSecret();

  /** `authority` is the only `host:port` that requests may name. */
  constructor(authority: string, nowMs: () => number) {
    this.#authority = authority;
    // Cookies do not tell ports apart: each host process has a name of its own.
    this.#cookieName = `diva-${newSecret().slice(0, 8)}`;
    this.#nowMs = nowMs;
    this.#trials = new TokenBucket(TOKEN_TRIALS, nowMs());
  }

  /** The address that opens the window once. */
  get address(): string {
    return `http://${this.#authority}/#token=${this.#token}`;
  }

  /** False for every request that was not made to this very host, or made by a page from elsewhere. */
  isSameSite(headers: IncomingHttpHeaders): boolean {
    if (headers.host !== this.#authority) return false;
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }

  /** Writing requests and WebSockets always carry an Origin in a browser. */
  isOwnPage(headers: IncomingHttpHeaders): boolean {
    return this.isSameSite(headers) && headers.origin === `http://${this.#authority}`;
  }

  /** Exchanges the one-time token for a session; the `Set-Cookie` header, or null. */
  open(token: string): string | null {
    if (!this.#trials.take(1, this.#nowMs()) || !isSame(token, this.#token)) return null;
    this.#token = newSecret();
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    const session = { id: newSecret(), requests: new TokenBucket(REQUESTS, this.#nowMs()) };
    this.#sessions.set(session.id, session);
    return `${this.#cookieName}=${session.id}; Path=/; HttpOnly; SameSite=Strict`;
  }

  session(headers: IncomingHttpHeaders): Session | null {
    for (const part of (headers.cookie ?? '').slice(0, 8192).split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.#cookieName && value !== undefined) return this.#sessions.get(value) ?? null;
    }
    return null;
  }

  mayRequest(session: Session): boolean {
    return session.requests.take(1, this.#nowMs());
  }
}

function newSecret(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
