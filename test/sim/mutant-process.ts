/** A mutant runs in a process of its own, because it changes the modules that are loaded. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KEEPS_COMPILED } from './compiled.ts';
import type { Mutant } from './mutants-table.ts';
import type { UnitMutant } from './unit-mutants.ts';

/** What became of a mutant: which invariant caught it after how many runs, or which test, or null. */
export interface Catch {
  readonly by: string | null;
  readonly what: string;
  readonly seeds: number;
}

const WORKER = fileURLToPath(new URL('./mutant-worker.ts', import.meta.url));

export function runMutant({ name }: Mutant, firstSeed: number): Promise<Catch> {
  return runWorker([WORKER, name, String(firstSeed)]);
}

const UNIT_WORKER = fileURLToPath(new URL('./unit-mutant-worker.ts', import.meta.url));

/** Runs the test file of a unit over its mutated source: caught by the first test that fails. */
export function runUnitMutant({ name }: UnitMutant): Promise<Catch> {
  return runWorker([UNIT_WORKER, name]);
}

function runWorker(args: readonly string[]): Promise<Catch> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: KEEPS_COMPILED }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${args.join(' ')}: ${stderr}`));
      else resolve(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as Catch);
    });
  });
}
