/**
 * Custom schemes: Chromium knows only its own, so `app://bundle/path` travels as `https://bundle.app.electron-
 * shim.test/path` and is answered here. Nothing else is answered at all: a request that would leave the machine
 * is a violation.
 */
import type { BrowserContext, Frame, Request as PageRequest, Route } from 'playwright-core';
import { loud, violation } from './control.ts';

type Handler = (request: Request) => Response | Promise<Response>;
/** A page that navigates by itself asks its window first. Undefined: the frame is in none of its pages. */
type NavigationGuard = (url: string, frame: Frame) => boolean | undefined;

const SUFFIX = '.electron-shim.test';
const handlers = new Map<string, Handler>();
const standardSchemes = new Set<string>();
const guards = new Set<NavigationGuard>();

export function addNavigationGuard(guard: NavigationGuard): void {
  guards.add(guard);
}

export function toWire(url: string): string {
  const { protocol, host, pathname, search, hash } = new URL(url);
  const scheme = protocol.slice(0, -1);
  return standardSchemes.has(scheme) ? `https://${host}.${scheme}${SUFFIX}${pathname}${search}${hash}` : url;
}

export function fromWire(url: string): string {
  if (!URL.canParse(url)) return url;
  const { hostname, pathname, search, hash } = new URL(url);
  if (!hostname.endsWith(SUFFIX)) return url;
  const [, host = '', scheme = ''] = /^(.*)\.([^.]+)$/.exec(hostname.slice(0, -SUFFIX.length)) ?? [];
  return `${scheme}://${host}${pathname}${search}${hash}`;
}

/** As Electron tells it for a frame: an opaque origin is 'null'. */
export function originOf(url: string): string {
  if (!URL.canParse(url)) return 'null';
  const { protocol, host, origin } = new URL(url);
  return standardSchemes.has(protocol.slice(0, -1)) ? `${protocol}//${host}` : origin;
}

export const protocol = loud('protocol', {
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: { standard?: boolean } }[]): void {
    for (const { scheme, privileges } of schemes)
      if (privileges.standard === true) standardSchemes.add(scheme);
  },
  handle(scheme: string, handler: Handler): void {
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
    handlers.set(scheme, handler);
  },
});

export async function routeRequests(context: BrowserContext): Promise<void> {
  await context.route('**/*', answer);
}

async function answer(route: Route, request: PageRequest): Promise<void> {
  const url = fromWire(request.url());
  if (request.isNavigationRequest() && !mayNavigate(url, request)) return route.abort('aborted');
  const handler = handlers.get(new URL(url).protocol.slice(0, -1));
  if (handler === undefined) {
    violation('network', url);
    return route.abort('blockedbyclient');
  }
  const response = await handler(new Request(url, { method: request.method() }));
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

/** A denied window exists here for a moment, where Electron would not make it at all: it loads nothing. */
function mayNavigate(url: string, request: PageRequest): boolean {
  let frame: Frame;
  try {
    frame = request.frame();
  } catch {
    return false;
  }
  return [...guards].some((guard) => guard(url, frame) === true);
}
