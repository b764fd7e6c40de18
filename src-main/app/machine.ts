/**
 * Watches the computer under the node: whether its disk is nearly full, it slept, or its clock was set. Sleep shows as
 * a step of the time since the system's start, which does not follow the clock; the clock's own step is what it moves
 * beside that.
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
/** Systems that keep their clock right by themselves set it by less. */
const LEAST_STEP_MS = 60_000;
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
  /** The time of day. */
  readonly wallMs: () => number;
  readonly publish: (state: MachineState) => void;
}

export class Machine {
  readonly #dependencies: MachineDependencies;
  #state: MachineState = { disk: null, sleptMs: null, clockSetMs: null };
  #uptimeMs: number;
  #wallMs: number;
  #wokeAtMs = 0;
  #setAtMs = 0;
  #cancel: () => void = () => undefined;
  #isEnded = false;

  constructor(dependencies: MachineDependencies) {
    this.#dependencies = dependencies;
    this.#uptimeMs = dependencies.uptimeMs();
    this.#wallMs = dependencies.wallMs();
  }

  /** Looks now and from now on. The system may say by itself that it has woken: then nobody has to wait. */
  async look(): Promise<void> {
    this.#cancel();
    const { clock, dataDir, freeBytes } = this.#dependencies;
    const { sleptMs, clockSetMs } = this.#readTimes();
    const free = await freeBytes(dataDir);
    if (this.#isEnded) return;
    const wasLow = this.#state.disk?.isLow === true;
    const disk =
      free === null ? null : { freeBytes: free, isLow: free < (wasLow ? ENOUGH_BYTES : LOW_BYTES) };
    const before = this.#state;
    this.#state = { disk, sleptMs, clockSetMs };
    const isNews =
      sleptMs !== before.sleptMs || clockSetMs !== before.clockSetMs || disk?.isLow !== before.disk?.isLow;
    // While it is low, the person watches what freeing comes to.
    if (isNews || disk?.isLow === true) this.#dependencies.publish(this.#state);
    this.#cancel();
    this.#cancel = clock.schedule(LOOK_EVERY_MS, () => void this.look());
  }

  end(): void {
    this.#isEnded = true;
    this.#cancel();
  }

  #readTimes(): Pick<MachineState, 'sleptMs' | 'clockSetMs'> {
    const { clock, uptimeMs, wallMs } = this.#dependencies;
    const nowMs = clock.nowMs();
    const passedMs = uptimeMs() - this.#uptimeMs;
    const stepMs = Math.round(wallMs() - this.#wallMs - passedMs);
    this.#uptimeMs += passedMs;
    this.#wallMs += passedMs + stepMs;
    const isAwake = passedMs >= LEAST_SLEEP_MS;
    const isSet = Math.abs(stepMs) >= LEAST_STEP_MS;
    if (isAwake) this.#wokeAtMs = nowMs;
    if (isSet) this.#setAtMs = nowMs;
    const { sleptMs, clockSetMs } = this.#state;
    return {
      sleptMs: isAwake ? Math.round(passedMs) : nowMs - this.#wokeAtMs < TOLD_FOR_MS ? sleptMs : null,
      clockSetMs: isSet ? stepMs : nowMs - this.#setAtMs < TOLD_FOR_MS ? clockSetMs : null,
    };
  }
}
