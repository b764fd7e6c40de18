/**
 * What work takes on one machine, and how long it stands still: turns, signatures and durable writes have service
 * times, during which nothing leaves and no turn begins; a machine that sleeps does nothing at all, and goes on where
 * it stood. Everything a process does later goes through here.
 */
import type { Crypto, Signer } from '../../src-main/core/crypto.ts';
import type { Clock, Defer } from '../../src-main/node/ports.ts';
import { simulatorCrypto } from './crypto.ts';
import type { Schedule, Scheduled } from './schedule.ts';

/** What arrives within this time is one turn. */
const TURN_US = 50;

/** Durations in microseconds. */
export interface ServiceTimes {
  readonly turnUs: number;
  readonly verifyUs: number;
  readonly signUs: number;
  /** A turn with a durable write. */
  readonly writeUs: number;
}

export const IMMEDIATE: ServiceTimes = { turnUs: 0, verifyUs: 0, signUs: 0, writeUs: 0 };
/** As measured on a computer of the usual kind (PROTOCOL section 8). */
export const MEASURED: ServiceTimes = { turnUs: 50, verifyUs: 39, signUs: 14, writeUs: 160 };

export function slowed({ turnUs, verifyUs, signUs, writeUs }: ServiceTimes, factor: number): ServiceTimes {
  return {
    turnUs: turnUs * factor,
    verifyUs: verifyUs * factor,
    signUs: signUs * factor,
    writeUs: writeUs * factor,
  };
}

interface Pending {
  dueUs: number;
  readonly run: () => void;
  /** null while the machine sleeps. */
  event: Scheduled | null;
  /** By the monotonic clock; what the processor works on takes as long as it takes. */
  readonly isTimer: boolean;
}

export class Hardware {
  times = IMMEDIATE;
  /** Multiplies the delays of timers: above 1000 permille the clock is slow. */
  clockPermille = 1000;
  /** Signatures checked and made since the machine was built. */
  checks = 0;
  signatures = 0;
  readonly crypto: Crypto;
  readonly #schedule: Schedule;
  readonly #pending = new Set<Pending>();
  #sleep: { readonly sinceUs: number; readonly clock: 'runs' | 'stops' } | null = null;
  /** How long the clock stood. */
  #stoodUs = 0;
  /** Work of the turn under way, and until when the machine is busy with the last one. */
  #work = { checks: 0, signatures: 0, writes: 0 };
  #busyUntilUs = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.crypto = {
      hash: (bytes) => simulatorCrypto.hash(bytes),
      isPublicKey: (publicKey) => simulatorCrypto.isPublicKey(publicKey),
      verify: (signature, message, publicKey) => {
        this.checks++;
        this.#work.checks++;
        return simulatorCrypto.verify(signature, message, publicKey);
      },
    };
  }

  signerOf(signer: Signer): Signer {
    return {
      publicKey: signer.publicKey,
      sign: (message) => {
        this.signatures++;
        this.#work.signatures++;
        return signer.sign(message);
      },
    };
  }

  get isAwake(): boolean {
    return this.#sleep === null;
  }

  clock(isCurrent: () => boolean): Clock {
    return {
      nowMs: () => (this.#schedule.nowUs - this.#stoodUs) / 1000,
      schedule: (delayMs, callback) => {
        // A timer is set at the end of its turn.
        const delayUs = delayMs * this.clockPermille + this.#serviceUs();
        return this.#later(delayUs, () => isCurrent() && callback(), true);
      },
    };
  }

  defer(isCurrent: () => boolean): Defer {
    const turn = (callback: () => void): void => {
      if (!isCurrent()) return;
      const waitUs = this.#busyUntilUs - this.#schedule.nowUs;
      if (waitUs > 0) return void this.#later(waitUs, () => turn(callback), false);
      this.#work = { checks: 0, signatures: 0, writes: 0 };
      callback();
      this.#busyUntilUs = this.#schedule.nowUs + this.#serviceUs();
      this.#work = { checks: 0, signatures: 0, writes: 0 };
    };
    return (callback) => void this.#later(TURN_US, () => turn(callback), false);
  }

  /** The turn under way writes. */
  noteWrite(): void {
    this.#work.writes++;
  }

  /** Runs `send` when what the turn does before it has been done: at once, where nothing takes time. */
  depart(send: () => void): void {
    const delayUs = this.#serviceUs();
    if (delayUs === 0 && this.isAwake) send();
    else this.#later(delayUs, send, false);
  }

  /** Stands still until wake(). The monotonic clock of some systems does too, that of others goes on. */
  sleep(clock: 'runs' | 'stops'): void {
    if (this.#sleep !== null) return;
    this.#sleep = { sinceUs: this.#schedule.nowUs, clock };
    this.#disarm();
  }

  /** Returns how much later it is by its own clock, in microseconds. */
  wake(): number {
    if (this.#sleep === null) return 0;
    const { sinceUs, clock } = this.#sleep;
    const nowUs = this.#schedule.nowUs;
    const sleptUs = nowUs - sinceUs;
    this.#sleep = null;
    if (clock === 'stops') this.#stoodUs += sleptUs;
    if (this.#busyUntilUs > sinceUs) this.#busyUntilUs += sleptUs;
    const inOrder = [...this.#pending].sort((a, b) => a.dueUs - b.dueUs);
    for (const pending of inOrder) {
      if (!pending.isTimer || clock === 'stops') pending.dueUs += sleptUs;
      this.#arm(pending);
    }
    return clock === 'stops' ? 0 : sleptUs;
  }

  /** The power is gone, and with it whatever was to come. */
  reset(): void {
    this.#disarm();
    this.#pending.clear();
    this.#sleep = null;
    this.#busyUntilUs = 0;
  }

  #serviceUs(): number {
    const { turnUs, verifyUs, signUs, writeUs } = this.times;
    const { checks, signatures, writes } = this.#work;
    return turnUs + checks * verifyUs + signatures * signUs + writes * writeUs;
  }

  #later(delayUs: number, run: () => void, isTimer: boolean): () => void {
    const dueUs = this.#schedule.nowUs + Math.round(delayUs);
    const pending: Pending = { dueUs, run, isTimer, event: null };
    this.#pending.add(pending);
    if (this.isAwake) this.#arm(pending);
    return () => {
      if (pending.event !== null) pending.event.cancelled = true;
      this.#pending.delete(pending);
    };
  }

  #disarm(): void {
    for (const pending of this.#pending) {
      if (pending.event !== null) pending.event.cancelled = true;
      pending.event = null;
    }
  }

  #arm(pending: Pending): void {
    pending.event = this.#schedule.after(pending.dueUs - this.#schedule.nowUs, () => {
      this.#pending.delete(pending);
      pending.run();
    });
  }
}
