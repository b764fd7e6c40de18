/** Runs one input under the bounds that hold for every input. */
import type { Target } from './target.ts';

const MIB = 1024 * 1024;
export interface Limits {
  /** Of this process's processor time, so that a busy machine breaks nothing. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** Larger than all that any bound of the protocol allows at once. */
const LIMITS: Limits = { cpuMs: 5_000, memoryBytes: 128 * MIB };

const memoryBytes = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** @throws what the target threw, or an Error that names the bound */
export async function judge(target: Target, input: Uint8Array, limits = LIMITS): Promise<void> {
  const before = memoryBytes();
  const started = process.cpuUsage();
  await target.run(Uint8Array.from(input));
  const { user, system } = process.cpuUsage(started);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > limits.cpuMs) throw new Error(`broken promise: an input took ${Math.round(cpuMs)} ms`);
  const grownBytes = memoryBytes() - before;
  if (grownBytes > limits.memoryBytes) {
    throw new Error(`broken promise: an input took ${Math.round(grownBytes / MIB)} MiB`);
  }
}
