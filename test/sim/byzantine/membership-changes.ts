import { toText } from '../../../src-main/core/bytes.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { decodeLedgerState } from '../../../src-main/ledger/state.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';

/** When each change comes, in permille of the time with faults, about. */
const CHANGES_PERMILLE = { raise: 50, join: 200, lower: 500, leave: 750 };
const SPREAD_PERMILLE = 150;

/**
 * The members change while everything else goes wrong: an honest one gets more stake and loses it again, the last
 * machine joins, is raised by the votes of the others, and leaves. The honest never have less stake than at first, so
 * that the adversary stays below a third.
 */
export function membershipChanges(world: World): () => void {
  const draw = world.drawFor('membership');
  const founders = world.machines.slice(0, world.genesis.members.length);
  const honest = founders.filter((machine) => machine.isHonest);
  const joiner = world.machines.length > founders.length ? world.machines.at(-1) : undefined;
  const target = draw.pick(honest);
  const delta = draw.between(1, 5);
  const change = (sign: 1 | -1, ident: string): Command => ({
    kind: 'modifyStake',
    publicKey: target.publicKey,
    ident,
    delta: sign * delta,
  });
  const vote = (sign: 1 | -1, ident: string): void => {
    for (const { index } of honest) world.submit(index, `${ident}-${index}`, [change(sign, ident)]);
  };
  let over = false;
  const at = (permille: number, act: () => void): void => {
    const delayUs = (permille + draw.below(SPREAD_PERMILLE)) * world.profile.faultyMs;
    world.schedule.after(delayUs, () => {
      if (!over) act();
    });
  };
  const original = stakeOf(honest, target) ?? 0;

  at(CHANGES_PERMILLE.raise, () => vote(1, 'raise'));
  at(CHANGES_PERMILLE.lower, () => {
    if ((stakeOf(honest, target) ?? 0) >= original + delta) vote(-1, 'lower');
  });
  if (joiner !== undefined) {
    at(CHANGES_PERMILLE.join, () => {
      world.bring(joiner.index);
      world.schedule.after(100_000, () => joiner.requestJoin());
    });
    at(CHANGES_PERMILLE.leave, () => {
      if (joiner.isHonest && stakeOf(honest, joiner) !== undefined)
        world.submit(joiner.index, 'leave', [{ kind: 'removePeer', publicKey: joiner.publicKey }]);
    });
  }
  return () => {
    over = true;
    vote(1, 'at-last');
  };
}

/** In the highest state that an honest founder has; undefined for who is no member. */
export function stakeOf(honest: readonly Machine[], machine: Machine): number | undefined {
  const [highest] = [...honest].sort((a, b) => b.disk.tip.height - a.disk.tip.height);
  const { members } = decodeLedgerState(highest!.disk.tip.snapshot);
  return members.find(({ publicKey }) => toText(publicKey) === machine.keys.text)?.stake;
}
