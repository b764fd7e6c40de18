/**
 * The safety margin: how many more members may disappear before new entries stop. A pure function of the stakes
 * and of who is connected (PROTOCOL section 2: a quorum is more than two thirds of the stake).
 */
import { isQuorumStake } from '../core/quorum.ts';
import type { Margin } from './contract/node.ts';

export interface StakeHolder {
  readonly stake: number;
  /** Reachable now; the own node counts as connected to itself. */
  readonly connected: boolean;
}

export function marginOf(members: readonly StakeHolder[]): Margin {
  const full = members.filter((member) => member.stake > 0);
  const connected = descending(full.filter((member) => member.connected));
  const absent = descending(full.filter((member) => !member.connected));
  const totalStake = sum(full.map((member) => member.stake));
  const connectedStake = sum(connected);
  const quorumStake = totalStake === 0 ? 0 : smallestQuorum(totalStake);
  const holds = isQuorumStake(connectedStake, totalStake);
  return {
    state: totalStake === 0 ? 'none' : holds ? 'holds' : 'waits',
    membersToSpare: holds ? sparable(connected, quorumStake) : 0,
    stakeToSpare: holds ? connectedStake - quorumStake : 0,
    missingMembers: holds ? 0 : neededToReach(quorumStake - connectedStake, absent),
    missingStake: holds ? 0 : quorumStake - connectedStake,
    membersToSpareWhenComplete: totalStake === 0 ? 0 : sparable(descending(full), quorumStake),
    connectedStake,
    quorumStake,
    totalStake,
    connectedMembers: connected.length,
    totalMembers: full.length,
  };
}

/** The smallest X with 3X > 2T. Exact: T < 2^50. */
export function smallestQuorum(totalStake: number): number {
  return Math.floor((2 * totalStake) / 3) + 1;
}

/** The largest k such that any k of these may go: the worst case is that the k largest go. */
function sparable(stakesDescending: readonly number[], quorumStake: number): number {
  let rest = sum(stakesDescending);
  let count = 0;
  for (const stake of stakesDescending) {
    rest -= stake;
    if (rest < quorumStake) return count;
    count++;
  }
  return count;
}

/** The fewest members that could close the gap: the largest come back first. */
function neededToReach(missingStake: number, stakesDescending: readonly number[]): number {
  let missing = missingStake;
  let count = 0;
  for (const stake of stakesDescending) {
    if (missing <= 0) break;
    missing -= stake;
    count++;
  }
  return count;
}

function descending(members: readonly StakeHolder[]): number[] {
  return members.map((member) => member.stake).sort((a, b) => b - a);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
