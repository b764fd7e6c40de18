/** Which effects are written, which leave, and which are told: the three parts of a turn, in this order. */
import type { DurableEffect, Effect, PublishEffect } from '../core/effects.ts';

const DURABLE: ReadonlySet<Effect['type']> = new Set([
  'persistSafety',
  'persistNode',
  'appendLane',
  'enqueue',
  'dequeue',
  'commitBlock',
  'replaceProof',
]);
const OUTWARD: ReadonlySet<Effect['type']> = new Set(['send', 'setTimer', 'clearTimer']);

export function isDurable(effect: Effect): effect is DurableEffect {
  return DURABLE.has(effect.type);
}

export function isPublished(effect: Effect): effect is PublishEffect {
  return !DURABLE.has(effect.type) && !OUTWARD.has(effect.type);
}

/** Safety records of a height that the same turn decides would be written only to be deleted. */
export function withoutObsolete(turn: readonly DurableEffect[]): readonly DurableEffect[] {
  let decided = 0;
  for (const effect of turn) if (effect.type === 'commitBlock') decided = effect.block.sealed.header.height;
  if (decided === 0) return turn;
  return turn.filter((effect) => effect.type !== 'persistSafety' || effect.record.height > decided);
}
