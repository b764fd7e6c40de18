import type { Counters } from './counters.ts';
import { InvariantViolation } from './violation.ts';

/** Until then everything has decayed, and a removed member has found out what happened. */
const SETTLING_MS = 45_000;
/** I11: how long the silence is listened to. */
const SILENCE_MS = 30_000;
/** One STATUS per peer and 10 s, 20 % early at most; a started window may hold one more. */
const STATUS_PER_PEER = Math.ceil(SILENCE_MS / 8_000) + 1;

export interface Listened {
  readonly counters: Counters;
  readonly machines: readonly unknown[];
  readonly honest: readonly unknown[];
  advance(durationMs: number): Promise<void>;
}

/** I11: nothing but STATUS, and not often. */
export async function listenToSilence(world: Listened): Promise<void> {
  await world.advance(SETTLING_MS);
  const before = sentByType(world.counters);
  const blocks = world.counters.get('blocks');
  await world.advance(SILENCE_MS);
  if (world.counters.get('blocks') !== blocks)
    throw new InvariantViolation('I11', 'a block on an idle network');
  for (const [type, count] of sentByType(world.counters)) {
    const sent = count - (before.get(type) ?? 0);
    const allowed =
      type === 'status' ? world.honest.length * (world.machines.length - 1) * STATUS_PER_PEER : 0;
    if (sent > allowed)
      throw new InvariantViolation(
        'I11',
        `${sent} ${type} in ${SILENCE_MS} ms of idleness, allowed ${allowed}`,
      );
  }
}

function sentByType(counters: Counters): Map<string, number> {
  const sent = Object.entries(counters.all()).filter(([name]) => name.startsWith('sent '));
  return new Map(sent.map(([name, count]) => [name.slice('sent '.length), count]));
}
