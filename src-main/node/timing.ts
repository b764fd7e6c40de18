/** Local timers by kind of network (PROTOCOL section 6). */
import type { Timing } from '../core/context.ts';
import type { ConsensusParameters } from '../core/types.ts';

export type NetworkProfile = 'loopback' | 'lan' | 'i2p';

export const TIMINGS: Readonly<Record<NetworkProfile, Timing>> = {
  loopback: {
    viewMs: 400,
    viewCapMs: 10_000,
    retransmitMs: 25,
    retransmitCapMs: 10_000,
    idleStatusMs: 10_000,
    suspectBusyMs: 1000,
    bundleTargetBytes: 6 * 1024,
  },
  lan: {
    viewMs: 800,
    viewCapMs: 20_000,
    retransmitMs: 60,
    retransmitCapMs: 10_000,
    idleStatusMs: 10_000,
    suspectBusyMs: 1000,
    bundleTargetBytes: 6 * 1024,
  },
  i2p: {
    viewMs: 25_000,
    viewCapMs: 180_000,
    retransmitMs: 4000,
    retransmitCapMs: 60_000,
    idleStatusMs: 20_000,
    suspectBusyMs: 60_000,
    bundleTargetBytes: 3 * 1024,
  },
};

/** The constants a genesis gets unless its maker chose others. */
export const DEFAULT_PARAMETERS: ConsensusParameters = {
  laneWindow: 8,
  demotionHeights: 32,
  maxBlockBytes: 1024 * 1024,
  maxBundleBytes: 32 * 1024,
  maxSponsored: 4,
  sponsorIntervalHeights: 16,
};
