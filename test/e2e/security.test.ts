/** What a page cannot do, whoever wrote it: negative tests against the running hosts. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ControlState } from '../electron-shim/control.ts';
import { HOSTS, startHost, type RunningHost } from './hosts.ts';
import { goTo, LONG } from './window.ts';

/** The directive that the page's own policy refused. */
function refusedBy(page: Page, attempt: string): Promise<string> {
  return page.evaluate(
    (code) =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), {
          once: true,
        });
        const run = new Function(code) as () => void;
        run();
      }),
    attempt,
  );
}

describe.each(HOSTS)('a page in the %s host', (name) => {
  let host: RunningHost;

  beforeAll(async () => {
    host = await startHost(name);
    await host.page.getByTestId('choose-create').waitFor(LONG);
  });

  afterAll(() => host.stop());

  it('does not leave for a file that is dropped beside its place; text may be drawn into a field', async () => {
    const isTaken = (what: string): Promise<boolean> =>
      host.page.evaluate((kind) => {
        const dataTransfer = new DataTransfer();
        if (kind === 'file') dataTransfer.items.add(new File(['x'], 'x.txt'));
        else dataTransfer.items.add('x', 'text/plain');
        const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
        return !document.body.dispatchEvent(drop);
      }, what);
    expect([await isTaken('file'), await isTaken('text')]).toEqual([true, false]);
  });

  it.each([
    [
      'an inline script',
      `const s = document.createElement('script'); s.textContent = 'window.evil = 1'; document.head.append(s);`,
      'script-src-elem',
    ],
    [
      'a script from elsewhere',
      `const s = document.createElement('script'); s.src = 'https://evil.example/x.js'; document.head.append(s);`,
      'script-src-elem',
    ],
    [
      'a style',
      `const s = document.createElement('style'); s.textContent = 'body{}'; document.head.append(s);`,
      'style-src-elem',
    ],
    ['an image from elsewhere', `new Image().src = 'https://evil.example/x.png';`, 'img-src'],
    ['a request elsewhere', `fetch('https://evil.example/').catch(() => undefined);`, 'connect-src'],
    ['a socket elsewhere', `try { new WebSocket('wss://evil.example/'); } catch {}`, 'connect-src'],
    [
      'a frame',
      `const f = document.createElement('iframe'); f.src = 'https://evil.example/'; document.body.append(f);`,
      'frame-src',
    ],
    [
      'a form',
      `const f = document.createElement('form'); f.action = 'https://evil.example/'; document.body.append(f); ` +
        `f.submit();`,
      'form-action',
    ],
  ])('cannot load %s', async (_what, attempt, directive) => {
    expect(await refusedBy(host.page, attempt)).toBe(directive);
    expect(await host.page.evaluate(() => 'evil' in globalThis)).toBe(false);
  });

  it('sees the methods of the contract and nothing of the host', async () => {
    const seen = await host.page.evaluate(() => {
      const page = globalThis as unknown as Record<string, object>;
      const names = ['require', 'process', 'ipcRenderer', 'electron', '__electronShimBinding', 'module'];
      return {
        frozen: Object.isFrozen(page['diva']),
        methods: Object.values(page['diva']!).every((method) => typeof method === 'function'),
        host: names.filter((other) => other in page),
      };
    });
    expect(seen).toEqual({ frozen: true, methods: true, host: [] });
  });

  it('gets a refusal for wrong arguments, never an exception', async () => {
    const answers = await host.page.evaluate(async () => {
      const { diva } = globalThis as unknown as {
        diva: Record<string, (argument: unknown) => Promise<object>>;
      };
      const attempts = [
        { networkId: '../../etc' },
        { networkId: '' },
        {},
        null,
        'x',
        { networkId: 'a', more: 1 },
      ];
      return Promise.all(attempts.map((attempt) => diva['openNetwork']!(attempt)));
    });
    for (const answer of answers)
      expect(answer).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  it.each([
    '..%2f..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    'main/main.js',
    'assets/../../main/main.js',
  ])('cannot read files of this machine: %s', async (path) => {
    expect(await host.page.evaluate((url) => fetch(url).then(({ status }) => status), `/${path}`)).toBe(404);
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('the Electron host', () => {
  let host: RunningHost;
  const state = async (): Promise<ControlState> => (await host.control({ ask: 'state' })) as ControlState;

  beforeAll(async () => {
    host = await startHost('electron-shim');
    await host.page.getByTestId('choose-create').waitFor(LONG);
  });

  afterAll(() => host.stop());

  it('opens no window, and in the browser of the person only known sites to which the person agreed', async () => {
    const wish = (url: string): Promise<void> => host.page.evaluate((target) => void open(target), url);
    const denied = (count: number): Promise<void> =>
      vi.waitFor(async () => expect((await state()).windowsDenied).toHaveLength(count), LONG);
    await wish('https://evil.example/');
    await wish('https://www.diva.exchange/');
    await denied(2);
    // Dismissed, until the person answers otherwise.
    expect((await state()).dialogs).toEqual([
      ['Open this page in your browser?', 'https://www.diva.exchange/'],
    ]);
    expect((await state()).opened).toEqual([]);
    await host.control({ ask: 'answerDialogs', label: 'Open' });
    await wish('https://www.diva.exchange/en/');
    await denied(3);
    expect((await state()).opened).toEqual(['https://www.diva.exchange/en/']);
  });

  it('does not let the page leave', async () => {
    await host.page.evaluate(() => location.assign('https://evil.example/'));
    await vi.waitFor(
      async () => expect((await state()).navigationsBlocked).toEqual(['https://evil.example/']),
      LONG,
    );
    expect(await host.page.getByTestId('choose-create').count()).toBe(1);
  });

  it('pushes nothing to a hidden window, and the newest state when it is shown', async () => {
    const { page } = host;
    await page.evaluate(() => {
      const seen = ((globalThis as unknown as { seen: string[] }).seen = [] as string[]);
      const { diva } = globalThis as unknown as {
        diva: { onSettings(listener: (value: { settings: { theme: string } }) => void): () => void };
      };
      diva.onSettings(({ settings }) => seen.push(settings.theme));
    });
    const seen = (): Promise<string[]> =>
      page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    const set = (theme: string): Promise<unknown> =>
      page.evaluate((value) => {
        const { diva } = globalThis as unknown as { diva: { setSettings(change: object): Promise<object> } };
        return diva.setSettings({ theme: value });
      }, theme);
    await vi.waitFor(async () => expect(await seen()).toEqual(['system']), LONG);
    await host.control({ ask: 'hideWindow' });
    await set('dark');
    await set('light');
    expect(await seen()).toEqual(['system']);
    await host.control({ ask: 'showWindow' });
    await vi.waitFor(async () => expect(await seen()).toEqual(['system', 'light']), LONG);
  });

  it('has menus in the language of the settings that open the folders', async () => {
    await host.control({ ask: 'clickMenu', labels: ['File', 'Open data folder'] });
    await vi.waitFor(async () => expect((await state()).opened).toContain(host.dataDir), LONG);
    expect((await state()).menu).toEqual(['File', 'Edit', 'View']);
    await goTo(host.page, 'settings');
  });

  it('caused no complaint besides those', async () => {
    expect((await state()).violations).toEqual([]);
  });
});

describe.runIf(HOSTS.includes('headless'))('a page elsewhere', () => {
  it('can neither read from nor write to the browser host of the same browser', async () => {
    const host = await startHost('headless');
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>');
    });
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    try {
      await host.page.getByTestId('choose-create').waitFor(LONG);
      const { origin } = new URL(host.page.url());
      // The same browser, so that the cookie would be sent if anything let it.
      const page = await host.page.context().newPage();
      await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      const outcomes = await page.evaluate(async (target) => {
        const outcome = (promise: Promise<unknown>): Promise<string> => promise.then(String, () => 'refused');
        const body = '{}';
        const json = { 'content-type': 'application/json' };
        const socket = new WebSocket(`${target.replace('http', 'ws')}/push`);
        return Promise.all([
          outcome(
            fetch(`${target}/rpc/getSettings`, {
              method: 'POST',
              credentials: 'include',
              headers: json,
              body,
            }),
          ),
          outcome(
            fetch(`${target}/rpc/getSettings`, {
              method: 'POST',
              credentials: 'include',
              mode: 'no-cors',
              body,
            }).then(({ type }) => type),
          ),
          outcome(fetch(`${target}/`, { credentials: 'include' })),
          outcome(
            new Promise((resolve, reject) => {
              socket.onopen = resolve;
              socket.onerror = reject;
            }),
          ),
        ]);
      }, origin);
      expect(outcomes.map((outcome) => outcome === 'refused' || outcome === 'opaque')).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(outcomes[0]).toBe('refused');
      expect(outcomes[3]).toBe('refused');
      await page.close();
    } finally {
      evil.close();
      await host.stop();
    }
  });
});
