/** What scenarios ask a world about. */
import { toText } from '../../src-main/core/bytes.ts';
import { decodeHeader } from '../../src-main/core/encoding.ts';
import type { Message } from '../../src-main/core/messages.ts';
import { Committee, leaderOf } from '../../src-main/core/quorum.ts';
import type { Command, Height } from '../../src-main/core/types.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { decodeLedgerState, isDemoted, memberByKey, type LedgerState } from '../../src-main/ledger/state.ts';
import type { World } from '../sim/world.ts';

export const HOUR_MS = 3_600_000;

export function stateOf(world: World, index = 0): LedgerState {
  return decodeLedgerState(world.machines[index]!.disk.tip.snapshot);
}

/** Stakes of all present members, in the order of their ids. */
export function stakesOf(world: World, index = 0): number[] {
  return stateOf(world, index).members.map(({ stake }) => stake);
}

/** The machine that leads the next height in this view, as node `index` knows it. */
export function leaderOfNext(world: World, view: number, index = 0): number {
  const state = stateOf(world, index);
  const height = state.height + 1;
  const committee = new Committee(state.committee, sodiumCrypto);
  const { publicKey } = leaderOf(committee, height, view, (id) => isDemoted(state, id, height));
  return world.indexOf(toText(publicKey));
}

export function isDemotedNow(world: World, index: number): boolean {
  const state = stateOf(world);
  const member = memberByKey(state, world.machines[index]!.keys.text);
  return member !== undefined && isDemoted(state, member.id, state.height + 1);
}

/** The view in which a block was proposed first. */
export function viewOf(world: World, height: Height, index = 0): number {
  const { headerBytes } = world.machines[index]!.disk.blocks.get(height)!;
  return decodeHeader(headerBytes, sodiumCrypto).header.view;
}

/** Which machines proposed the blocks above `height`. */
export function proposersAbove(world: World, height: Height): Set<number> {
  const { members } = stateOf(world);
  const proposers = new Set<number>();
  for (const [at, { headerBytes }] of world.machines[0]!.disk.blocks) {
    if (at <= Math.max(1, height)) continue;
    const { proposer } = decodeHeader(headerBytes, sodiumCrypto).header;
    const member = members.find(({ id }) => id === proposer);
    if (member !== undefined) proposers.add(world.indexOf(toText(member.publicKey)));
  }
  return proposers;
}

/** Heights at which these machines vote, commit or give up from now on. */
export function listenTo(world: World, senders: readonly number[]): number[] {
  const heights: number[] = [];
  world.network.filter = (from, _to, payload) => {
    const message: Message = world.decode(payload);
    const isSigned = message.type === 'vote' || message.type === 'commit' || message.type === 'skip';
    if (senders.includes(from) && isSigned) heights.push(message.height);
    return true;
  };
  return heights;
}

/** A record in every round, at these nodes in turn. */
export async function load(
  world: World,
  rounds: number,
  nodes: readonly number[],
  everyMs = 200,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    world.submitRecord(nodes[round % nodes.length]!);
    await world.advance(everyMs);
  }
}

export function vote(world: World, voters: readonly number[], ident: string, command: Command): void {
  for (const index of voters) world.submit(index, `${ident}-${index}`, [command]);
}

export function changeOf(world: World, target: number, delta: number, ident: string): Command {
  return { kind: 'modifyStake', publicKey: world.machines[target]!.publicKey, ident, delta };
}

/** All machines but these. */
export function othersOf(world: World, ...without: readonly number[]): number[] {
  return world.machines.map(({ index }) => index).filter((index) => !without.includes(index));
}
