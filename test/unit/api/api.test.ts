import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveNode } from '../../../src-main/api/server.ts';
import { fromText } from '../../../src-main/core/bytes.ts';
import { verifyProof } from '../../../src-main/core/proof.ts';
import type { NodeServer } from '../../../src-main/networks/served-node.ts';
import type { NodePorts } from '../../../src-main/networks/types.ts';
import { SubmitError } from '../../../src-main/node/facade.ts';
import { crypto } from '../proof/fixture.ts';
import { CHAIN_ID, makeBlock, NodeDouble, PEER_1, sealHash, SELF, servedBy } from './node-double.ts';

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-api-'));
const tokenFile = path.join(folder, 'api.token');
const node = new NodeDouble(5);
let ports: NodePorts;
let server: NodeServer;

beforeAll(async () => {
  ports = { udp: 1, api: await freePort(), feed: await freePort() };
  server = await serveNode(servedBy(node, ports, tokenFile));
});
afterAll(async () => {
  await server.close();
  fs.rmSync(folder, { recursive: true });
});
beforeEach(() => {
  node.refuseWith = null;
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
}

function ask(method: string, url: string, options: { body?: string; headers?: Record<string, string> } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port: ports.api, path: url, method, ...options },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text, json: () => JSON.parse(text) as unknown });
        });
      },
    );
    request.on('error', reject).end(options.body);
  });
}

async function get(url: string): Promise<unknown> {
  const answer = await ask('GET', url);
  expect(answer.status, url).toBe(200);
  return answer.json();
}

function put(url: string, body: unknown, token = fs.readFileSync(tokenFile, 'utf8')) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ask('PUT', url, {
    body: text,
    headers: { 'diva-token-api': token, 'content-type': 'application/json' },
  });
}

const DATA = [{ seq: 1, command: 'data', ns: 'test:value', d: 'x' }];
const heights = (blocks: unknown) => (blocks as { height: number }[]).map(({ height }) => height);

describe('reading', () => {
  test('about', async () => {
    const about = {
      license: 'AGPL-3.0-or-later',
      publicKey: SELF,
      height: 5,
      version: expect.any(String) as string,
    };
    expect(await get('/about')).toMatchObject(about);
    expect(await get('/about/')).toMatchObject(about);
  });

  test('network', async () => {
    const peer = { publicKey: PEER_1, http: '', udp: '127.0.0.1:1001', stake: 1 };
    expect(await get('/network')).toEqual(expect.arrayContaining([peer]));
    expect(await get('/network')).toHaveLength(4);
    expect(await get('/network/1')).toHaveLength(4);
    expect(await get('/network/2')).toEqual([]);
    expect(await get('/network/online')).toHaveLength(3);
    expect((await ask('GET', '/network/x')).status).toBe(400);
  });

  test('a block has the fields of DIVA and ours', async () => {
    const block = (await get('/block/2')) as Record<string, unknown>;
    expect(Object.keys(block).slice(0, 6)).toEqual([
      'version',
      'previousHash',
      'hash',
      'tx',
      'height',
      'votes',
    ]);
    expect(block).toMatchObject({ version: 7, height: 2, view: 0, proposer: SELF });
    expect(block['hash']).toMatch(/^[\w-]{43}$/);
    expect(block['votes']).toHaveLength(3);
    expect(block['votes']).toEqual(
      expect.arrayContaining([{ origin: PEER_1, sig: expect.stringMatching(/^[\w-]{86}$/) as string }]),
    );
    const command = { seq: 1, command: 'data', ns: 'test:value:n2', d: 'd2', result: { outcome: 'applied' } };
    expect(block['tx']).toMatchObject([
      { ident: 'before-1' },
      { ident: 'ident-1', origin: SELF, commands: [command] },
    ]);
    expect(block['certificate']).toEqual({ view: 2, signedStake: 3, totalStake: 4 });
  });

  test('the genesis is block 1', async () => {
    const genesis = (await get('/block/genesis')) as { tx: { commands: unknown[] }[] };
    expect(genesis).toMatchObject({ height: 1, hash: CHAIN_ID, votes: [], previousHash: '0'.repeat(43) });
    expect(genesis.tx).toMatchObject([{ ident: 'genesis', origin: '0'.repeat(43), sig: '0'.repeat(86) }]);
    expect(genesis.tx[0]!.commands[1]).toEqual({
      seq: 2,
      command: 'addPeer',
      http: '',
      udp: '',
      publicKey: PEER_1,
      stake: 1,
    });
    expect(await get('/block/1')).toEqual(genesis);
  });

  test('unknown blocks are 404 without a body', async () => {
    for (const height of ['0', '6', '-1', 'x', '1e3', '99999999999999']) {
      const answer = await ask('GET', `/block/${height}`);
      expect([answer.status, answer.text], height).toEqual([404, '']);
    }
    expect(await get('/block/latest/')).toMatchObject({ height: 5 });
  });

  test('ranges, pages and searches', async () => {
    expect(heights(await get('/blocks'))).toEqual([1, 2, 3, 4, 5]);
    expect(heights(await get('/blocks/'))).toEqual([1, 2, 3, 4, 5]);
    expect(heights(await get('/blocks/3'))).toEqual([3, 4, 5]);
    expect(heights(await get('/blocks/2/3'))).toEqual([2, 3]);
    expect(heights(await get('/blocks/4/9'))).toEqual([4, 5]);
    expect(heights(await get('/blocks/5/2'))).toEqual([]);
    expect(heights(await get('/blocks/page/1/2'))).toEqual([4, 5]);
    expect(heights(await get('/blocks/page/2/2'))).toEqual([2, 3]);
    expect(heights(await get('/blocks/page/3/2'))).toEqual([1]);
    expect(heights(await get('/blocks/page/1'))).toEqual([1, 2, 3, 4, 5]);
    expect(heights(await get('/blocks/search/ident-3'))).toEqual([4]);
    expect(heights(await get('/blocks/search/'))).toEqual([1, 2, 3, 4, 5]);
    expect(await get('/blocks/search/nothing')).toEqual([]);
    expect(heights(await get('/sync/4'))).toEqual([4, 5]);
    expect((await ask('GET', '/blocks/x')).status).toBe(400);
    expect((await ask('GET', '/blocks/page/0')).status).toBe(400);
  });

  test('state', async () => {
    const key = `test:value:n2:${SELF}`;
    expect(await get(`/state/${encodeURIComponent(key)}`)).toEqual({ key, value: 'd2' });
    expect(await get(`/state/${key}`)).toEqual({ key, value: 'd2' });
    expect(await get(`/state/peer:${PEER_1}/`)).toEqual({ key: `peer:${PEER_1}`, value: '1' });
    expect(await get('/state/search/test:value')).toHaveLength(3);
    expect(await get('/state/search/')).toHaveLength(9);
    expect(await get('/state/search')).toHaveLength(9);
    for (const url of ['/state', '/state/', '/state/nothing']) {
      const answer = await ask('GET', url);
      expect([answer.status, answer.text], url).toEqual([404, '']);
    }
  });

  test('a taken decision is found where DIVA clients look for it', async () => {
    node.takeDecision('test:auction', 'yes');
    const entry = { key: 'decision:taken:test:auction', value: 'yes' };
    expect(await get('/state/decision:taken:test:auction')).toEqual(entry);
    expect(await get('/state/search/decision:taken:test:auc')).toEqual([entry]);
    expect((await ask('GET', `/state/decision:taken:test:value:n2:${SELF}`)).status).toBe(404);
  });

  test('transactions and what waits', async () => {
    const found = await get(`/transaction/${SELF}/ident-2`);
    expect(found).toMatchObject({ height: 3, transaction: { ident: 'ident-2', origin: SELF } });
    const answer = await ask('GET', `/transaction/${SELF}/unknown`);
    expect([answer.status, answer.text]).toEqual([404, '']);
    const commands = [{ kind: 'data', ns: 'test:w', d: 'w' }] as const;
    node.waitingNow = [{ ident: 'w1', commands, bundled: false }];
    const entry = { ident: 'w1', commands: [{ seq: 1, command: 'data', ns: 'test:w', d: 'w' }] };
    expect(await get('/stack')).toEqual([entry]);
    expect(await get('/stack/stake')).toEqual([]);
    node.waitingNow = [];
  });

  test('unknown routes say so in the form of all errors', async () => {
    const answer = await ask('GET', '/nowhere?a=1');
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({
      path: '/nowhere?a=1',
      status: 404,
      message: expect.any(String) as string,
      error: {},
    });
  });
});

describe('writing', () => {
  test('is accepted with the token, with and without an ident', async () => {
    expect((await put('/transaction/mine', DATA)).json()).toEqual({ ident: 'mine' });
    expect((await put('/transaction/', DATA)).json()).toEqual({ ident: 'made-up' });
    expect((await put('/transaction', DATA)).json()).toEqual({ ident: 'made-up' });
    expect(node.submitted.slice(0, 2)).toEqual([
      { commands: [{ kind: 'data', ns: 'test:value', d: 'x' }], ident: 'mine' },
      { commands: [{ kind: 'data', ns: 'test:value', d: 'x' }], ident: undefined },
    ]);
  });

  test('knows all commands of DIVA clients', async () => {
    const body = [
      { seq: 1, command: 'decision', ns: 'test:auction', h: 12, d: 'x' },
      { seq: 2, command: 'modifyStake', publicKey: PEER_1, ident: 'vote', stake: -2 },
      { seq: 3, command: 'removePeer', publicKey: PEER_1 },
    ];
    expect((await put('/transaction/all', body)).status).toBe(200);
    const publicKey = fromText(PEER_1);
    expect(node.submitted.at(-1)!.commands).toEqual([
      { kind: 'decision', ns: 'test:auction', h: 12, d: 'x' },
      { kind: 'modifyStake', publicKey, ident: 'vote', delta: -2 },
      { kind: 'removePeer', publicKey },
    ]);
    expect((await put('/leave', '')).json()).toEqual({ ident: 'made-up' });
    expect(node.submitted.at(-1)!.commands).toEqual([{ kind: 'removePeer', publicKey: fromText(SELF) }]);
  });

  test('needs the token', async () => {
    for (const token of ['', 'x'.repeat(32)]) {
      for (const url of ['/transaction/a', '/leave', '/transaction/']) {
        const answer = await put(url, DATA, token);
        expect([answer.status, answer.text]).toEqual([401, '']);
      }
    }
    expect((await ask('GET', '/testnet/token')).status).toBe(403);
    expect(fs.statSync(tokenFile).mode & 0o777).toBe(0o600);
  });

  test('refuses what is no transaction, with a reason', async () => {
    const bad: unknown[] = [
      {},
      [],
      null,
      7,
      [null],
      [{}],
      [{ seq: 1, command: 'data', ns: 'test:value' }],
      [{ seq: 2, command: 'data', ns: 'test:value', d: '' }],
      [{ seq: 1, command: 'data', ns: 'x', d: '' }],
      [{ seq: 1, command: 'data', ns: 'test:value', d: 'x'.repeat(8193) }],
      [{ seq: 1, command: 'data', ns: 'test:value', d: '', more: 1 }],
      [{ seq: 1, command: 'addPeer', http: 'a.b', udp: 'a.b', publicKey: PEER_1 }],
      [{ seq: 1, command: 'unknown' }],
      Array.from({ length: 17 }, (_, index) => ({
        seq: index + 1,
        command: 'data',
        ns: 'test:value',
        d: '',
      })),
    ];
    for (const body of bad) {
      const answer = await put('/transaction/bad', body);
      expect(answer.status, JSON.stringify(body)).toBe(403);
      expect((answer.json() as { message: string }).message).not.toBe('');
    }
    expect((await put('/transaction/not%20an%20ident', DATA)).status).toBe(403);
    expect((await put('/transaction/bad', '{"a')).status).toBe(400);
  });

  test('says why the node refused', async () => {
    const expected = {
      'lane-full': 429,
      'too-large': 413,
      'duplicate-ident': 403,
      invalid: 403,
      halted: 503,
    } as const;
    for (const [code, status] of Object.entries(expected)) {
      node.refuseWith = new SubmitError(code as keyof typeof expected, `because ${code}`);
      const answer = await put('/transaction/x', DATA);
      expect(answer.status).toBe(status);
      expect(answer.json()).toMatchObject({ status, message: `because ${code}` });
      expect(answer.headers['retry-after']).toBe(code === 'lane-full' ? '1' : undefined);
    }
    node.refuseWith = new Error('secret detail');
    const answer = await put('/transaction/x', DATA);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
  });

  test('bounds the body before it reads it', async () => {
    expect((await put('/transaction/x', 'x'.repeat(2 * 1024 * 1024))).status).toBe(413);
  });
});

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
    const own = { udp: 1, api: await freePort(), feed: await freePort() };
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
