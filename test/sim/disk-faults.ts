/** What a node owes its owner when its disk fails: it stops signing, says why, and goes on serving what it has. */
import { equalBytes } from '../../src-main/core/bytes.ts';
import type { NodeFacade } from '../../src-main/node/facade.ts';
import type { DiskFault } from './disk.ts';
import type { ObservedNode } from './observer.ts';
import { InvariantViolation } from './violation.ts';

const MESSAGES: Readonly<Record<DiskFault, string>> = {
  'disk-full': 'no space left on device (ENOSPC)',
  io: 'input/output error (EIO)',
};

/** As the storage port throws it; the driver does not tell one error from another. */
export function diskError(fault: DiskFault): Error {
  return Object.assign(new Error(`virtual disk: ${MESSAGES[fault]}`), { code: fault });
}

/** Throws unless the halted node says that it halted and why, and answers what it is asked about its chain. */
export function checkHalted({ index, disk }: ObservedNode, facade: NodeFacade | null): void {
  const fail = (what: string): never => {
    throw new InvariantViolation('halted', `node ${index}, whose disk failed, ${what}`);
  };
  if (facade === null) return fail('is not there');
  const { phase, haltedBy, height } = facade.snapshot();
  if (phase !== 'halted' || haltedBy?.includes('virtual disk') !== true)
    fail(`says that it is ${phase}, by ${haltedBy ?? 'nothing'}`);
  const { tip } = disk;
  if (height !== tip.height || facade.reader.tip().height !== tip.height)
    fail(`shows height ${height}, its disk holds ${tip.height}`);
  const block = facade.reader.block(tip.height);
  if (block === undefined || !equalBytes(block.hash, tip.hash)) fail('does not show its newest block');
}
