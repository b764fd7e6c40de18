/** In which settings a campaign runs, one after the other: every size, every weather, every faulty member. */
import { ARENAS, type Arena } from './arenas.ts';
import { PROFILE_NAMES, type ProfileName } from './profiles.ts';
import { drawFrom } from './random.ts';
import type { RunOptions } from './world.ts';

export interface Setting {
  /** The arguments with which `npm run sim` repeats it, but for the seed. */
  readonly args: string;
  options(seed: number): RunOptions;
}

/** Runs per round; most of all what most networks are, and little of what takes long. */
const SIZES: Readonly<Record<ProfileName, Readonly<Record<number, number>>>> = {
  calm: { 1: 1, 2: 1, 3: 1, 4: 2, 7: 1 },
  lossy: { 1: 1, 2: 1, 3: 1, 4: 4, 5: 2, 7: 2, 10: 1 },
  hostile: { 1: 1, 2: 1, 3: 1, 4: 8, 5: 3, 7: 3, 10: 2 },
  forgetful: { 4: 4, 5: 1, 7: 2 },
};

/** Of which one run per round has random stakes; in it nobody has a third. */
const LARGEST_STAKE = 9;

export function randomStakes(seed: number, nodes: number): number[] {
  const draw = drawFrom(seed, 'stakes');
  for (;;) {
    const stakes = Array.from({ length: nodes }, () => draw.between(1, LARGEST_STAKE));
    const total = stakes.reduce((sum, stake) => sum + stake, 0);
    if (stakes.every((stake) => 3 * stake < total)) return stakes;
  }
}

function sized(profile: ProfileName, nodes: number): Setting[] {
  const args = `--profile ${profile} --nodes ${nodes}`;
  const equal: Setting = { args, options: (seed) => ({ seed, nodes, profile }) };
  const random: Setting = {
    args: `${args} --random-stakes`,
    options: (seed) => ({ seed, nodes, profile, stakes: randomStakes(seed, nodes) }),
  };
  const count = SIZES[profile][nodes]!;
  return nodes < 4 || count < 2
    ? Array<Setting>(count).fill(equal)
    : [random, ...Array<Setting>(count - 1).fill(equal)];
}

const ofArena = ([name, arena]: readonly [string, Arena]): Setting => ({
  args: `--arena ${name}`,
  options: (seed) => arena.options(seed),
});

export const SETTINGS: readonly Setting[] = [
  ...PROFILE_NAMES.flatMap((profile) =>
    Object.keys(SIZES[profile]).flatMap((n) => sized(profile, Number(n))),
  ),
  ...Object.entries(ARENAS).map(ofArena),
];

/** The n-th run of a campaign; consecutive seeds spread over all settings. */
export function settingOf(run: number): number {
  return run % SETTINGS.length;
}
