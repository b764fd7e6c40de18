/**
 * Puts transactions into nodes as fast as they accept them. Requests are written by hand and pipelined on one
 * connection per node: the generator shares the processors with what it measures, so it must be cheap.
 */
import { once } from 'node:events';
import net from 'node:net';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { pause, tokenOf } from './cluster.ts';
import { LONGEST_STILL_MS, StallError, within } from './limits.ts';

/** Requests under way per node. */
const WINDOW = 64;
const BACK_OFF_MS = 20;
const KEYS = 1000;

export interface LoadResult {
  readonly accepted: number;
  /** Answered with 429: the lane was full. */
  readonly deferred: number;
  readonly otherwise: number;
}

interface Counters {
  accepted: number;
  deferred: number;
  otherwise: number;
}

/** Loads all nodes until the time is over; every request has been answered when it resolves. */
export async function load(
  nodes: readonly LocalNode[],
  options: {
    readonly seconds: number;
    readonly commandsEach: number;
    /** A node that answers nothing for so long is given up. */
    readonly stillMs?: number;
  },
): Promise<LoadResult> {
  const total: Counters = { accepted: 0, deferred: 0, otherwise: 0 };
  const endMs = performance.now() + options.seconds * 1000;
  await Promise.all(nodes.map((node) => loadOne(node, { ...options, endMs }, total)));
  return total;
}

async function loadOne(
  node: LocalNode,
  options: { readonly endMs: number; readonly commandsEach: number; readonly stillMs?: number },
  total: Counters,
): Promise<void> {
  const { endMs, commandsEach, stillMs = LONGEST_STILL_MS } = options;
  const socket = net.connect(node.ports.api, '127.0.0.1').setNoDelay(true);
  await within(`a connection to ${node.name}`, once(socket, 'connect'));
  const head =
    `PUT /transaction HTTP/1.1\r\nhost: 127.0.0.1\r\ndiva-token-api: ${tokenOf(node)}\r\n` +
    'content-type: application/json\r\ncontent-length: ';
  let sent = 0;
  let underWay = 0;
  const fill = (): void => {
    let batch = '';
    for (; underWay < WINDOW && performance.now() < endMs; underWay++) {
      const body = JSON.stringify(commands(commandsEach, sent++));
      batch += `${head}${body.length}\r\n\r\n${body}`;
    }
    if (batch !== '') socket.write(batch);
  };
  const done = new Promise<void>((resolve, reject) => {
    let rest = '';
    const unanswered = (): string => `answers of ${node.name} to ${underWay} requests`;
    // Whoever is deferred comes back later, and may find the time over: hence the end is seen here and not there.
    const go = (): void => {
      fill();
      if (underWay === 0) resolve();
    };
    socket.setTimeout(stillMs, () => socket.destroy(new StallError(unanswered(), stillMs)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the connection ended without ${unanswered()}`)));
    socket.on('data', (bytes: Buffer) => {
      const { statuses, left } = readStatuses(rest + bytes.toString('latin1'));
      rest = left;
      underWay -= statuses.length;
      const deferred = count(statuses, total);
      if (deferred > 0) void pause(BACK_OFF_MS).then(go);
      else go();
    });
  });
  fill();
  await done;
  socket.destroy();
}

function commands(count: number, sequence: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const key = (sequence * count + index) % KEYS;
    return {
      seq: index + 1,
      command: 'data',
      ns: `bench:load:k${key}`,
      d: `value ${sequence}`.padEnd(64, '.'),
    };
  });
}

function count(statuses: readonly string[], total: Counters): number {
  const deferred = statuses.filter((status) => status === '429').length;
  const accepted = statuses.filter((status) => status === '200').length;
  total.accepted += accepted;
  total.deferred += deferred;
  total.otherwise += statuses.length - accepted - deferred;
  return deferred;
}

/** The status of every complete answer, and the beginning of the next one. */
function readStatuses(text: string): { statuses: string[]; left: string } {
  const statuses: string[] = [];
  let position = 0;
  for (;;) {
    const bodyAt = text.indexOf('\r\n\r\n', position);
    if (bodyAt < 0) break;
    const header = text.slice(position, bodyAt);
    const length = Number(/content-length: (\d+)/i.exec(header)?.[1] ?? 0);
    if (text.length < bodyAt + 4 + length) break;
    statuses.push(header.slice(9, 12));
    position = bodyAt + 4 + length;
  }
  return { statuses, left: text.slice(position) };
}
