/** Shows a network to machines nearby, on the interfaces whose owner agreed to both: being reached, and being seen. */
import { fromText } from '../core/bytes.ts';
import { Announcer } from '../network/discovery/announcer.ts';
import type { LinksPorts } from '../network/discovery/links.ts';
import { parseUdpAddress } from '../network/udp/udp-address.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { NodeReach } from './reach-types.ts';

/** Begins at once; returns the end of it. */
export function announceNearby(
  node: NodeFacade,
  reach: NodeReach,
  ports: LinksPorts & { readonly port: () => number },
): () => Promise<void> {
  const isAllowed = (name: string): boolean => {
    const { announce, interfaces } = reach.status();
    return announce && interfaces.some((one) => one.name === name && one.isAllowed && !one.isBlocked);
  };
  const current = () => {
    if (!reach.status().announce) return null;
    const { members, height, tipHash } = node.snapshot();
    // Only who has stake can bring in others.
    if (!members.some(({ isSelf, stake }) => isSelf && stake > 0)) return null;
    return {
      chainId: fromText(node.chainId)!,
      publicKey: fromText(node.publicKey)!,
      networkName: node.genesis.name,
      memberCount: members.length,
      checkpoint: { height, hash: fromText(tipHash)! },
      port: ports.port(),
    };
  };
  const announcer = new Announcer({ current, isAllowed }, ports);
  const ends = [
    reach.subscribe(() => announcer.changed()),
    node.subscribe(({ type }) => {
      if (type === 'membersChanged') announcer.changed();
    }),
  ];
  return async () => {
    for (const end of ends) end();
    await announcer.close();
  };
}

export function portOf(localAddress: string): number {
  return parseUdpAddress(localAddress)?.port ?? 0;
}
