/** Two machines and more, as processes with nothing in common but loopback: founding, inviting, joining. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Foreground, runCli } from '../headless/run-cli.ts';
import type { NodeLine } from '../headless/run-cli.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { decodeInvitation, encodeInvitation } from '../../../src-main/networks/shared/invitation.ts';
import { prepareJoining } from '../../../src-main/networks/shared/joining.ts';
import { keyOf } from '../../unit/core/builders.ts';
import { invitationOf } from '../../unit/networks/shared/fixture.ts';
import { accept, expectOneChain, statusOf, temporaryFolder } from './harness.ts';
import type { Api } from './harness.ts';

const STAGES = ['reach', 'session', 'request', 'addPeer', 'catchUp', 'ready', 'stake', 'member'];

interface Joiner {
  readonly process: Foreground;
  readonly dataDir: string;
}

function apiOf({ name, publicKey, apiPort, tokenFile }: NodeLine): Api {
  return { name, publicKey, tokenFile, ports: { api: apiPort, udp: 0, feed: 0 } };
}

const isReady = (line: Record<string, unknown>) => line['event'] === 'ready';

async function readyNode(process: Foreground): Promise<Api> {
  const { nodes } = (await process.line(isReady)) as unknown as { nodes: [NodeLine] };
  return apiOf(nodes[0]);
}

/** A founder that runs; its folder. */
async function found(
  ...options: readonly string[]
): Promise<{ dataDir: string; founder: Api; process: Foreground }> {
  const dataDir = temporaryFolder();
  const made = await runCli('create', '--name', 'Class', '--as', 'Anna', '--data-dir', dataDir, ...options);
  expect(made.stderr).toBe('');
  const process = new Foreground('node', '--data-dir', dataDir);
  return { dataDir, process, founder: await readyNode(process) };
}

async function inviteBy(dataDir: string, ...options: readonly string[]): Promise<string> {
  const answer = await runCli('invite', '--json', '--data-dir', dataDir, ...options);
  expect(answer.code, answer.stderr).toBe(0);
  return answer.json()['link'] as string;
}

function join(link: string, name: string, dataDir = temporaryFolder()): Joiner {
  return { dataDir, process: new Foreground('join', link, '--as', name, '--data-dir', dataDir) };
}

const stagesOf = ({ process }: Joiner) => [
  ...new Set(process.lines.flatMap(({ event, stage }) => (event === 'stage' ? [stage as string] : []))),
];

describe('with a one-time invitation', () => {
  test('somebody becomes a full member, by named stages; the next one is refused', async () => {
    const { dataDir, founder } = await found();
    const file = path.join(dataDir, 'for-ben.diva-invitation');
    const link = await inviteBy(dataDir, '--note', 'Ben', '--out', file);
    const ben = join(file, 'Ben');
    const node = await readyNode(ben.process);
    const stages = stagesOf(ben);
    expect(stages[0]).toBe('reach');
    expect(stages).toEqual(STAGES.filter((stage) => stages.includes(stage)));
    const { members } = await statusOf(node);
    // The founder keeps more than two thirds while they are two.
    expect(members.map(({ stake }) => stake)).toEqual([10, 2]);
    await expectOneChain([founder, node], [await accept(node, 'from-ben'), await accept(founder, 'to-ben')]);

    const names = async () => {
      const all = (await runCli('members', '--json', '--data-dir', dataDir)).json();
      return (all as { members: { name: string | null }[] }).members.map(({ name }) => name);
    };
    await expect.poll(names).toEqual(['Anna', 'Ben']);

    const eve = join(link, 'Eve');
    const refusal = await eve.process.line(({ event }) => event === 'error');
    expect(refusal).toMatchObject({ error: { code: 'invitation-used' } });
    const list = (await runCli('invite', '--list', '--json', '--data-dir', dataDir)).json();
    const uses = [{ publicKey: node.publicKey, isMember: true }];
    expect(list).toMatchObject({ invitations: [{ note: 'Ben', state: 'used', uses }] });

    const left = await runCli('leave', '--json', '--data-dir', ben.dataDir);
    expect(left.json()).toMatchObject({ membership: 'left' });
    expect((await runCli('leave', '--json', '--data-dir', dataDir)).json()).toMatchObject({
      error: { code: 'last-member' },
    });
    await accept(founder, 'alone-again');
    expect(await ben.process.end('SIGTERM')).toBe(0);
    const back = join(await inviteBy(dataDir), 'Ben', ben.dataDir);
    await readyNode(back.process);
    await expect.poll(names).toEqual(['Anna', 'Ben']);
  });
});

test('the fast way takes the chain up to the block of the invitation, and checks it while the node runs', async () => {
  const { dataDir, founder } = await found();
  const entries = [];
  for (let count = 0; count < 10; count++) entries.push(await accept(founder, `before-${count}`));
  const link = await inviteBy(dataDir);
  const { height } = decodeInvitation(link, sodiumCrypto).checkpoint;
  expect(height).toBeGreaterThan(5);
  const ben = temporaryFolder();
  const process = new Foreground('join', link, '--fast', '--as', 'Ben', '--data-dir', ben);
  const node = await readyNode(process);
  const caughtUp = process.lines.filter(({ stage, total }) => stage === 'catchUp' && total === height);
  expect(caughtUp.map(({ done }) => done)).toEqual(expect.arrayContaining([1, height]));
  await expect.poll(async () => (await statusOf(node)).proving).toBeNull();
  const verdict = await runCli('verify-chain', '--json', '--data-dir', ben);
  expect(verdict.json()).toMatchObject({ valid: true });
  await expectOneChain([founder, node], [...entries, await accept(node, 'after')]);
});

test('a fast way that does not lead to the block of the invitation is left, and so is such a network', async () => {
  const { dataDir, founder } = await found();
  for (let count = 0; count < 3; count++) await accept(founder, `before-${count}`);
  const invitation = decodeInvitation(await inviteBy(dataDir), sodiumCrypto);
  const hash = invitation.checkpoint.hash.map((byte) => byte ^ 1);
  const link = encodeInvitation(
    { ...invitation, checkpoint: { ...invitation.checkpoint, hash } },
    sodiumCrypto,
  );
  const folder = temporaryFolder();
  const eve = new Foreground('join', link, '--fast', '--as', 'Eve', '--data-dir', folder);
  const refusal = await eve.line(({ event }) => event === 'error');
  expect(refusal).toMatchObject({ error: { code: 'invitation-other-network' } });
  expect(eve.lines.map(({ event }) => event)).toContain('fastWayDropped');
  const [network] = fs.readdirSync(path.join(folder, 'networks'));
  const files = fs.readdirSync(path.join(folder, 'networks', network!));
  expect(files).toContain('node.sqlite');
  expect(files.filter((name) => name.includes('taking'))).toEqual([]);
});

test('who is invited from another machine is asked over which interface, before anything is made', async () => {
  const link = encodeInvitation(invitationOf(), sodiumCrypto);
  const dataDir = temporaryFolder();
  const refused = await runCli('join', link, '--as', 'Ben', '--data-dir', dataDir);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/on another machine: --interface says/);
  expect(fs.readdirSync(dataDir)).toEqual([]);
  // Once it is agreed to, joining goes on without it.
  const own = { dataDir, name: 'Ben', publicKey: keyOf(1).publicKey };
  await prepareJoining({ invitation: link, interfaces: ['eth7'] }, own);
  const ben = join(link, 'Ben', dataDir);
  await ben.process.line(({ stage }) => stage === 'reach');
});

describe('where its owner is asked', () => {
  test('a newcomer waits, is killed, asks again, and is let in', async () => {
    const { dataDir, founder } = await found();
    const link = await inviteBy(dataDir, '--ask');
    const ben = join(link, 'Ben');
    await ben.process.line(({ stage }) => stage === 'request');
    const waiting = (await runCli('approve', '--json', '--data-dir', dataDir)).json();
    expect(waiting).toMatchObject({
      settings: { admission: 'ask', paused: false },
      requests: [{ displayName: 'Ben', state: 'waiting', reason: 'owner', hasTicket: false }],
    });
    await ben.process.end('SIGKILL');
    const again = new Foreground('node', '--data-dir', ben.dataDir);
    await again.line(({ stage }) => stage === 'request');
    const { requests } = waiting as { requests: [{ publicKey: string }] };
    const { publicKey } = requests[0];
    await runCli('approve', '--accept', publicKey, '--data-dir', dataDir);
    const node = await readyNode(again);
    expect(node.publicKey).toBe(publicKey);
    await expectOneChain([founder, node], [await accept(node, 'let-in')]);
  });
});

test('joining goes on after kill -9 at every stage of either side', async () => {
  const { dataDir, process: founder } = await found('--admission', 'automatic');
  const link = await inviteBy(dataDir, '--reusable');
  const ben = join(link, 'Ben');
  let joiner = ben.process;
  for (const stage of ['session', 'addPeer', 'ready'] as const) {
    const reached = STAGES.slice(STAGES.indexOf(stage));
    await joiner.line((line) => reached.includes(line['stage'] as string) || isReady(line));
    await joiner.end('SIGKILL');
    if (stage === 'addPeer') await founder.end('SIGKILL');
    if (stage === 'addPeer') new Foreground('node', '--data-dir', dataDir);
    joiner = new Foreground('join', link, '--as', 'Ben', '--data-dir', ben.dataDir);
  }
  const node = await readyNode(joiner);
  const { members } = await statusOf(node);
  expect(members.map(({ stake }) => stake)).toEqual([10, 2]);
  expect(JSON.parse(fs.readFileSync(sharedFileOf(ben.dataDir), 'utf8'))).toMatchObject({ joining: null });
  await accept(node, 'after-all');
});

function sharedFileOf(dataDir: string): string {
  const [id] = fs.readdirSync(path.join(dataDir, 'networks'));
  return path.join(dataDir, 'networks', id!, 'shared-network.json');
}
