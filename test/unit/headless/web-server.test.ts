import { mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { App } from '../../../src-main/app/app.ts';
import { loadWindowAssets } from '../../../src-main/app/window-assets.ts';
import { startWebServer, type WebServer } from '../../../src-main/headless/web-server.ts';
import { makeEmptyApp } from '../app/empty-app.ts';

let app: App;
let server: WebServer;
let origin: string;
/** Moved by hand: what a limit lets through does not depend on how fast this machine is. */
let nowMs: number;
let addresses: string[];

beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'diva-window-'));
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><html><head></head><body></body></html>');
  await writeFile(path.join(folder, 'secret.key'), 'secret');
  ({ app } = await makeEmptyApp());
  addresses = [];
  nowMs = 0;
  server = await startWebServer(
    { port: 0 },
    {
      app,
      assets: await loadWindowAssets(folder),
      nowMs: () => nowMs,
      onAddress: (address) => addresses.push(address),
    },
  );
  origin = new URL(server.address).origin;
});

afterEach(async () => {
  await server.close();
  await app.close();
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Not fetch: that forbids to choose Host and Origin, which is the point here. */
function ask(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const request = http.request({ hostname, port, method, path: url, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const json = (): Record<string, string> => ({ 'content-type': 'application/json', origin });
const token = (): string => new URL(server.address).hash.slice('#token='.length);

async function signIn(): Promise<string> {
  const answer = await ask('POST', '/session', json(), JSON.stringify({ token: token() }));
  expect(answer.status).toBe(204);
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

const rpc = (name: string, headers: Record<string, string>, argument: unknown = {}): Promise<Answer> =>
  ask('POST', `/rpc/${name}`, { ...json(), ...headers }, JSON.stringify(argument));

describe('the pages', () => {
  it('come with the bridge and a strict policy', async () => {
    const page = await ask('GET', '/');
    expect(page.body).toContain('<script src="./bridge.js"></script>');
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|data:|\*/);
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('GET', '/bridge.js')).body).toContain('createLocalNetwork');
  });

  it.each([
    '/secret.key',
    '/..%2fsecret.key',
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../secret.key',
    '//etc/passwd',
    '/index.html%00.js',
    '/session',
    '/push',
  ])('are the only files there are: %s', async (url) => {
    expect((await ask('GET', url)).status).toBe(404);
  });
});

describe('the one-time token', () => {
  it('becomes a cookie that scripts and other sites cannot use, once', async () => {
    const first = token();
    const body = JSON.stringify({ token: first });
    const answer = await ask('POST', '/session', json(), body);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^diva-[\w-]{8}=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await ask('POST', '/session', json(), body)).status).toBe(401);
    expect(token()).not.toBe(first);
    expect(addresses).toEqual([server.address]);
  });

  it.each(['{"token":""}', '{"token":"x"}', '{}', 'null', '[1]'])('must be right: %s', async (body) => {
    expect((await ask('POST', '/session', json(), body)).status).toBe(401);
  });

  it('cannot be guessed for long', async () => {
    const guess = (): Promise<Answer> => ask('POST', '/session', json(), '{"token":"x"}');
    for (let trial = 0; trial < 25; trial++) await guess();
    const right = await ask('POST', '/session', json(), JSON.stringify({ token: token() }));
    expect(right.status).toBe(401);
  });
});

describe('requests', () => {
  it('are answered with an envelope', async () => {
    const cookie = await signIn();
    const answer = await rpc('getSettings', { cookie });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: true, value: { settings: { language: 'system' } } });
  });

  it('are refused without the cookie, or with another', async () => {
    expect((await rpc('getSettings', {})).status).toBe(401);
    const name = (await signIn()).split('=')[0];
    expect((await rpc('getSettings', { cookie: `${name}=${'A'.repeat(32)}` })).status).toBe(401);
  });

  it.each<[string, () => Record<string, string>]>([
    ['a page elsewhere', () => ({ origin: 'https://evil.example' })],
    ['a local page on another port', () => ({ origin: 'http://127.0.0.1:1' })],
    ['a sandboxed frame', () => ({ origin: 'null' })],
    ['a name that points here (DNS rebinding)', () => ({ host: 'evil.example' })],
    ['another name of this machine', () => ({ host: origin.replace('http://127.0.0.1', 'localhost') })],
    ['another site, as the browser says', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['another port of this machine, as the browser says', () => ({ 'sec-fetch-site': 'same-site' })],
  ])('from %s are refused even with the cookie', async (_who, headers) => {
    const cookie = await signIn();
    const answer = await rpc('getSettings', { cookie, ...headers() });
    expect([401, 403]).toContain(answer.status);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
  });

  it('without an Origin are refused: no page of ours makes them', async () => {
    const cookie = await signIn();
    const headers = { cookie, 'content-type': 'application/json' };
    expect((await ask('POST', '/rpc/getSettings', headers, '{}')).status).toBe(401);
  });

  it.each<[string, string, number]>([
    ['not JSON', '{', 400],
    ['too large', JSON.stringify({ d: 'x'.repeat(100_000) }), 413],
  ])('that are %s are refused with an envelope', async (_what, body, status) => {
    const cookie = await signIn();
    const answer = await ask('POST', '/rpc/publishData', { ...json(), cookie }, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  it('may carry a whole proof', async () => {
    const cookie = await signIn();
    const argument = { proof: 'x'.repeat(4 * 1024 * 1024), fileHash: 'A'.repeat(43), chainId: null };
    const answer = await rpc('verifyProof', { cookie }, argument);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: true, value: { valid: false } });
  });

  it('in a flood are slowed down', async () => {
    const cookie = await signIn();
    const answers = await Promise.all(Array.from({ length: 600 }, () => rpc('getSettings', { cookie })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
    nowMs += 1000;
    expect((await rpc('getSettings', { cookie })).status).toBe(200);
  });

  it('cannot name what is not in the contract', async () => {
    const cookie = await signIn();
    for (const name of ['constructor', 'nothing', '..%2fsession']) {
      expect((await rpc(name, { cookie })).status, name).toBe(404);
    }
  });
});

describe('pushes', () => {
  const open = (headers: Record<string, string>): WebSocket =>
    new WebSocket(`${origin.replace('http', 'ws')}/push`, { headers });
  const closed = (socket: WebSocket): Promise<string> =>
    new Promise((resolve) => {
      socket.on('error', (error) => resolve(error.message));
      socket.on('close', (code) => resolve(String(code)));
    });

  it('come to those who subscribed', async () => {
    const cookie = await signIn();
    const socket = open({ cookie, origin });
    const received = new Promise((resolve) => {
      socket.on('message', (data) => resolve(JSON.parse(String(data))));
    });
    socket.on('open', () => socket.send('{"subscribe":"settings"}'));
    expect(await received).toMatchObject({ name: 'settings', value: { settings: { theme: 'system' } } });
    socket.close();
    await closed(socket);
  });

  it.each<[string, () => Record<string, string>]>([
    ['without the cookie', () => ({ origin })],
    ['from a page elsewhere', () => ({ origin: 'https://evil.example' })],
    ['without an Origin', () => ({})],
    ['for another name', () => ({ origin, host: 'evil.example' })],
  ])('are refused %s', async (_who, headers) => {
    const cookie = await signIn();
    const isAnonymous = _who === 'without the cookie';
    expect(await closed(open({ ...(isAnonymous ? {} : { cookie }), ...headers() }))).toContain('403');
  });

  it.each(['{"subscribe":"nothing"}', '{"subscribe":"node","more":1}', 'x', '[]', 'null'])(
    'end for a window that says nonsense: %s',
    async (message) => {
      const cookie = await signIn();
      const socket = open({ cookie, origin });
      socket.on('open', () => socket.send(message));
      expect(await closed(socket)).toBe('1008');
    },
  );

  it('end for a window that says too much', async () => {
    const cookie = await signIn();
    const socket = open({ cookie, origin });
    socket.on('open', () => socket.send('x'.repeat(5000)));
    expect(await closed(socket)).toBe('1009');
  });
});
