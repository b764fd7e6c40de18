import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';

export type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Runs a script of this folder in a process of its own, which ends with the test at the latest. */
export function startScript(name: string, ...parameters: string[]): Child {
  return startCommand(process.execPath, join(import.meta.dirname, name), ...parameters);
}

export function startCommand(command: string, ...parameters: string[]): Child {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** All that the process wrote, after it ended. */
export async function outputOf(child: Child): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  return output;
}

export async function exitOf(child: Child): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
