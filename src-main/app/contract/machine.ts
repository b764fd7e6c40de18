/** What happens to the computer under the node: its disk, its sleep, and its clock. */
import { Type, type Static } from 'typebox';
import { Count, Milliseconds, Nullable, Record } from './primitives.ts';

export const MachineState = Record({
  /** Free space on the disk of the data folder; null where the system does not say. */
  disk: Nullable(Record({ freeBytes: Count, isLow: Type.Boolean() })),
  /** It has just woken; null when that is a while ago. */
  sleptMs: Nullable(Milliseconds),
  /** Its clock was just set, so much forward, or back where this is negative; null when that is a while ago. */
  clockSetMs: Nullable(Type.Integer()),
});
export type MachineState = Static<typeof MachineState>;
