import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { NodeEvents } from '../../../src-main/networks/managed-node.ts';
import { ProcessNode } from '../../../src-main/networks/managed-node.ts';
import { readToNode } from '../../../src-main/networks/node-messages.ts';
import type { NodeChild, ProcessHost } from '../../../src-main/networks/types.ts';

const KEY = 'A'.repeat(43);
const PORTS = { udp: 3, api: 1, feed: 2 };
const SIGNS = { silence: null, resumeHeight: null, haltedBy: null };
const STATUS = { phase: 'running', ...SIGNS, height: 5, tipHash: KEY, members: [] };

/** A process that the test plays. */
class ChildDouble implements NodeChild {
  pid: number | undefined = undefined;
  readonly sent: unknown[] = [];
  say: (message: unknown) => void = () => undefined;
  exit: (exit: { code: number | null; signal: string | null }) => void = () => undefined;

  send(message: unknown): void {
    this.sent.push(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.say = listener;
  }

  onExit(listener: (exit: { code: number | null; signal: string | null }) => void): void {
    this.exit = listener;
  }
}

function setUp() {
  const children: ChildDouble[] = [];
  const processes: ProcessHost = {
    start: () => {
      children.push(new ChildDouble());
      return children.at(-1)!;
    },
  };
  const seen: string[] = [];
  const events: NodeEvents = {
    changed: () => void (seen.at(-1) !== node.state && seen.push(node.state)),
    ready: ({ api }) => void seen.push(`ready at ${api}`),
    portTaken: ({ wanted, used }) => void seen.push(`${wanted} -> ${used}`),
  };
  const options = { name: 'Ada', dataDir: '/data', networkId: KEY, logFile: '/data/log' };
  const node: ProcessNode = new ProcessNode(options, { processes, events });
  return { node, children, seen };
}

async function running() {
  const made = setUp();
  const started = made.node.start();
  const child = made.children[0]!;
  child.say({ type: 'hello' });
  child.say({ type: 'ready', ports: PORTS });
  await started;
  return { ...made, child };
}

describe('a node process', () => {
  test('is told what to open, and reports how it is', async () => {
    const { node, child, seen } = await running();
    expect(child.sent).toEqual([{ type: 'start', dataDir: '/data', networkId: KEY }]);
    child.say({ type: 'portTaken', purpose: 'udp', wanted: 3, used: 9 });
    child.say({ type: 'status', status: STATUS });
    expect(node.status).toEqual(STATUS);
    expect(seen).toEqual(['starting', 'running', 'ready at 1', '3 -> 9', 'running']);
  });

  test('is not believed when it says something else', async () => {
    const { node, child } = await running();
    const odd = [
      null,
      7,
      'ready',
      {},
      { type: 'status' },
      { type: 'status', status: { ...STATUS, height: -1 } },
    ];
    for (const message of odd) child.say(message);
    expect([node.state, node.status]).toEqual(['running', null]);
  });

  test('stops when it is told to', async () => {
    const { node, child, seen } = await running();
    const stopped = node.stop();
    expect(child.sent.at(-1)).toEqual({ type: 'stop' });
    child.exit({ code: 0, signal: null });
    await stopped;
    expect([node.state, node.pid, node.status]).toEqual(['stopped', null, null]);
    expect(seen.slice(-2)).toEqual(['stopping', 'stopped']);
  });

  test('was killed when SIGKILL ended it, whoever sent it', async () => {
    const { node, child } = await running();
    child.exit({ code: null, signal: 'SIGKILL' });
    expect([node.state, node.failure]).toEqual(['killed', null]);
  });

  test('is killed for real, and was killed also where only a code is told', async () => {
    const { node, child } = await running();
    const real = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    child.pid = real.pid;
    real.on('exit', () => child.exit({ code: 9, signal: null }));
    await node.kill();
    expect([node.state, real.signalCode]).toEqual(['killed', 'SIGKILL']);
  });

  test('has failed when it ends by itself', async () => {
    const { node, child } = await running();
    child.exit({ code: 1, signal: null });
    expect(node.state).toBe('failed');
    expect(node.failure).toMatchObject({
      code: 'node-ended',
      params: { name: 'Ada', exitCode: 1, log: '/data/log' },
    });
  });

  test('says why it cannot start, and may be started again', async () => {
    const { node, children } = setUp();
    const started = node.start();
    const params = { path: '/data/node.sqlite', found: 9, supported: 1 };
    children[0]!.say({ type: 'failed', code: 'database-newer', message: 'newer', params });
    children[0]!.exit({ code: 1, signal: null });
    await expect(started).rejects.toMatchObject({ code: 'database-newer', params });
    expect([node.state, node.failure?.code]).toEqual(['failed', 'database-newer']);
    const again = node.start();
    children[1]!.say({ type: 'ready', ports: PORTS });
    await again;
    expect([node.state, node.failure]).toEqual(['running', null]);
    // What an older process says late is about nobody.
    children[0]!.say({ type: 'status', status: STATUS });
    expect(node.status).toBeNull();
  });

  test('that never ran at all has failed', async () => {
    const { node, children } = setUp();
    const started = node.start();
    children[0]!.exit({ code: null, signal: null });
    await expect(started).rejects.toMatchObject({ code: 'node-ended' });
  });
});

describe('an order', () => {
  const order = (faults: object) => readToNode({ type: 'order', order: { type: 'faults', faults } });
  const links = { lossPermille: 10, delayMs: 5 };

  test('may cut links, and says nothing else', () => {
    expect(order(links)).toBeDefined();
    expect(order({ ...links, cutOff: ['127.0.0.1:17470'] })).toBeDefined();
    expect(order({ ...links, cutOff: [17470] })).toBeUndefined();
    expect(order({ ...links, cutOff: Array.from({ length: 17 }, () => '127.0.0.1:1') })).toBeUndefined();
    expect(order({ ...links, other: 1 })).toBeUndefined();
  });
});
