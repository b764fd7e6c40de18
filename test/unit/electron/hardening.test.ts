import { EventEmitter } from 'node:events';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { harden, isOwnPage } from '../../../src-main/electron/hardening.ts';

const electron = await vi.hoisted(async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  return {
    app: new Emitter(),
    requestHandler: null as
      null | ((contents: null, permission: string, answer: (yes: boolean) => void) => void),
    checkHandler: null as null | (() => boolean),
    deviceHandler: null as null | (() => boolean),
  };
});

vi.mock('electron', () => ({
  app: electron.app,
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: never) => (electron.requestHandler = handler),
      setPermissionCheckHandler: (handler: never) => (electron.checkHandler = handler),
      setDevicePermissionHandler: (handler: never) => (electron.deviceHandler = handler),
    },
  },
}));

class Contents extends EventEmitter {
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  setWindowOpenHandler(handler: Contents['openHandler']): void {
    this.openHandler = handler;
  }
  isPrevented(event: string, url: string): boolean {
    let prevented = false;
    this.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  }
}

const contents = new Contents();
const wished: string[] = [];

beforeAll(() => {
  harden((url) => wished.push(url));
  electron.app.emit('web-contents-created', {}, contents);
});

describe('a page', () => {
  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('cannot leave by %s', (event) => {
    expect(contents.isPrevented(event, 'app://bundle/index.html')).toBe(false);
    for (const url of [
      'https://evil.example/',
      'app://bundle.evil/',
      'app://bundlex',
      'file:///etc/passwd',
      'data:,x',
    ]) {
      expect(contents.isPrevented(event, url), url).toBe(true);
      expect(isOwnPage(url), url).toBe(false);
    }
  });

  it('cannot open windows or attach web views', () => {
    const urls = ['https://evil.example/', 'app://bundle/', 'https://www.diva.exchange/en/'];
    for (const url of urls) expect(contents.openHandler({ url }), url).toEqual({ action: 'deny' });
    expect(wished).toEqual(urls);
    expect(contents.isPrevented('will-attach-webview', '')).toBe(true);
  });

  it('gets no permission', () => {
    const answers: boolean[] = [];
    electron.requestHandler?.(null, 'media', (yes) => answers.push(yes));
    expect(answers).toEqual([false]);
    expect(electron.checkHandler?.()).toBe(false);
    expect(electron.deviceHandler?.()).toBe(false);
  });
});
