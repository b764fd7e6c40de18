/** Members that lose what they signed: a lost safety log, a restored older copy of the disk, a new disk. */
import { FORGOTTEN } from '../../src-main/core/guard.ts';
import type { Counters } from './counters.ts';
import type { VirtualDisk } from './disk.ts';
import type { ObservedNode, Observer } from './observer.ts';

export const DISK_LOSSES = ['safety-log', 'older-copy', 'everything'] as const;
export type DiskLoss = (typeof DISK_LOSSES)[number];

export interface ForgetfulMachine extends ObservedNode {
  crash(when: 'now', downUs: number): void;
  replaceDisk(disk: VirtualDisk): void;
}

interface Dependencies {
  readonly observer: Observer;
  readonly counters: Counters;
  note(what: string): void;
}

export class Forgetting {
  readonly #dependencies: Dependencies;
  readonly #copies = new Map<ForgetfulMachine, VirtualDisk>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The machine loses power, and starts again on what is left of its disk. The first time that an older copy is wanted
   * it is made instead. Without a block a lost log is a new disk: nothing else could have held one.
   */
  forget(machine: ForgetfulMachine, wanted: DiskLoss, downUs: number): void {
    const { observer, counters, note } = this.#dependencies;
    const loss = wanted === 'safety-log' && machine.disk.tip.height === 1 ? 'everything' : wanted;
    const copy = this.#copies.get(machine);
    if (loss === 'older-copy' && copy === undefined) {
      this.#copies.set(machine, machine.disk.copy());
      return note(`the owner of n${machine.index} copies its disk`);
    }
    machine.crash('now', downUs);
    counters.add(`forgot: ${loss}`);
    this.#copies.delete(machine);
    if (loss === 'safety-log') {
      machine.disk.loseSafetyLog();
      observer.onForgot(machine);
    } else machine.replaceDisk(copy !== undefined && loss === 'older-copy' ? copy : begunAnew(machine.disk));
  }
}

/** As a network's folder without its database: only its owner's word makes a new one, which knows that it forgot. */
function begunAnew(lost: VirtualDisk): VirtualDisk {
  const disk = lost.empty();
  disk.records.set(FORGOTTEN.key, FORGOTTEN);
  return disk;
}
