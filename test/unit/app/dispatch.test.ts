import { describe, expect, it } from 'vitest';
import { REQUESTS } from '../../../src-main/app/contract/contract.ts';
import { REQUEST_NAMES } from '../../../src-main/app/contract/names.ts';
import { Value } from 'typebox/value';
import type { Verdict } from '../../../src-main/app/contract/records.ts';
import { makeEmptyApp } from './empty-app.ts';

const HASH = 'A'.repeat(43);

describe('requests', () => {
  it('are answered by what the contract says', async () => {
    const { app } = await makeEmptyApp();
    for (const name of ['appInfo', 'getSettings', 'listNetworks', 'listInterfaces'] as const) {
      const outcome = await app.dispatch(name, {});
      expect(outcome).toMatchObject({ ok: true });
      expect(Value.Errors(REQUESTS[name].response, outcome.ok ? outcome.value : null)).toEqual([]);
    }
  });

  it.each([
    ['createLocalNetwork', { displayName: 'Ada', networkName: 'Test', nodeCount: 17 }],
    ['createLocalNetwork', { displayName: 'Ada', networkName: 'Test', nodeCount: 4, path: '/etc' }],
    ['createLocalNetwork', { displayName: 'A\nB', networkName: 'Test', nodeCount: 4 }],
    ['openNetwork', { networkId: '../../etc' }],
    ['publishData', { ns: 'short', d: '' }],
    ['publishData', { ns: 'space:name', d: 'x'.repeat(8193) }],
    ['sealFile', { fileHash: 'x', note: '' }],
    ['verifyProof', { proof: 'x'.repeat(4 * 1024 * 1024 + 1), fileHash: HASH, chainId: null }],
    ['openFolder', { folder: '/etc' }],
    ['setReach', { interfaces: 'all', announce: false }],
    ['setReach', { interfaces: [] }],
    ['setSettings', { language: 'fr' }],
    ['listBlocks', { before: null, limit: 101 }],
    ['appInfo', undefined],
    ['appInfo', null],
    ['appInfo', []],
  ])('of the wrong shape never reach a handler: %s', async (name, request) => {
    const { app } = await makeEmptyApp();
    expect(await app.dispatch(name, request)).toMatchObject({
      ok: false,
      error: { code: 'invalid-request' },
    });
  });

  it.each(['', 'constructor', '__proto__', 'toString', 'appinfo'])(
    'of unknown name are refused: %j',
    async (name) => {
      const { app } = await makeEmptyApp();
      expect(await app.dispatch(name, {})).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
    },
  );

  it('never answer with a rejection or with the text of an unexpected error', async () => {
    const { app, logged } = await makeEmptyApp({
      openFolder: () => Promise.reject(new Error('secret detail')),
    });
    const outcome = await app.dispatch('openFolder', { folder: 'data' });
    expect(outcome).toEqual({ ok: false, error: { code: 'internal', params: {} } });
    expect(logged.map(({ message }) => message)).toEqual(['unexpected error']);
  });

  it('about the chain say that no network is open', async () => {
    const { app } = await makeEmptyApp();
    const requests = {
      listBlocks: { before: null, limit: 10 },
      getBlock: { height: 2, transactionOffset: 0, transactionLimit: 10 },
      getState: { key: 'x', height: null },
      publishData: { ns: 'diva:test', d: '' },
      sealFile: { fileHash: HASH, note: '' },
      stopNode: { publicKey: HASH },
    };
    for (const [name, request] of Object.entries(requests)) {
      expect(await app.dispatch(name, request), name).toEqual({
        ok: false,
        error: { code: 'no-network', params: {} },
      });
    }
  });

  it('verify a proof without any network', async () => {
    const { app } = await makeEmptyApp();
    const outcome = await app.dispatch('verifyProof', { proof: '{}', fileHash: HASH, chainId: null });
    expect(outcome).toMatchObject({ ok: true, value: { valid: false, claim: null } });
    const { checks } = (outcome as { value: Verdict }).value;
    expect(checks[0]).toEqual({ name: 'format', outcome: 'failed', reason: 'malformed' });
    expect(new Set(checks.slice(1).map((check) => check.outcome))).toEqual(new Set(['open']));
  });

  it('tell that a failed creation failed, as a task', async () => {
    const { app } = await makeEmptyApp();
    const tasks: unknown[] = [];
    app.attach((name, value) => name === 'task' && tasks.push(value)).subscribe('task');
    const request = { displayName: 'Ada', networkName: 'Test', nodeCount: 4, passphrase: null };
    expect(await app.dispatch('createLocalNetwork', request)).toMatchObject({ ok: true });
    await app.close();
    expect(tasks.at(-1)).toMatchObject({
      kind: 'createLocalNetwork',
      state: 'failed',
      failure: { code: 'not-found' },
    });
  });

  it('all have a schema, and no schema accepts an unknown field', () => {
    for (const name of REQUEST_NAMES) {
      expect(Value.Check(REQUESTS[name].request, { unknownField: 1 }), name).toBe(false);
    }
  });
});
