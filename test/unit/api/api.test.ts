import fs from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fromText } from '../../../src-main/core/bytes.ts';
import { SubmitError } from '../../../src-main/node/facade.ts';
import { DATA, openServed } from './harness.ts';
import { CHAIN_ID, PEER_1, SELF } from './node-double.ts';

const { node, tokenFile, ask, get, put, close } = await openServed(5);
afterAll(close);
beforeEach(() => {
  node.refuseWith = null;
});

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
    for (const [url, status] of [
      ['/state/%ff', 400],
      [`/state/${'x'.repeat(600)}`, 414],
    ] as const) {
      const refused = await ask('GET', url);
      expect([refused.status, refused.json()]).toMatchObject([status, { path: url, status, error: {} }]);
    }
    expect((await ask('POST', '/about')).status).toBe(404);
  });
});

describe('writing', () => {
  test('is refused with a sentence', async () => {
    const [data] = DATA;
    const cases: [unknown, number, string][] = [
      ['', 400, 'the body is empty'],
      [[{ ...data, ns: 'x' }], 403, 'command 1: ns is a name space such as'],
      [[{ ...data, extra: 1 }], 403, 'command 1: data has only seq, command, ns, d'],
      [[{ seq: 1, command: 'data', ns: 'test:a' }], 403, 'command 1: d is missing'],
      [[{ seq: 1, command: 'removePeer', publicKey: 'x' }], 403, 'publicKey has 43 characters'],
    ];
    for (const [body, status, message] of cases) {
      const answer = await put('/transaction/refused', body);
      expect(answer.json()).toMatchObject({ status, message: expect.stringContaining(message) as string });
    }
  });

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
