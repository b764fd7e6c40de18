/**
 * Small file systems need mounting. In a mount namespace of its own a run leaves nothing mounted behind, however it
 * ends, and needs no privilege where users may have namespaces. Where neither is possible it runs without.
 */
import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';

const MARK = 'CHAOS_HAS_OWN_MOUNTS';
const WAYS = [['--mount'], ['--user', '--map-root-user', '--mount']];

/** Runs this program again in there, or `main` when it is there already or cannot be. Sets the exit code. */
export async function inOwnMounts(main: () => Promise<number>): Promise<void> {
  const way = process.env[MARK] === undefined ? WAYS.find(isPossible) : undefined;
  process.exitCode = way === undefined ? await main() : await again(way);
}

function isPossible(way: readonly string[]): boolean {
  return spawnSync('unshare', [...way, 'true'], { stdio: 'ignore' }).status === 0;
}

function again(way: readonly string[]): Promise<number> {
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, [MARK]: '1' };
  const child = spawn('unshare', [...way, ...program], { stdio: ['pipe', 'inherit', 'inherit'], env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}
