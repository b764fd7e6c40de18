/** What a node does differently in a local network and in one over several machines. */
import type { Timing } from '../core/context.ts';
import type { MembershipPolicy } from '../core/policy.ts';
import type { RaisingPolicy } from '../core/raising.ts';
import type { PeerText } from '../core/types.ts';
import { lan, loopback } from '../network/profiles.ts';
import type { TransportProfile } from '../network/profiles.ts';
import { TIMINGS } from '../node/timing.ts';
import { FULL_STAKE, LOCAL_STAKE } from './genesis.ts';
import { AddressBook } from './node-config.ts';
import type { NodeConfig } from './node-config.ts';
import type { KnownAddress } from './served-node.ts';
import type { SharedManifest } from './shared/manifest.ts';
import type { KnownPeer } from './types.ts';

/** What newcomers of a network over several machines get, by themselves or by hand. */
export const RAISING: RaisingPolicy = { raiseTo: FULL_STAKE, keepsFounder: true };

export interface NodeSetup {
  readonly profile: TransportProfile;
  readonly timing: Timing;
  readonly policy: MembershipPolicy;
  /** Other machines may reach it where its owner agreed to that. */
  readonly isShared: boolean;
  /** Where a member may be reached, for the transport: best first. */
  hintsOf(publicKey: PeerText): readonly string[];
  /** The same for people. */
  addressOf(publicKey: PeerText): KnownAddress;
  /** The other nodes of this machine are these from now on. */
  setPeers(peers: readonly KnownPeer[]): void;
}

export function localSetup(config: NodeConfig): NodeSetup {
  const book = new AddressBook(config.peers);
  return {
    profile: loopback,
    timing: TIMINGS.loopback,
    policy: { sponsor: 'automatic', raiseTo: LOCAL_STAKE, keepsFounder: false, announceReady: true },
    isShared: false,
    hintsOf: (publicKey) => book.hintsOf(publicKey),
    addressOf: (publicKey) => book.addressOf(publicKey),
    setPeers: (peers) => book.set(peers),
  };
}

export function sharedSetup({ raises }: SharedManifest): NodeSetup {
  return {
    profile: lan,
    timing: TIMINGS.lan,
    policy: { ...RAISING, sponsor: 'ask', raiseTo: raises ? RAISING.raiseTo : null, announceReady: true },
    isShared: true,
    hintsOf: () => [],
    addressOf: () => ({ http: '', udp: '' }),
    setPeers: () => undefined,
  };
}
