import { IMMEDIATE, MEASURED, slowed, type ServiceTimes } from '../hardware.ts';
import type { World } from '../world.ts';

/** An honest machine with a processor a hundred times slower than usual. */
export const SLOW_PROCESSOR = slowed(MEASURED, 100);
/** An honest machine whose every durable write takes a second. */
export const SLOW_DISK: ServiceTimes = { ...MEASURED, writeUs: 1_000_000 };

/** While the faults last, these machines take so long for everything. */
export function slowMachines(indices: readonly number[], times: ServiceTimes): (world: World) => () => void {
  return (world) => {
    const set = (to: ServiceTimes): void => {
      for (const index of indices) world.machines[index]!.hardware.times = to;
    };
    set(times);
    return () => set(IMMEDIATE);
  };
}
