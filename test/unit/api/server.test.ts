import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReachConsent } from '../../../src-main/networks/reach-types.ts';
import { WebSocket } from 'ws';
import { serveNode } from '../../../src-main/api/server.ts';
import { fromText } from '../../../src-main/core/bytes.ts';
import { verifyProof } from '../../../src-main/core/proof.ts';
import { crypto } from '../proof/fixture.ts';
import { freePort, freePorts, openServed } from './harness.ts';
import { CHAIN_ID, makeBlock, NodeDouble, sealHash, SELF, servedBy } from './node-double.ts';

const { node, ports, folder, tokenFile, ask, get, put, close } = await openServed(5);
afterAll(close);

describe('foreign callers', () => {
  test('a host name that only points here is refused', async () => {
    for (const host of [
      'evil.example',
      'evil.example:17468',
      '127.0.0.1.evil.example',
      '[::2]',
      '10.0.0.1',
    ]) {
      expect((await ask('GET', '/about', { headers: { host } })).status, host).toBe(403);
    }
    for (const host of ['localhost', `localhost:${ports.api}`, '127.0.0.1', '[::1]:80']) {
      expect((await ask('GET', '/about', { headers: { host } })).status, host).toBe(200);
    }
  });

  test('a web page is refused, and nothing allows it by CORS', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'app://x']) {
      expect((await ask('GET', '/about', { headers: { origin } })).status, origin).toBe(403);
    }
    const answer = await ask('GET', '/about', { headers: { origin: 'http://localhost:5173' } });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the decision of the owner', () => {
  test('needs the token, and a node that waits for just that', async () => {
    const token = { 'diva-token-api': fs.readFileSync(tokenFile, 'utf8') };
    const decide = async (body: unknown, headers: Record<string, string> = token) => {
      const { status, text } = await ask('PUT', '/node/sign-again', { headers, body: JSON.stringify(body) });
      return [status, text === '' ? null : (JSON.parse(text) as unknown), node.silence] as const;
    };
    const none = { error: { code: 'not-silent', awaits: null } };
    expect(await decide({ decision: 'clone' })).toMatchObject([403, none, null]);
    node.silence = 'clone';
    expect(await decide({ decision: 'clone' }, {})).toEqual([401, null, 'clone']);
    for (const body of [{}, null, [], 'clone', { decision: 'both' }, { decision: null }])
      expect(await decide(body)).toMatchObject([400, {}, 'clone']);
    const other = { error: { code: 'not-silent', awaits: 'clone' } };
    expect(await decide({ decision: 'amnesia' })).toMatchObject([403, other, 'clone']);
    const decided = { silence: 'amnesia', awaits: 'amnesia', resumeHeight: null };
    expect(await decide({ decision: 'clone' })).toEqual([200, decided, 'amnesia']);
    // Sent once more, it decides nothing.
    expect(await decide({ decision: 'clone' })).toMatchObject([403, {}, 'amnesia']);
    expect(await decide({ decision: 'amnesia' })).toMatchObject([200, { silence: null }, null]);
  });
});

describe('a copy of the database', () => {
  test('needs the token', async () => {
    const token = { 'diva-token-api': fs.readFileSync(tokenFile, 'utf8') };
    const copy = (headers = {}) => ask('PUT', '/node/copy-database', { headers });
    expect((await copy()).status).toBe(401);
    expect((await copy(token)).json()).toEqual({ path: '/copy' });
  });
});

describe('where the node is reached', () => {
  const status = { interfaces: [], announce: true, addresses: ['192.168.7.5:17470'], problem: null };

  test('is decided with the token, and in a network over several machines alone', async () => {
    const token = { 'diva-token-api': fs.readFileSync(tokenFile, 'utf8') };
    const decided: ReachConsent[] = [];
    const decide = async (body: unknown, headers: Record<string, string> = token) => {
      return (await ask('PUT', '/node/reach', { headers, body: JSON.stringify(body) })).status;
    };
    const consent = { interfaces: ['wlan0'], announce: true };
    expect(await decide(consent)).toBe(403);
    node.reach = {
      status: () => status,
      subscribe: () => () => undefined,
      setConsent: (one) => Promise.resolve(void decided.push(one)),
    };
    expect(await decide(consent, {})).toBe(401);
    const wrong = [{}, null, [], { ...consent, version: 1 }, { ...consent, interfaces: [''] }];
    for (const body of [
      ...wrong,
      { ...consent, announce: 'yes' },
      { interfaces: Array(33).fill('a'), announce: true },
    ])
      expect(await decide(body), JSON.stringify(body)).toBe(400);
    expect(decided).toEqual([]);
    expect(await decide(consent)).toBe(200);
    expect(decided).toEqual([consent]);
    const answer = await ask('GET', '/node/status');
    expect(answer.json()).toMatchObject({ reach: status });
  });
});

describe('the feed', () => {
  const open = async (headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${ports.feed}`, { headers });
    await once(socket, 'open');
    return socket;
  };

  test('sends each block as the block API shows it, in order', async () => {
    const socket = await open();
    const received: unknown[] = [];
    const complete = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received.push(JSON.parse(data.toString()));
        if (received.length === 3) resolve();
      });
    });
    for (const height of [6, 7, 8]) node.commit(makeBlock(height));
    await complete;
    expect(received).toEqual([await get('/block/6'), await get('/block/7'), await get('/block/8')]);
    socket.terminate();
  });

  test('refuses foreign pages and plain requests', async () => {
    await expect(open({ origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(open({ host: 'evil.example' })).rejects.toThrow('403');
    const response = await fetch(`http://127.0.0.1:${ports.feed}/`);
    expect(response.status).toBe(426);
  });
});

describe('our own part', () => {
  test('status', async () => {
    const status = await get('/node/status');
    expect(status).toMatchObject({ publicKey: SELF, name: 'Ada', phase: 'running', pid: process.pid, ports });
    expect(status).toMatchObject({ network: { id: CHAIN_ID, name: 'Test' }, waiting: 0 });
  });

  test('a proof that anyone can verify', async () => {
    const answer = await ask('GET', `/node/proof/${sealHash}`);
    const verdict = verifyProof(answer.text, fromText(sealHash)!, fromText(CHAIN_ID)!, crypto);
    expect(verdict).toMatchObject({ valid: true, claim: { height: 3, note: 'note' } });
    expect((await ask('GET', `/node/proof/${CHAIN_ID}`)).status).toBe(404);
    expect((await ask('GET', '/node/proof/short')).status).toBe(400);
  });

  test('a proof can be waited for', async () => {
    const late = new NodeDouble(2);
    const own = await freePorts();
    const second = await serveNode(servedBy(late, own, path.join(folder, 'late.token')));
    const waiting = fetch(`http://127.0.0.1:${own.api}/node/proof/${sealHash}?waitMs=60000`);
    await fetch(`http://127.0.0.1:${own.api}/about`);
    late.commit(makeBlock(3));
    expect((await waiting).status).toBe(200);
    await second.close();
  });

  test('a false chain is found out', async () => {
    const token = fs.readFileSync(tokenFile, 'utf8');
    const answer = await ask('GET', '/node/verify-chain', { headers: { 'diva-token-api': token } });
    expect(answer.json()).toEqual({ valid: false, reason: 'broken-link', height: 2 });
    expect((await ask('GET', '/node/verify-chain')).status).toBe(401);
  });
});

test('a web page does not use up what programs may ask', async () => {
  const asPage = { origin: 'https://evil.example' };
  // An image or a script of a page names no origin, but browsers say where it comes from.
  const asImage = { 'sec-fetch-site': 'cross-site' };
  for (const headers of [asPage, asImage]) {
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => ask('GET', '/state/search/x', { headers })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  }
  expect((await ask('GET', '/about')).status).toBe(200);
});

test('a taken port is named', async () => {
  const failing = serveNode(
    servedBy(node, { ...ports, feed: await freePort() }, path.join(folder, 'other.token')),
  );
  await expect(failing).rejects.toMatchObject({ code: 'port-in-use', params: { port: ports.api } });
  expect(fs.existsSync(path.join(folder, 'other.token'))).toBe(false);
});

test('a script in a loop is slowed down', async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => put('/leave', '', 'wrong')));
  const last = answers.findLast(({ status }) => status === 429);
  expect(last?.headers['retry-after']).toBe('1');
});
