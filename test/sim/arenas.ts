/** Named settings in which runs take place: who is faulty, what the weather is like, and what is measured. */
import { eagerSigner } from './byzantine/eager-signer.ts';
import { equivocator } from './byzantine/equivocator.ts';
import { flooder } from './byzantine/flooder.ts';
import { forgingLeader } from './byzantine/forging-leader.ts';
import { freshProposer } from './byzantine/fresh-proposer.ts';
import { lyingSkipper } from './byzantine/lying-skipper.ts';
import { silentLeader } from './byzantine/silent-leader.ts';
import type { ActorFactory } from './byzantine/tools.ts';
import { BURSTS, PROFILES, ROUGH, STEADY_LOSS } from './profiles.ts';
import type { Outcome, RunOptions } from './world.ts';

export interface Arena {
  readonly name: string;
  options(seed: number): RunOptions;
}

const withActor = (actor: ActorFactory, options: RunOptions): RunOptions => ({
  ...options,
  actors: new Map([[options.seed % options.nodes, actor]]),
});

export const ARENAS = {
  hostile: arena('hostile', (seed) => ({ seed, nodes: 4, profile: 'hostile' })),
  rough: arena('rough', (seed) => ({ seed, nodes: 4, profile: ROUGH })),
  oneAway: arena('one of four is away, rough weather', (seed) => ({
    seed,
    nodes: 4,
    profile: ROUGH,
    absent: [seed % 4],
  })),
  lyingSkipper: arena('a lying skipper', (seed) =>
    withActor(lyingSkipper, { seed, nodes: 4, profile: 'lossy' }),
  ),
  equivocator: arena('an equivocator', (seed) => withActor(equivocator, { seed, nodes: 4, profile: ROUGH })),
  eagerSigner: arena('an eager signer', (seed) => withActor(eagerSigner, { seed, nodes: 4, profile: ROUGH })),
  freshProposer: arena('a leader that carries nothing on', (seed) =>
    withActor(freshProposer, { seed, nodes: 4, profile: ROUGH }),
  ),
  forgingLeader: arena('a leader with forged certificates', (seed) =>
    withActor(forgingLeader, { seed, nodes: 4, profile: 'lossy' }),
  ),
  flooder: arena('a flooder', (seed) => withActor(flooder, { seed, nodes: 4, profile: 'lossy' })),
  silentLeader: arena('a member that never leads', (seed) =>
    withActor(silentLeader, { seed, nodes: 4, profile: { ...PROFILES.calm, faultyMs: 20_000 } }),
  ),
  steadyLoss: arena('10 % loss', (seed) => ({ seed, nodes: 4, profile: STEADY_LOSS })),
  bursts: arena('bursts of load', (seed) => ({ seed, nodes: 4, profile: BURSTS })),
  three: arena('three members, of which none may be away', (seed) => ({ seed, nodes: 3, profile: ROUGH })),
  forgetful: arena('one member forgets', (seed) => ({ seed, nodes: 4, profile: 'forgetful' })),
} as const;

export type ArenaName = keyof typeof ARENAS;

function arena(name: string, options: Arena['options']): Arena {
  return { name, options };
}

/** Views that were given up, over several runs. */
export function countSkips(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, outcome) => sum + (outcome.counters['skips'] ?? 0), 0);
}
