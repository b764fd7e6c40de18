import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Frame, Page } from 'playwright-core';
import { app } from './app.ts';
import { browserContext } from './browser.ts';
import { loud, onControl, state, violation } from './control.ts';
import { ipcMain, type PageMessage } from './ipc.ts';
import { installPageSide } from './page-side.ts';
import { addNavigationGuard, fromWire, originOf, toWire } from './protocol.ts';
import { openWindows, windowClosed, windowOpened, type OpenWindow } from './windows.ts';

const DELIVERY_KEY = 'electron-shim:deliver';
const BINDING = '__electronShimBinding';
/** Anything else than these values is what Electron's checklist warns of. */
const SAFE_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webSecurity: true,
  webviewTag: false,
} as const;

interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly show?: boolean;
  readonly webPreferences?: Readonly<Record<string, unknown>> & { readonly preload?: string };
}
type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

let lastId = 0;

class WebContents extends EventEmitter {
  readonly id = ++lastId;
  openHandler: OpenHandler = () => ({ action: 'allow' });
  /** The URL that the app itself is loading; every other navigation is the page's own. */
  loading: string | null = null;
  readonly #page: Promise<Page>;
  #isDestroyed = false;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(page: Promise<Page>) {
    super();
    this.#page = page;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  destroyed(): void {
    this.#isDestroyed = true;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  reload(): void {
    void this.#page.then((page) => page.reload());
  }

  /** In order; a page that is just being replaced misses it, as in Electron. */
  send(channel: string, ...args: unknown[]): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed');
    const copied = structuredClone(args);
    this.#sending = this.#sending
      .then(async () => {
        const page = await this.#page;
        await page.evaluate(deliver, { key: DELIVERY_KEY, channel, args: copied });
      })
      .catch(() => undefined);
  }
}

/** Runs in the page. */
function deliver({ key, channel, args }: { key: string; channel: string; args: unknown[] }): void {
  const page = globalThis as unknown as Record<
    symbol,
    ((channel: string, args: unknown[]) => void) | undefined
  >;
  page[Symbol.for(key)]?.(channel, args);
}

export class BrowserWindow extends EventEmitter implements OpenWindow {
  readonly webContents: WebContents;
  readonly #options: WindowOptions;
  readonly #page: Promise<Page>;
  #isDestroyed = false;
  #isVisible: boolean;

  constructor(options: WindowOptions) {
    super();
    this.#isVisible = state.visible = options.show ?? true;
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready');
    for (const [key, safe] of Object.entries(SAFE_PREFERENCES)) {
      if (options.webPreferences?.[key] !== safe) violation('webPreferences', key);
    }
    this.#options = options;
    this.#page = this.#open();
    this.#page.catch((error: unknown) => violation('window', String(error)));
    this.webContents = loud('webContents', new WebContents(this.#page));
    windowOpened(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#page;
    this.webContents.loading = url;
    await page.goto(toWire(url));
  }

  show(): void {
    this.#setVisible(true);
  }

  hide(): void {
    this.#setVisible(false);
  }

  isVisible(): boolean {
    return this.#isVisible;
  }

  focus(): void {
    void this.#page.then((page) => page.bringToFront());
  }

  isMinimized(): boolean {
    return false;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  close(): void {
    let prevented = false;
    this.emit('close', { preventDefault: () => (prevented = true) });
    if (!prevented) void this.#page.then((page) => page.close()).catch(() => undefined);
    if (!prevented) this.#closed();
  }

  setColorScheme(scheme: 'light' | 'dark' | null): void {
    void this.#page.then((page) => page.emulateMedia({ colorScheme: scheme })).catch(() => undefined);
  }

  static getAllWindows(): readonly OpenWindow[] {
    return openWindows();
  }

  #setVisible(isVisible: boolean): void {
    if (isVisible === this.#isVisible) return;
    this.#isVisible = state.visible = isVisible;
    this.emit(isVisible ? 'show' : 'hide');
  }

  #closed(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.webContents.destroyed();
    windowClosed(this);
    this.emit('closed');
    if (openWindows().length === 0) app.windowsClosed();
  }

  async #open(): Promise<Page> {
    const { width = 800, height = 600, webPreferences } = this.#options;
    const context = await browserContext();
    const page = await context.newPage();
    await page.setViewportSize({ width, height });
    await page.exposeBinding(BINDING, (source, text: string) => this.#receive(source.frame, text));
    const preload = webPreferences?.preload === undefined ? '' : readFileSync(webPreferences.preload, 'utf8');
    const options = JSON.stringify({ deliveryKey: DELIVERY_KEY, bindingName: BINDING });
    await page.addInitScript(
      `(${installPageSide.toString()})(${options}, function (module, exports, require) {${preload}\n});`,
    );
    this.#watch(page);
    await this.#watchPopups(page);
    return page;
  }

  #receive(frame: Frame, text: string): Promise<string> {
    const url = fromWire(frame.url());
    const senderFrame = { url, origin: originOf(url), parent: frame.parentFrame() === null ? null : {} };
    return ipcMain.receive({ sender: this.webContents, senderFrame }, JSON.parse(text) as PageMessage);
  }

  #watch(page: Page): void {
    const { webContents } = this;
    page.on('pageerror', (error) => violation('pageerror', String(error)));
    page.on('load', () => {
      this.emit('ready-to-show');
      webContents.emit('did-finish-load');
    });
    page.on('crash', () => webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }));
    page.on('close', () => this.#closed());
    addNavigationGuard((url, frame) => {
      if (frame.page() !== page) return undefined;
      const isMainFrame = frame === page.mainFrame();
      const isOwnLoad = isMainFrame && (webContents.loading === url || fromWire(page.url()) === url);
      if (!isOwnLoad && this.#isNavigationPrevented(url, isMainFrame)) {
        state.navigationsBlocked.push(url);
        return false;
      }
      webContents.loading = null;
      webContents.emit('did-start-navigation', { url, isMainFrame, isSameDocument: false });
      return true;
    });
  }

  #isNavigationPrevented(url: string, isMainFrame: boolean): boolean {
    let prevented = false;
    const event = { url, isMainFrame, isSameDocument: false, preventDefault: () => (prevented = true) };
    this.webContents.emit('will-frame-navigate', event);
    if (isMainFrame) this.webContents.emit('will-navigate', event, url);
    return prevented;
  }

  /** Electron asks before it creates a window; here Chromium reports the wish, and a denied window is closed. */
  async #watchPopups(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    await session.send('Page.enable');
    session.on('Page.windowOpen', ({ url: wire }) => {
      const url = fromWire(wire);
      if (this.webContents.openHandler({ url }).action === 'deny') state.windowsDenied.push(url);
      else violation('window-allowed', url);
    });
    page.on('popup', (popup) => void popup.close().catch(() => undefined));
  }
}

onControl('closeWindow', () => openWindows().forEach((window) => window.close()));
onControl('hideWindow', () => openWindows().forEach((window) => window.hide()));
onControl('showWindow', () => openWindows().forEach((window) => window.show()));
