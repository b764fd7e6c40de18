import fs from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { NetworkError } from '../../../src-main/networks/errors.ts';
import type { MembershipDesk } from '../../../src-main/networks/shared/desk-types.ts';
import { openServed } from './harness.ts';

type Served = Awaited<ReturnType<typeof openServed>>;
let served: Served;
afterEach(() => served.close());

const tokenOf = ({ tokenFile }: Served): string => fs.readFileSync(tokenFile, 'utf8');
const SETTINGS = { admission: 'ask', paused: false } as const;

function deskOf(asked: unknown[]): MembershipDesk {
  return {
    invitations: () => [],
    invite: (options: unknown) => {
      asked.push(options);
      return { link: 'diva://join/1/x' };
    },
    revoke: () => {
      throw new NetworkError('not-found', 'there is no such invitation');
    },
    settings: () => SETTINGS,
    requests: () => [],
    set: (change: unknown) => void asked.push(change),
    decide: (key: string, accept: boolean) => void asked.push([key, accept]),
  } as unknown as MembershipDesk;
}

const ROUTES = [
  ['GET', '/node/invitations', undefined],
  ['PUT', '/node/invitations', { ticket: 'reusable', lifetimeBlocks: 5, note: '' }],
  ['GET', '/node/joins', undefined],
  ['PUT', '/node/joins/abc', { accept: true }],
  ['PUT', '/node/admission', { paused: true }],
] as const;

async function statuses(token: boolean, bodies = true): Promise<number[]> {
  const answers = ROUTES.map(([method, url, body]) => {
    const headers = token ? { 'diva-token-api': tokenOf(served) } : {};
    const text = bodies ? JSON.stringify(body) : '{"more": 1}';
    return served.ask(method, url, body === undefined ? { headers } : { headers, body: text });
  });
  return (await Promise.all(answers)).map(({ status }) => status);
}

it('who is in the network is asked and decided with the token alone, and nothing else is taken', async () => {
  const asked: unknown[] = [];
  served = await openServed(3, deskOf(asked));
  expect(await statuses(false)).toEqual([401, 401, 401, 401, 401]);
  expect(await statuses(true, false)).toEqual([200, 403, 200, 403, 403]);
  expect(asked).toEqual([]);
  expect(await statuses(true)).toEqual([200, 200, 200, 200, 200]);
  expect(asked).toEqual([
    { ticket: 'reusable', lifetimeBlocks: 5, note: '' },
    ['abc', true],
    { paused: true },
  ]);
});

it('what is not there is 404, with the code that scripts read', async () => {
  served = await openServed(3, deskOf([]));
  const headers = { 'diva-token-api': tokenOf(served) };
  const answer = await served.ask('PUT', '/node/invitations/abc/revoke', { headers });
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({ error: { code: 'not-found' } });
});

it('nobody joins a network of this machine alone by asking', async () => {
  served = await openServed(3);
  expect(await statuses(true)).toEqual([403, 403, 403, 403, 403]);
});
