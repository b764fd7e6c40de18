import type { World } from '../world.ts';

/** An honest machine that is closed again and again: at any moment, or between a durable write and what it was for. */
export function sleeper(index: number): (world: World) => () => void {
  return (world) => {
    const draw = world.drawFor(`sleep ${index}`);
    const machine = world.machines[index]!;
    let over = false;
    const closeLater = (): void => {
      world.schedule.after(draw.between(100, 3_000) * 1000, () => {
        if (over) return;
        machine.sleep(draw.pick(['now', 'after-write']), draw.pick(['runs', 'stops']));
        world.schedule.after(draw.pick([50, 1_000, 6_000, 40_000]) * draw.between(500, 1000), () => {
          machine.wake();
          closeLater();
        });
      });
    };
    closeLater();
    return () => {
      over = true;
      machine.wake();
    };
  };
}
