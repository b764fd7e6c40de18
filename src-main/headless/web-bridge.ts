/**
 * The bridge of the browser host: `window.diva` over HTTP requests and one WebSocket, the same methods as the preload
 * script offers in Electron.
 */
import { PUSH_NAMES, REQUEST_NAMES } from '../app/contract/names.ts';

/** What the script uses of the page; the rest of the DOM is not needed here. */
export interface BridgePage {
  readonly location: { readonly host: string; readonly hash: string; readonly pathname: string };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
  readonly document: { readonly hidden: boolean; addEventListener(type: string, listener: () => void): void };
  readonly WebSocket: typeof WebSocket;
  fetch(url: string, init: RequestInit): Promise<Response>;
  setTimeout(callback: () => void, delayMs: number): unknown;
}

interface PushClient {
  connect(): void;
  subscribe(name: string, listener: (value: unknown) => void): () => void;
}

/** Both functions as text: in the page there is nothing else. */
export function webBridgeScript(): string {
  const names = `${JSON.stringify(REQUEST_NAMES)}, ${JSON.stringify(PUSH_NAMES)}`;
  const install = `(${installWebBridge.toString()})`;
  return `'use strict';\n${install}(globalThis, ${openPushClient.toString()}, ${names});\n`;
}

/**
 * Runs in the page: it must not refer to anything outside of itself. The address carries a one-time token after
 * the #, which is exchanged for a cookie before anything else and leaves the address bar.
 */
function installWebBridge(
  page: BridgePage,
  openPushes: (page: BridgePage) => PushClient,
  requestNames: readonly string[],
  pushNames: readonly string[],
): void {
  const post = (path: string, body: unknown): Promise<Response> =>
    page.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const pushes = openPushes(page);
  const token = /^#token=([A-Za-z0-9_-]+)$/.exec(page.location.hash)?.[1];
  if (token !== undefined) page.history.replaceState(null, '', page.location.pathname);
  const opened = token === undefined ? Promise.resolve() : post('/session', { token }).then(() => undefined);
  const ready = opened.catch(() => undefined);
  void ready.then(() => pushes.connect());

  const request = async (name: string, argument: unknown): Promise<unknown> => {
    await ready;
    try {
      const response = await post(`/rpc/${name}`, argument);
      return await response.json();
    } catch {
      return { ok: false, error: { code: 'host-unreachable', params: {} } };
    }
  };
  const bridge: Record<string, unknown> = {};
  for (const name of requestNames) bridge[name] = (argument: unknown) => request(name, argument);
  for (const name of pushNames) {
    const method = `on${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    bridge[method] = (listener: (value: unknown) => void) => pushes.subscribe(name, listener);
  }
  Object.defineProperty(page, 'diva', { value: Object.freeze(bridge), enumerable: true });
}

/** Runs in the page as well. Connects again by itself, and asks again for everything that was subscribed to. */
function openPushClient(page: BridgePage): PushClient {
  const FIRST_RETRY_MS = 250;
  const LONGEST_RETRY_MS = 5000;
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  let socket: WebSocket | null = null;
  let isConnected = false;
  let retryDelayMs = FIRST_RETRY_MS;

  const tell = (message: object): void => {
    if (socket !== null && isConnected) socket.send(JSON.stringify(message));
  };
  const deliver = (name: string, value: unknown): void => {
    for (const listener of listeners.get(name) ?? []) listener(value);
  };
  const setConnected = (connected: boolean): void => {
    isConnected = connected;
    deliver('link', { connected });
  };
  const connect = (): void => {
    socket = new page.WebSocket(`ws://${page.location.host}/push`);
    socket.onopen = (): void => {
      retryDelayMs = FIRST_RETRY_MS;
      setConnected(true);
      tell({ visible: !page.document.hidden });
      for (const name of listeners.keys()) if (name !== 'link') tell({ subscribe: name });
    };
    socket.onmessage = ({ data }): void => {
      const push = JSON.parse(String(data)) as { name: string; value: unknown };
      deliver(push.name, push.value);
    };
    socket.onclose = (): void => {
      setConnected(false);
      page.setTimeout(connect, retryDelayMs);
      retryDelayMs = Math.min(retryDelayMs * 2, LONGEST_RETRY_MS);
    };
  };
  page.document.addEventListener('visibilitychange', () => tell({ visible: !page.document.hidden }));
  return {
    connect,
    subscribe: (name, listener) => {
      const known = listeners.get(name) ?? new Set();
      known.add(listener);
      listeners.set(name, known);
      // Before the first attempt nothing is known to be wrong.
      if (name === 'link') listener({ connected: isConnected || socket === null });
      else tell({ subscribe: name });
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.delete(name) && name !== 'link') tell({ unsubscribe: name });
      };
    },
  };
}
