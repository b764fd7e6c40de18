import type { Clock, Random, TransportFaults } from '../node/ports.ts';
import type { DatagramHandler, DatagramSocket } from './datagram-socket.ts';
import { TransportError } from './errors.ts';
import type { RejectionReason } from './rejections.ts';

const MAX_DELAYED_DATAGRAMS = 16_384;
const RANDOM_POOL_BYTES = 1024;
const PERMILLE = 1000;

interface Delayed {
  readonly dueMs: number;
  readonly bytes: Uint8Array;
  readonly address: string;
}

/**
 * Loses, delays and cuts off what is sent through it, for local test networks. Without faults it only passes on.
 */
export class FaultSocket implements DatagramSocket {
  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reject: (reason: RejectionReason) => void;
  #faults: TransportFaults = { lossPermille: 0, delayMs: 0 };
  #cutOff: ReadonlySet<string> = new Set();
  #pool: Uint8Array = new Uint8Array(0);
  #poolUsed = 0;
  /** At most MAX_DELAYED_DATAGRAMS, in the order of sending. */
  #delayed: Delayed[] = [];
  #cancelTimer: (() => void) | null = null;

  constructor(
    socket: DatagramSocket,
    dependencies: {
      readonly clock: Clock;
      readonly random: Random;
      readonly reject: (reason: RejectionReason) => void;
    },
  ) {
    this.#socket = socket;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#reject = dependencies.reject;
  }

  get localAddress(): string {
    return this.#socket.localAddress;
  }

  setFaults(faults: TransportFaults): void {
    const { lossPermille, delayMs, cutOff = [] } = faults;
    if (!(lossPermille >= 0 && lossPermille <= PERMILLE && delayMs >= 0 && Number.isFinite(delayMs))) {
      throw new TransportError('invalid-options', 'Loss is 0..1000 permille, delay at least 0 ms.');
    }
    this.#faults = faults;
    this.#cutOff = new Set(cutOff.flatMap((address) => this.#socket.placesOf(address)));
  }

  open(onDatagram: DatagramHandler): Promise<void> {
    return this.#socket.open(onDatagram);
  }

  send(bytes: Uint8Array, address: string): boolean {
    const { lossPermille, delayMs } = this.#faults;
    if (this.#cutOff.has(address)) {
      this.#reject('fault-cut');
      return true;
    }
    if (lossPermille > 0 && this.#roll() < lossPermille) {
      this.#reject('fault-loss');
      return true;
    }
    if (delayMs === 0) return this.#socket.send(bytes, address);
    if (this.#delayed.length === MAX_DELAYED_DATAGRAMS) {
      this.#reject('fault-queue-full');
      return true;
    }
    this.#delayed.push({ dueMs: this.#clock.nowMs() + delayMs, bytes, address });
    if (this.#cancelTimer === null) this.#arm(delayMs);
    return true;
  }

  placesOf(address: string): readonly string[] {
    return this.#socket.placesOf(address);
  }

  rateKey(address: string): string {
    return this.#socket.rateKey(address);
  }

  close(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#delayed = [];
    return this.#socket.close();
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.schedule(delayMs, () => {
      this.#cancelTimer = null;
      this.#release();
    });
  }

  /** The delay may have been changed in between, hence due times need not ascend; order is kept all the same. */
  #release(): void {
    const nowMs = this.#clock.nowMs();
    let released = 0;
    while (released < this.#delayed.length && this.#delayed[released]!.dueMs <= nowMs) {
      const { bytes, address } = this.#delayed[released++]!;
      if (!this.#socket.send(bytes, address)) this.#reject('send-failed');
    }
    this.#delayed.splice(0, released);
    const first = this.#delayed[0];
    if (first !== undefined) this.#arm(Math.max(0, first.dueMs - nowMs));
  }

  /** Uniform in 0..999. */
  #roll(): number {
    for (;;) {
      if (this.#poolUsed + 2 > this.#pool.length) {
        this.#pool = this.#random.bytes(RANDOM_POOL_BYTES);
        this.#poolUsed = 0;
      }
      const value = this.#pool[this.#poolUsed]! | (this.#pool[this.#poolUsed + 1]! << 8);
      this.#poolUsed += 2;
      if (value < 65 * PERMILLE) return value % PERMILLE;
    }
  }
}
