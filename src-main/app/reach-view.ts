/** Turns what is known of other machines into the window's words. */
import type { Nearby as NearbyFound } from '../networks/nearby.ts';
import type { ReachStatus } from '../networks/reach-types.ts';
import type { Nearby, Reach } from './contract/reach.ts';

export function reachView({ interfaces, announce, addresses, problem }: ReachStatus): Reach {
  return {
    interfaces: interfaces.map((one) => ({ ...one, hosts: [...one.hosts] })),
    announce,
    addresses: [...addresses],
    problem,
  };
}

export function nearbyView({ networks, diagnosis }: NearbyFound): Nearby {
  return {
    networks: networks.map((one) => ({ ...one, words: [...one.words], addresses: [...one.addresses] })),
    diagnosis: diagnosis && {
      ...diagnosis,
      links: diagnosis.links.map((link) => ({ ...link, hosts: [...link.hosts] })),
    },
  };
}
