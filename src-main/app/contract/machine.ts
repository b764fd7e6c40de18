/** What happens to the computer under the node: its disk, and its sleep. */
import { Type, type Static } from 'typebox';
import { Count, Milliseconds, Nullable, Record } from './primitives.ts';

export const MachineState = Record({
  /** Free space on the disk of the data folder; null where the system does not say. */
  disk: Nullable(Record({ freeBytes: Count, isLow: Type.Boolean() })),
  /** It has just woken; null when that is a while ago. */
  sleptMs: Nullable(Milliseconds),
});
export type MachineState = Static<typeof MachineState>;
