import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { FloodOrder, FloodResult } from './order.ts';

export interface RunningFlood {
  /** Resolves when all of it was sent. */
  readonly done: Promise<FloodResult>;
  /** Ends it early. */
  stop(): Promise<FloodResult>;
}

/** Starts a flood in a process of its own; it ends with this one. */
export async function startFlood(order: FloodOrder): Promise<RunningFlood> {
  const child = fork(path.join(import.meta.dirname, 'flood-process.ts'), { stdio: ['ignore', 2, 2, 'ipc'] });
  await once(child, 'message');
  const done = resultOf(child);
  child.send(order);
  const stop = (): Promise<FloodResult> => {
    if (child.connected) child.send('stop');
    return done;
  };
  return { done, stop };
}

async function resultOf(child: ChildProcess): Promise<FloodResult> {
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as FloodResult));
    child.once('exit', (code, signal) => reject(new Error(`the flood ended early: ${code ?? signal}`)));
  });
}
