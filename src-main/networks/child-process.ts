/**
 * One node in a process of its own, for a supervisor: it opens the node it is told to, reports how it is, and
 * ends with its supervisor, whatever ended that.
 */
import { NetworkError } from './errors.ts';
import { logFile } from './folders.ts';
import { carryOut, failureMessage, readToNode } from './node-messages.ts';
import type { FromNode, ToNode } from './node-messages.ts';
import { watchStatus } from './node-status.ts';
import { openOwnNode } from './own-node.ts';
import type { ServeNode } from './served-node.ts';
import { openLogger } from './system.ts';
import type { NodeInstance } from './types.ts';

/** The line to the supervisor. */
export interface SupervisorLine {
  send(message: FromNode): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The supervisor has ended. */
  onClosed(listener: () => void): void;
}

/** A node that cannot close itself in this time is ended as it is: everything it accepted is durable anyway. */
const LONGEST_CLOSE_MS = 10_000;

export function runNodeProcess(line: SupervisorLine, serve: ServeNode): void {
  let node: NodeInstance | undefined;
  let dataDir: string | undefined;
  let ending = false;

  const end = async (exitCode: number): Promise<void> => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), LONGEST_CLOSE_MS).unref();
    await node?.close();
    process.exit(exitCode);
  };
  const start = async (message: Extract<ToNode, { type: 'start' }>): Promise<void> => {
    dataDir = message.dataDir;
    try {
      node = await openOwnNode(
        { ...message, logLevel: 'info', onPortTaken: (taken) => line.send({ type: 'portTaken', ...taken }) },
        serve,
      );
    } catch (error) {
      line.send(failureMessage(error));
      if (!(error instanceof NetworkError)) throw error;
      return end(1);
    }
    if (ending) return node.close();
    line.send({ type: 'ready', ports: node.ports });
    watchStatus(node, (status) => line.send({ type: 'status', status }));
  };
  const fail = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      if (dataDir !== undefined)
        openLogger(logFile(dataDir), 'error').log('error', 'the process ends', { error: text });
    } finally {
      process.exit(1);
    }
  };

  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // A terminal sends its signals to the whole group: the supervisor decides what they mean.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void end(0));
  line.onClosed(() => void end(0));
  line.onMessage((received) => {
    const message = readToNode(received);
    if (message?.type === 'start' && dataDir === undefined) start(message).catch(fail);
    else if (message?.type === 'stop') void end(0);
    else if (message?.type === 'order' && node !== undefined)
      carryOut(node, message.order).catch(() => undefined);
  });
  line.send({ type: 'hello' });
}
