import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { closeBrowser } from './browser.ts';
import { loud, onControl } from './control.ts';
import { openWindows } from './windows.ts';

class App extends EventEmitter {
  readonly isPackaged = false;
  readonly name = 'DIVA Node';
  #ready: Promise<void> | null = null;
  #isReady = false;
  #quitting = false;
  readonly #userData =
    process.env['ELECTRON_SHIM_USER_DATA'] ?? mkdtempSync(path.join(tmpdir(), 'electron-shim-'));

  isReady(): boolean {
    return this.#isReady;
  }

  /** One turn after the first call, so that what must happen before is really before. */
  whenReady(): Promise<void> {
    this.#ready ??= setImmediate().then(() => {
      this.#isReady = true;
      this.emit('ready');
    });
    return this.#ready;
  }

  requestSingleInstanceLock(): boolean {
    return process.env['ELECTRON_SHIM_SECOND_INSTANCE'] !== '1';
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  getAppPath(): string {
    return process.cwd();
  }

  getPreferredSystemLanguages(): string[] {
    return [process.env['ELECTRON_SHIM_LANGUAGE'] ?? 'en-US'];
  }

  getPath(name: string): string {
    const folder = name === 'userData' ? this.#userData : path.join(this.#userData, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  setPath(): void {
    // The double keeps everything in its own folder.
  }

  quit(): void {
    if (this.#quitting) return;
    if (this.#isPrevented('before-quit')) return;
    this.#quitting = true;
    for (const window of openWindows()) window.close();
    if (openWindows().length > 0 || this.#isPrevented('will-quit')) {
      this.#quitting = false;
      return;
    }
    this.exit(0);
  }

  exit(code = 0): void {
    this.emit('quit', {}, code);
    void closeBrowser().finally(() => process.exit(code));
  }

  /** The last window is gone. */
  windowsClosed(): void {
    if (this.#quitting) return;
    if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
    else this.quit();
  }

  #isPrevented(event: string): boolean {
    let prevented = false;
    this.emit(event, { preventDefault: () => (prevented = true) });
    return prevented;
  }
}

export const app = loud('app', new App());

onControl('secondInstance', (request) => {
  const args = request.ask === 'secondInstance' ? [...(request.args ?? [])] : [];
  return app.emit('second-instance', {}, args, process.cwd());
});
onControl('openUrl', (request) =>
  app.emit('open-url', { preventDefault: () => undefined }, request.ask === 'openUrl' ? request.url : ''),
);
