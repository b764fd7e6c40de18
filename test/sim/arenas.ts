/** Named settings in which runs take place: who is faulty, what the weather is like, and what is measured. */
import { eagerSigner } from './byzantine/eager-signer.ts';
import { equivocator } from './byzantine/equivocator.ts';
import { flooder } from './byzantine/flooder.ts';
import { forgingLeader } from './byzantine/forging-leader.ts';
import { freshProposer } from './byzantine/fresh-proposer.ts';
import { lyingSkipper } from './byzantine/lying-skipper.ts';
import { fickleSyncPeer } from './byzantine/bad-sync-peer.ts';
import { hoarder } from './byzantine/hoarder.ts';
import { invalidLeader } from './byzantine/invalid-leader.ts';
import { laneAbuser } from './byzantine/lane-abuser.ts';
import { laneForker } from './byzantine/lane-forker.ts';
import { loudNoiseMaker } from './byzantine/noise-maker.ts';
import { relabeller } from './byzantine/relabeller.ts';
import { silentLeader } from './byzantine/silent-leader.ts';
import { sleeper } from './byzantine/sleeper.ts';
import { SLOW_DISK, SLOW_PROCESSOR, slowMachines } from './byzantine/slow-machine.ts';
import { subsetLeader } from './byzantine/subset-leader.ts';
import type { ActorFactory } from './byzantine/tools.ts';
import { redrawnPartitions, twin } from './byzantine/twin.ts';
import { untimelyVoter } from './byzantine/untimely-voter.ts';
import { lateLeader, withholdingLeader } from './byzantine/withholding-leader.ts';
import type { KeyPair } from './keys.ts';
import { BURSTS, PROFILES, ROUGH, STEADY_LOSS } from './profiles.ts';
import { afflicted, besieged, SKIP_WEATHER, STORM, TWIN_WEATHER, twinned } from './siege.ts';
import type { Outcome, RunOptions, Trouble } from './world.ts';

export interface Arena {
  readonly name: string;
  /** Where a size is not fixed, `nodes` founders; 4 unless told. */
  options(seed: number, nodes?: number): RunOptions;
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
  // Sieges: any number of nodes, as many faulty ones as there may be, and the members change.
  twins: arena('keys that run twice, partitions redrawn per view', (seed, nodes = 4) =>
    twinned(twin, { seed, nodes, profile: TWIN_WEATHER, troubles: [redrawnPartitions] }),
  ),
  equivocators: siege('equivocators', equivocator),
  eagerSigners: siege('eager signers', eagerSigner),
  withholders: siege('leaders that show their proposal to some', withholdingLeader),
  lateLeaders: siege('leaders that propose at the last moment', lateLeader),
  invalidLeaders: siege('leaders of invalid blocks', invalidLeader),
  hoarders: siege('members that keep back the bundles they cite', hoarder),
  forgers: siege('leaders with forged certificates', forgingLeader),
  laneForkers: siege('forked lanes', laneForker),
  laneAbusers: siege('gaps, replays and more than fits in a lane', laneAbuser),
  lyingSkippers: siege('lying skippers', lyingSkipper),
  subsetLeaders: arena('leaders that choose the skips that do the most harm', (seed, nodes = 4) => {
    const accomplices: KeyPair[] = [];
    const options = besieged(subsetLeader(accomplices), { seed, nodes, profile: SKIP_WEATHER });
    const meet: Trouble = (world) => {
      for (const index of options.actors!.keys()) accomplices.push(world.machines[index]!.keys);
      return () => undefined;
    };
    return { ...options, troubles: [...options.troubles!, meet] };
  }),
  relabellers: arena('votes that are told as commitments', (seed, nodes = 4) =>
    besieged(relabeller, { seed, nodes, profile: SKIP_WEATHER }),
  ),
  untimelyVoters: siege('votes before and after membership', untimelyVoter),
  syncLiars: siege('peers that lie to those who catch up', fickleSyncPeer),
  noiseMakers: siege('noise', loudNoiseMaker),
  flooders: siege('flooders', flooder),
  storms: arena('links of every kind', (seed, nodes = 4) =>
    afflicted(() => [], { seed, nodes, profile: STORM }),
  ),
  sleepers: arena('machines that sleep and wake', (seed, nodes = 4) =>
    afflicted((indices) => indices.map(sleeper), { seed, nodes }),
  ),
  slowDisks: arena('durable writes that take a second', (seed, nodes = 4) =>
    afflicted((indices) => [slowMachines(indices, SLOW_DISK)], { seed, nodes }),
  ),
  slowProcessors: arena('processors a hundred times slower', (seed, nodes = 4) =>
    afflicted((indices) => [slowMachines(indices, SLOW_PROCESSOR)], { seed, nodes }),
  ),
} as const;

export type ArenaName = keyof typeof ARENAS;

function siege(name: string, actor: ActorFactory): Arena {
  return arena(name, (seed, nodes = 4) => besieged(actor, { seed, nodes }));
}

function arena(name: string, options: Arena['options']): Arena {
  return { name, options };
}

/** Views that were given up, over several runs. */
export function countSkips(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, outcome) => sum + (outcome.counters['skips'] ?? 0), 0);
}
