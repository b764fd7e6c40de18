import { PERFECT_LINKS, type LinkFaults } from './network.ts';
import type { Draw } from './random.ts';

export const PROFILE_NAMES = ['calm', 'lossy', 'hostile', 'forgetful'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** What a run does to the network and the machines before everything heals. */
export interface Profile {
  readonly name: ProfileName;
  /** Virtual time with faults and client load. */
  readonly faultyMs: number;
  /** Mean time between two submissions, over all clients. */
  readonly submitEveryMs: number;
  /** Mean time between two changes of the weather; 0: never. */
  readonly weatherEveryMs: number;
  readonly drawLinks: (draw: Draw) => LinkFaults;
  /**
   * Of 1000 changes of the weather: how many partition, cut a link one way, crash one node, crash all at once, let one
   * disk fail, and let one member (always the same) forget what it signed.
   */
  readonly partitionPermille: number;
  readonly oneWayPermille: number;
  readonly crashPermille: number;
  readonly crashAllPermille: number;
  readonly diskPermille: number;
  readonly forgetPermille: number;
}

const links = (changes: Partial<LinkFaults>): LinkFaults => ({ ...PERFECT_LINKS, ...changes });

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  calm: {
    name: 'calm',
    faultyMs: 4_000,
    submitEveryMs: 150,
    weatherEveryMs: 0,
    drawLinks: () => links({ maxDelayUs: 4_000 }),
    partitionPermille: 0,
    oneWayPermille: 0,
    crashPermille: 0,
    crashAllPermille: 0,
    diskPermille: 0,
    forgetPermille: 0,
  },
  lossy: {
    name: 'lossy',
    faultyMs: 12_000,
    submitEveryMs: 300,
    weatherEveryMs: 1_500,
    drawLinks: (draw) =>
      links({
        lossPermille: draw.between(0, 300),
        duplicatePermille: draw.between(0, 100),
        minDelayUs: 500,
        maxDelayUs: draw.between(2_000, 60_000),
        strayPermille: draw.between(0, 30),
        strayDelayUs: draw.between(100_000, 1_000_000),
      }),
    partitionPermille: 150,
    oneWayPermille: 150,
    crashPermille: 0,
    crashAllPermille: 0,
    diskPermille: 0,
    forgetPermille: 0,
  },
  hostile: {
    name: 'hostile',
    faultyMs: 20_000,
    submitEveryMs: 400,
    weatherEveryMs: 700,
    drawLinks: (draw) =>
      links({
        lossPermille: draw.chance(300) ? 0 : draw.between(0, 500),
        duplicatePermille: draw.between(0, 200),
        minDelayUs: 500,
        maxDelayUs: draw.between(2_000, 250_000),
        strayPermille: draw.between(0, 60),
        strayDelayUs: draw.between(100_000, 3_000_000),
      }),
    partitionPermille: 280,
    oneWayPermille: 190,
    crashPermille: 340,
    crashAllPermille: 40,
    diskPermille: 40,
    forgetPermille: 0,
  },
  // Four members or more: without the one that forgets, the others must be able to go on.
  forgetful: {
    name: 'forgetful',
    faultyMs: 20_000,
    submitEveryMs: 300,
    weatherEveryMs: 700,
    drawLinks: (draw) =>
      links({
        lossPermille: draw.chance(500) ? 0 : draw.between(0, 300),
        duplicatePermille: draw.between(0, 100),
        minDelayUs: 500,
        maxDelayUs: draw.between(2_000, 150_000),
      }),
    partitionPermille: 200,
    oneWayPermille: 100,
    crashPermille: 200,
    crashAllPermille: 20,
    diskPermille: 20,
    forgetPermille: 150,
  },
};

/** Nothing fails, but little arrives in time: delays around T_view, heavy loss, short spells. */
export const ROUGH: Profile = {
  ...PROFILES.lossy,
  faultyMs: 15_000,
  submitEveryMs: 300,
  weatherEveryMs: 600,
  drawLinks: (draw) =>
    links({ lossPermille: draw.between(0, 700), minDelayUs: 500, maxDelayUs: draw.between(5_000, 600_000) }),
  partitionPermille: 200,
  oneWayPermille: 300,
};

/** One message of ten is lost all the time, nothing else happens. */
export const STEADY_LOSS: Profile = {
  ...PROFILES.calm,
  faultyMs: 30_000,
  drawLinks: () => links({ lossPermille: 100, maxDelayUs: 4_000 }),
};

/** Perfect links; submissions come rarely, and a tenth of the time as a burst that takes more than one block. */
export const BURSTS: Profile = { ...PROFILES.calm, faultyMs: 20_000, submitEveryMs: 600 };
