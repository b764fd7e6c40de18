/**
 * Who may talk to the API: programs of this machine. A web page that a browser shows must not, and neither a
 * name that was made to point to the loopback address (DNS rebinding): hence Host and Origin are checked, and
 * there is no CORS.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../node/ports.ts';
import { TokenBucket } from '../network/token-bucket.ts';

export const LOOPBACK = '127.0.0.1';
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Requests that a script in a loop may make before it is slowed down; searches and wrong tokens cost more. */
const REQUESTS = { perSecond: 5000, burst: 10_000 } as const;
export const COST = { request: 1, search: 50, heavy: 500, wrongToken: 250 } as const;

/** Whether a Host header names this machine. */
function isLocalHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const [, name, port] = /^(\[[0-9a-f:]+\]|[^:]+)(?::(\d{1,5}))?$/i.exec(host) ?? [];
  return (
    name !== undefined && LOCAL_NAMES.has(name.toLowerCase()) && (port === undefined || Number(port) < 65536)
  );
}

/** Programs send no Origin; a page served from this machine may be one of the person's own tools. */
function isLocalOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const [, host] = /^https?:\/\/(.+)$/.exec(origin) ?? [];
  return isLocalHost(host);
}

/**
 * Whether a web page from elsewhere is behind a request. It is refused before anything else: it must not use up what
 * programs may ask.
 */
export function isForeign(headers: IncomingHttpHeaders): boolean {
  // An image or a script that a page loads names no Origin; browsers say where it comes from.
  const isFromElsewhere = headers['sec-fetch-site'] === 'cross-site';
  return isFromElsewhere || !isLocalHost(headers.host) || !isLocalOrigin(headers.origin);
}

/** All callers share one budget, because all of them are this machine. */
export class Budget {
  readonly #bucket: TokenBucket;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(REQUESTS, clock.nowMs());
  }

  /** 0 when the request may go on, otherwise the whole seconds to wait. */
  take(cost: number): number {
    const nowMs = this.#clock.nowMs();
    if (this.#bucket.take(cost, nowMs)) return 0;
    return Math.max(1, Math.ceil(this.#bucket.waitMs(cost, nowMs) / 1000));
  }
}
