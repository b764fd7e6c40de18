/**
 * Delta debugging: the smallest list of actions of nemesis and clients with which a run still breaks the same
 * invariant. Runs are deterministic, so each candidate is one run of the same seed without the other actions.
 */
import type { Action } from './actions.ts';

/** Whether the same invariant still fails with only these actions. */
export type StillFails = (kept: readonly Action[]) => Promise<boolean>;

export interface Minimum {
  readonly actions: readonly Action[];
  readonly runs: number;
}

/**
 * The algorithm of Zeller and Hildebrandt ("Simplifying and isolating failure-inducing input", 2002): leave out ever
 * smaller parts, as long as it still fails. Afterwards no single action can be left out, unless `maxRuns` ended it.
 */
export async function minimise(
  actions: readonly Action[],
  stillFails: StillFails,
  maxRuns: number,
): Promise<Minimum> {
  let kept = actions;
  let parts = 2;
  let runs = 0;
  while (kept.length > 0 && runs < maxRuns) {
    const size = Math.ceil(kept.length / parts);
    let smaller: readonly Action[] | null = null;
    for (let at = 0; at < kept.length && runs < maxRuns; at += size) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      runs++;
      if (await stillFails(rest)) {
        smaller = rest;
        break;
      }
    }
    if (smaller !== null) {
      kept = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return { actions: kept, runs };
}
