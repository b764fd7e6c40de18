/**
 * Who is faulty in a network of any size, and how much stake it has: equal stakes with as many faulty members as there
 * may be, or random ones with just under a third for the adversary. An honest newcomer joins meanwhile, stakes change,
 * and it leaves again.
 */
import { membershipChanges } from './byzantine/membership-changes.ts';
import type { ActorFactory } from './byzantine/tools.ts';
import { PROFILES, ROUGH, type Profile } from './profiles.ts';
import { drawFrom, type Draw } from './random.ts';
import type { RunOptions, Trouble } from './world.ts';

/** Short and lossy: what a siege adds is the adversary. */
export const SIEGE_WEATHER: Profile = { ...PROFILES.lossy, faultyMs: 6_000, submitEveryMs: 250 };
/** Loss up to a half, duplicates, reordering, single directions cut, partitions; nothing loses power. */
export const STORM: Profile = {
  ...PROFILES.hostile,
  faultyMs: 10_000,
  partitionPermille: 350,
  oneWayPermille: 350,
  crashPermille: 0,
  crashAllPermille: 0,
};
/** Above this size every event is expensive: fewer of them, and no losses that make many more. */
const LARGE_NODES = 32;
export const LARGE_WEATHER: Profile = { ...PROFILES.calm, faultyMs: 4_000, submitEveryMs: 1_000 };
/** Only the partitions fail, so that twins meet each other at every view. */
export const TWIN_WEATHER: Profile = { ...PROFILES.calm, faultyMs: 8_000, submitEveryMs: 200 };
/** Most views are given up, and many of them after some have seen a notarisation. */
export const SKIP_WEATHER: Profile = { ...ROUGH, faultyMs: 8_000 };

const MAX_STAKE = 1000;

export interface Siege {
  readonly nodes: number;
  readonly faulty: readonly number[];
  readonly stakes: readonly number[];
}

/** `nodes` founders; a single one is besieged by the newcomer, who will have a quarter at most. */
export function drawSiege(nodes: number, draw: Draw): Siege {
  if (nodes === 1) return { nodes, faulty: [], stakes: [3] };
  const most = Math.max(1, Math.floor((nodes - 1) / 3));
  const isEqual = nodes >= 4 && draw.chance(500);
  const faulty = draw.shuffle([...Array(nodes).keys()]).slice(0, isEqual ? most : draw.between(1, most));
  if (isEqual) return { nodes, faulty, stakes: Array<number>(nodes).fill(draw.pick([1, 3])) };
  const stakes = Array.from({ length: nodes }, () => draw.between(3, MAX_STAKE));
  const honestStake = stakes.reduce((sum, stake, i) => (faulty.includes(i) ? sum : sum + stake), 0);
  // The most that is less than a third of all: 3 a < a + h.
  let left = Math.ceil(honestStake / 2) - 1;
  for (const [i, index] of faulty.entries()) {
    const others = faulty.length - 1 - i;
    stakes[index] = others === 0 ? left : draw.between(1, left - others);
    left -= stakes[index];
  }
  return { nodes, faulty, stakes };
}

export interface SiegeSettings {
  readonly seed: number;
  readonly nodes: number;
  readonly profile?: Profile;
  readonly troubles?: readonly Trouble[];
}

/** `actor` in the place of every faulty member. */
export function besieged(actor: ActorFactory, settings: SiegeSettings): RunOptions {
  const { seed, nodes, profile, troubles } = settings;
  const { faulty, stakes } = drawSiege(nodes, drawFrom(seed, `siege ${nodes}`));
  const actors = new Map((nodes === 1 ? [1] : faulty).map((index) => [index, actor]));
  return {
    seed,
    nodes: nodes + 1,
    joiners: 1,
    stakes,
    actors,
    profile: profile ?? (nodes > LARGE_NODES ? LARGE_WEATHER : SIEGE_WEATHER),
    troubles: [membershipChanges, ...(troubles ?? [])],
  };
}

/** Every faulty key runs twice. */
export function twinned(actor: ActorFactory, settings: SiegeSettings): RunOptions {
  const { seed, nodes, profile, troubles } = settings;
  const { faulty, stakes } = drawSiege(nodes, drawFrom(seed, `twins ${nodes}`));
  const twins = new Map(faulty.map((index, i) => [nodes + i, index]));
  return {
    seed,
    nodes: nodes + faulty.length,
    joiners: faulty.length,
    stakes,
    twins,
    actors: new Map([...faulty, ...twins.keys()].map((index) => [index, actor])),
    profile: profile ?? SIEGE_WEATHER,
    troubles: [bringTwins(twins), ...(troubles ?? [])],
  };
}

function bringTwins(twins: ReadonlyMap<number, number>): Trouble {
  return (world) => {
    for (const index of twins.keys()) world.bring(index);
    return () => undefined;
  };
}

/** Honest machines that something is wrong with: as many as may be faulty. */
export function afflicted(
  trouble: (indices: readonly number[]) => readonly Trouble[],
  { seed, nodes, profile }: SiegeSettings,
): RunOptions {
  const { faulty, stakes } = drawSiege(nodes, drawFrom(seed, `siege ${nodes}`));
  return {
    seed,
    nodes: nodes + 1,
    joiners: 1,
    stakes,
    profile: profile ?? (nodes > LARGE_NODES ? LARGE_WEATHER : SIEGE_WEATHER),
    troubles: [membershipChanges, ...trouble(nodes === 1 ? [0] : faulty)],
  };
}
