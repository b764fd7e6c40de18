/**
 * Watches the computer under the node: whether its disk is nearly full, and whether it slept. Neither looks at the time
 * of day, which may be wrong or be set: sleep shows as a step of the time since the system's start.
 */
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Clock } from '../node/ports.ts';
import type { MachineState } from './contract/machine.ts';

/** Below this a burst of entries may fill the disk before anybody looks. */
const LOW_BYTES = 512 * 1024 * 1024;
/** The warning ends only well above, so that it does not come and go. */
const ENOUGH_BYTES = 2 * LOW_BYTES;
const LOOK_EVERY_MS = 5_000;
/** A busy machine is late by seconds. */
const LEAST_SLEEP_MS = 60_000;
/** As long as it is worth a sentence. */
const TOLD_FOR_MS = 120_000;

/** Bytes that this user may still write to the disk of a folder; null where the system does not say. */
export type ReadFreeBytes = (folder: string) => Promise<number | null>;

export const readFreeBytes: ReadFreeBytes = async (folder) => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
};

/** Since the system's start, its sleep included. */
export const readUptimeMs = (): number => os.uptime() * 1_000;

export interface MachineDependencies {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly freeBytes: ReadFreeBytes;
  readonly uptimeMs: () => number;
  readonly publish: (state: MachineState) => void;
}

export class Machine {
  readonly #dependencies: MachineDependencies;
  #state: MachineState = { disk: null, sleptMs: null };
  #uptimeMs: number;
  #wokeAtMs = 0;
  #cancel: () => void = () => undefined;
  #isEnded = false;

  constructor(dependencies: MachineDependencies) {
    this.#dependencies = dependencies;
    this.#uptimeMs = dependencies.uptimeMs();
  }

  /** Looks now and from now on. The system may say by itself that it has woken: then nobody has to wait. */
  async look(): Promise<void> {
    this.#cancel();
    const { clock, dataDir, freeBytes } = this.#dependencies;
    const sleptMs = this.#readSleep();
    const free = await freeBytes(dataDir);
    if (this.#isEnded) return;
    const wasLow = this.#state.disk?.isLow === true;
    const disk =
      free === null ? null : { freeBytes: free, isLow: free < (wasLow ? ENOUGH_BYTES : LOW_BYTES) };
    const isNews = sleptMs !== this.#state.sleptMs || disk?.isLow !== this.#state.disk?.isLow;
    this.#state = { disk, sleptMs };
    // While it is low, the person watches what freeing comes to.
    if (isNews || disk?.isLow === true) this.#dependencies.publish(this.#state);
    this.#cancel();
    this.#cancel = clock.schedule(LOOK_EVERY_MS, () => void this.look());
  }

  end(): void {
    this.#isEnded = true;
    this.#cancel();
  }

  #readSleep(): number | null {
    const { clock, uptimeMs } = this.#dependencies;
    const now = uptimeMs();
    const passedMs = now - this.#uptimeMs;
    this.#uptimeMs = now;
    if (passedMs >= LEAST_SLEEP_MS) {
      this.#wokeAtMs = clock.nowMs();
      return Math.round(passedMs);
    }
    return clock.nowMs() - this.#wokeAtMs < TOLD_FOR_MS ? this.#state.sleptMs : null;
  }
}
