/**
 * Bytes on the sockets of the two servers that upgrade: the window's in the browser host, and the block feed. In an
 * input `{host}` stands for the server's own address, `{cookie}` for that of a window that was opened, `{old}` for the
 * one-time token with which it was, which is good for nothing any more.
 */
import { once } from 'node:events';
import net from 'node:net';
import { openFeed } from '../../../src-main/api/feed.ts';
import { startWebServer } from '../../../src-main/headless/web-server.ts';
import { makeEmptyApp } from '../../unit/app/empty-app.ts';
import { NodeDouble } from '../../unit/api/node-double.ts';
import { asBytes, assert, asText, type Target } from '../target.ts';

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const WORDS = [
  '\r\n',
  '\r\n\r\n',
  'GET ',
  'POST ',
  'Host: {host}\r\n',
  'Origin: http://{host}\r\n',
  'Cookie: {cookie}\r\n',
  '{old}',
  '/push',
  '/rpc/',
  '/session',
  '%2e%2e/',
  '%00',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Expect: 100-continue\r\n',
  UPGRADE,
];

/** No promise: what takes longer to answer is not seen. */
const PATIENCE_MS = 20;
const TOKEN_LENGTH = 32;

/** Everything that comes back. Once there was something, or nothing came, the server is told that this was all. */
async function exchange(port: number, bytes: Uint8Array): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (part: Buffer | string) => (answer += String(part)));
  // A server that does not like what it reads may close while it is still being written.
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.end(), PATIENCE_MS);
  socket.once('data', () => setImmediate(() => socket.end()));
  socket.write(bytes);
  await once(socket, 'close');
  clearTimeout(timer);
  return answer;
}

function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}

interface Window {
  readonly host: string;
  readonly port: number;
  readonly cookie: string;
  readonly old: string;
  /** The token that would open another window. */
  token(): string;
}

let opened: Promise<Window> | undefined;

/** Once per process, as a browser opens it; it ends with the process. */
async function openWindow(): Promise<Window> {
  const page = { bytes: Uint8Array.from(asBytes('<html><head></head></html>')), contentType: 'text/html' };
  const { app } = await makeEmptyApp();
  // Its own clock goes on fast: this is not about limits of rates.
  let nowMs = 0;
  const server = await startWebServer(
    { port: 0 },
    { app, assets: new Map([['/', page]]), nowMs: () => (nowMs += 1_000), onAddress: () => undefined },
  );
  const { host, port, hash, origin } = new URL(server.address);
  const old = hash.slice('#token='.length);
  const headers = { origin, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify({ token: old }) };
  const answer = await fetch(`${origin}/session`, init);
  const [cookie = ''] = answer.headers.get('set-cookie')!.split(';');
  return { host, port: Number(port), cookie, old, token: () => new URL(server.address).hash.slice(7) };
}

/** As a page of the window sends it. */
function post(url: string, body: string, headers = 'Cookie: {cookie}\r\n'): string {
  const { length } = body.replace('{old}', 'x'.repeat(TOKEN_LENGTH));
  const own = `Host: {host}\r\nOrigin: http://{host}\r\n${headers}`;
  const about = `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
  return `POST ${url} HTTP/1.1\r\n${own}${about}\r\n${body}`;
}

const webServerTarget: Target = {
  name: 'web-server',
  maxBytes: 4_096,
  testRuns: 150,
  words: WORDS,
  seeds: () =>
    [
      'GET / HTTP/1.1\r\nHost: {host}\r\n\r\n',
      'GET /bridge.js HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\n\r\n',
      'GET /../secret.key HTTP/1.1\r\nHost: {host}\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      post('/session', '{"token":"{old}"}', ''),
      post('/rpc/getSettings', '{}'),
      post('/rpc/setSettings', '{"language":"de"}'),
      post('/rpc/getSettings', '{}', ''),
      `GET /push HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n${UPGRADE}\r\n`,
      `GET /push HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n${UPGRADE}\r\n`,
    ].map(asBytes),
  run: async (input) => {
    opened ??= openWindow();
    const window = await opened;
    const text = asText(input);
    const sent = text
      .replaceAll('{host}', window.host)
      .replaceAll('{cookie}', window.cookie)
      .replaceAll('{old}', window.old);
    const answer = await exchange(window.port, asBytes(sent));
    const statuses = statusesOf(answer);
    assert(
      statuses.every((status) => status < 500 || status === 505),
      `a person's mistake is not the server's: ${answer.slice(0, 200)}`,
    );
    assert(!answer.includes(window.token()), 'the token of the next window is told to nobody');
    assert(!/^set-cookie:/im.test(answer), 'a token opens one window, once');
    const isStranger = !text.includes('{cookie}') || !text.includes('http://{host}');
    assert(!isStranger || !/"ok":true/.test(answer), 'nothing is done for strangers');
    assert(!isStranger || !statuses.includes(101), 'strangers hear nothing');
  },
};

let feedPort: Promise<number> | undefined;

async function serveFeed(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as net.AddressInfo;
  probe.close();
  await once(probe, 'close');
  await openFeed(port, new NodeDouble(3));
  return port;
}

const feedTarget: Target = {
  name: 'feed',
  maxBytes: 4_096,
  testRuns: 150,
  words: WORDS,
  seeds: () => {
    const upgrade = `GET / HTTP/1.1\r\nHost: {host}\r\n${UPGRADE}\r\n`;
    // Masked frames: a text, a ping, a close, and one that says it is 64 KiB long.
    const frames = ['\x81\x82\x00\x00\x00\x00hi', '\x89\x80\x00\x00\x00\x00', '\x88\x80\x00\x00\x00\x00'];
    const foreign = `GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n${UPGRADE}\r\n`;
    return [
      ...['GET / HTTP/1.1\r\nHost: {host}\r\n\r\n', upgrade, foreign].map(asBytes),
      ...frames.map((frame) => asBytes(upgrade + frame)),
      asBytes(`${upgrade}\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00`),
    ];
  },
  run: async (input) => {
    feedPort ??= serveFeed();
    const port = await feedPort;
    const text = asText(input);
    const answer = await exchange(port, asBytes(text.replaceAll('{host}', `127.0.0.1:${port}`)));
    // 503: more clients than it serves, whose ends it has not seen yet.
    const isFine = statusesOf(answer).every((status) => status < 500 || status === 503);
    assert(isFine, `a person's mistake is not the server's: ${answer.slice(0, 200)}`);
    assert(!/origin: *https?:\/\/evil/i.test(text) || !answer.includes(' 101 '), 'a web page hears nothing');
    const alive = await exchange(port, asBytes(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`));
    assert(alive.startsWith('HTTP/1.1 426'), 'it serves the next one');
  },
};

export const rawHttpTargets: readonly Target[] = [webServerTarget, feedTarget];
