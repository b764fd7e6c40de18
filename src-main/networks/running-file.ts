/**
 * Says, in a node's network folder, which process runs it and where it can be asked; this is how commands find
 * a node.
 */
import fs from 'node:fs';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { jsonFile } from './json-file.ts';
import { Key, Name, Ports } from './node-config.ts';

const Running = Type.Object(
  { version: Type.Literal(1), pid: Type.Integer({ minimum: 1 }), publicKey: Key, name: Name, ports: Ports },
  { additionalProperties: false },
);
export type Running = Static<typeof Running>;

const file = jsonFile(Running);

export function writeRunning(path: string, running: Omit<Running, 'version'>): void {
  file.write(path, { version: 1, ...running });
}

/** The process that runs the node, undefined when none does: a killed one leaves its file behind. */
export function readRunning(path: string): Running | undefined {
  const running = file.read(path);
  return running !== undefined && isAlive(running.pid) ? running : undefined;
}

/** Only the process that wrote it takes it away. */
export function removeRunning(path: string): void {
  if (file.read(path)?.pid === process.pid) fs.rmSync(path, { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
