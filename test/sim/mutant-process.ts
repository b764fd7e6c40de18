/** A mutant runs in a process of its own, because it changes the modules that are loaded. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants-table.ts';

/** What became of a mutant: which invariant caught it after how many runs, or null. */
export interface Catch {
  readonly by: string | null;
  readonly what: string;
  readonly seeds: number;
}

const WORKER = fileURLToPath(new URL('./mutant-worker.ts', import.meta.url));

export function runMutant(mutant: Mutant, firstSeed: number): Promise<Catch> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [WORKER, mutant.name, String(firstSeed)], (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`mutant ${mutant.name}: ${stderr}`));
      else resolve(JSON.parse(stdout) as Catch);
    });
  });
}
