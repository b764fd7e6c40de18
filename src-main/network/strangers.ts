import { MAX_STRANGERS, MAX_STRANGERS_PER_ADDRESS } from './budgets.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import type { Peer } from './peer.ts';

/**
 * Whether a further stranger fits, and at whose expense: one that has not used its session yet. Strangers with a
 * living session are never pushed out by others, and one address cannot take all places.
 */
export function roomForStranger(
  strangers: readonly Peer[],
  socket: DatagramSocket,
  address: string,
): { readonly evicted: Peer | null } | null {
  const rateKey = socket.rateKey(address);
  const neighbours = strangers.filter((peer) => {
    const known = peer.address ?? peer.sessions.pending?.session.address;
    return known !== undefined && socket.rateKey(known) === rateKey;
  });
  const isUnused = (peer: Peer): boolean => peer.sessions.current === null;
  if (neighbours.length >= MAX_STRANGERS_PER_ADDRESS) {
    const evicted = neighbours.find(isUnused);
    return evicted === undefined ? null : { evicted };
  }
  if (strangers.length < MAX_STRANGERS) return { evicted: null };
  const evicted = strangers.find(isUnused);
  return evicted === undefined ? null : { evicted };
}
