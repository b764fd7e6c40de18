/** The inputs that are kept: one file each, named by its content. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, 'corpus');

const nameOf = (input: Uint8Array): string => createHash('sha256').update(input).digest('hex').slice(0, 16);

export function readCorpus(target: string): Uint8Array[] {
  const folder = path.join(FOLDER, target);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => new Uint8Array(fs.readFileSync(path.join(folder, name))));
}

/** Replaces what was kept for the target. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const folder = path.join(FOLDER, target);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const input of inputs) fs.writeFileSync(path.join(folder, nameOf(input)), input);
}

/** Keeps an input that broke something, so that it is replayed from now on; where it is. */
export function keepFinding(target: string, input: Uint8Array): string {
  const file = path.join(FOLDER, target, nameOf(input));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, input);
  return path.relative(process.cwd(), file);
}
