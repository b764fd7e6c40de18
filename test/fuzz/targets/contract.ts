/** Calls of the window: the first line is the name, the rest the request as JSON. */
import { REQUEST_NAMES } from '../../../src-main/app/contract/names.ts';
import { makeEmptyApp, type EmptyApp } from '../../unit/app/empty-app.ts';
import { asBytes, assert, asText, type Target } from '../target.ts';

const REQUESTS: Readonly<Record<string, unknown>> = {
  createLocalNetwork: { displayName: 'Ada', networkName: 'Test', nodeCount: 4 },
  openNetwork: { networkId: 'A'.repeat(43) },
  publishData: { ns: 'space:name', d: 'x' },
  sealFile: { fileHash: 'A'.repeat(43), note: '' },
  verifyProof: { proof: '{}', fileHash: 'A'.repeat(43), chainId: null },
  setSettings: { language: 'de' },
  listBlocks: { before: null, limit: 10 },
};

let opened: Promise<EmptyApp> | undefined;

export const contractTarget: Target = {
  name: 'contract',
  maxBytes: 4 * 1024,
  testRuns: 1_000,
  words: [...REQUEST_NAMES, 'null', '-1', '1e999', '[]', '{}', '"__proto__":{}', '\\u0000'],
  seeds: () => REQUEST_NAMES.map((name) => asBytes(`${name}\n${JSON.stringify(REQUESTS[name] ?? {})}`)),
  run: async (input) => {
    const [name = '', ...rest] = asText(input).split('\n');
    let request: unknown;
    try {
      request = JSON.parse(rest.join('\n'));
    } catch {
      // A window can only send what is a value.
      return;
    }
    opened ??= makeEmptyApp();
    const { app } = await opened;
    const outcome = await app.dispatch(name, request);
    assert(outcome.ok || outcome.error.code !== 'internal', 'every refusal is foreseen');
  },
};
