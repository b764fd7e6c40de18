import { expect, it } from 'vitest';
import { hashSigningBytes, joinSigningBytes } from '../../src-main/core/signing.ts';
import type { Command, SignedStatement } from '../../src-main/core/types.ts';
import { toText } from '../../src-main/core/bytes.ts';
import { untimelyVoter } from '../sim/byzantine/untimely-voter.ts';
import type { World } from '../sim/world.ts';
import { changeOf, HOUR_MS, leaderOfNext, load, stakesOf, stateOf, vote } from './facts.ts';
import { besiege, playSound } from './sound.ts';

function removal(world: World, index: number): Command {
  return { kind: 'removePeer', publicKey: world.machines[index]!.publicKey };
}

function joinOf(world: World, index: number): Command {
  const { publicKey, signer } = world.machines[index]!.keys;
  const expiryHeight = 1000;
  const signature = signer.sign(joinSigningBytes(world.chainId, publicKey, expiryHeight));
  return { kind: 'addPeer', join: { publicKey, expiryHeight, signature } };
}

/** Two votes of one key in one view, as a machine makes them that lost its disk. */
function evidenceAgainst(world: World, index: number): Command {
  const { publicKey: signer, signer: key } = world.machines[index]!.keys;
  const [first, second] = [1, 2].map((byte): SignedStatement => {
    const hash = new Uint8Array(32).fill(byte);
    const signature = key.sign(hashSigningBytes('vote', world.chainId, 2, 0, hash));
    return { kind: 'vote', signer, height: 2, view: 0, hash, signature };
  });
  return { kind: 'evidence', first: first!, second: second! };
}

it('members vote before and after they are members', async () => {
  await besiege('untimelyVoters');
});

it('a join, a raise, a departure and evidence in one block', async () => {
  await playSound(
    { seed: 31, nodes: 8, joiners: 1, profile: 'calm', stakes: [3, 3, 3, 3, 3, 3, 3] },
    async (world) => {
      await world.start();
      await world.advance(500);
      const { height } = world.machines[0]!.disk.tip;
      // The first leader is not heard, so that the second knows all of it.
      world.network.filter = (_from, _to, payload) => {
        const message = world.decode(payload);
        return message.type !== 'propose' || message.propose.view > 0 || message.propose.height > height + 1;
      };
      world.submit(0, 'all', [joinOf(world, 7), evidenceAgainst(world, 6), changeOf(world, 1, 1, 'up')]);
      vote(world, [1, 2, 3, 4], 'up', changeOf(world, 1, 1, 'up'));
      world.submit(5, 'leave', [removal(world, 5)]);
      await world.advanceUntil(() => world.machines[0]!.disk.tip.height > height, 10_000);
      const block = world.machines[0]!.disk.blocks.get(height + 1)!;
      const kinds = block.transactions.flatMap(({ results }) => results.map(({ kind }) => kind));
      expect([...new Set(kinds)].sort((a, b) => (a < b ? -1 : 1))).toEqual([
        'addPeer',
        'evidence',
        'modifyStake',
        'removePeer',
      ]);
      await world.converge();
      await load(world, 6, [0, 1, 2, 3, 4]);
      await world.converge();
      const members = new Map(
        stateOf(world).members.map(({ publicKey, stake }) => [toText(publicKey), stake]),
      );
      const stakes = world.machines.map((machine) => members.get(machine.keys.text));
      expect(stakes).toEqual([3, 4, 3, 3, 3, undefined, 0, 0]);
      await world.listenToSilence();
    },
  );
});

it('a change of stake that one side of a partition has committed is the change of all', async () => {
  await playSound({ seed: 32, nodes: 5, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    vote(world, [0, 1, 2, 3, 4], 'up', changeOf(world, 0, 1, 'up'));
    // Only node 4 hears the COMMITs, and then nobody hears node 4.
    world.network.filter = (_from, to, payload) => to === 4 || world.decode(payload).type !== 'commit';
    await world.advanceUntil(() => stakesOf(world, 4)[0] === 2, 20_000);
    expect(stakesOf(world)).toEqual([1, 1, 1, 1, 1]);
    world.network.heal();
    world.network.partition([0, 0, 0, 0, 1]);
    // The old committee decides the height again, and must come to the same.
    await load(world, 10, [0, 1, 2, 3]);
    expect(stakesOf(world)).toEqual([2, 1, 1, 1, 1]);
    world.network.heal();
    await world.converge();
    await world.listenToSilence();
  });
});

it.each([1, 2, 3])(
  'a removed member goes on voting, and a newcomer votes too early (seed %i)',
  async (seed) => {
    const actors = new Map([
      [4, untimelyVoter],
      [5, untimelyVoter],
    ]);
    const stakes = [3, 3, 3, 3, 1];
    await playSound({ seed, nodes: 6, joiners: 1, stakes, actors, profile: 'calm' }, async (world) => {
      await world.start();
      await world.advance(500);
      await world.join(5);
      await load(world, 10, [0, 1, 2, 3]);
      vote(world, [0, 1, 2, 3], 'out', removal(world, 4));
      await load(world, 20, [0, 1, 2, 3]);
      await world.converge();
      expect(stateOf(world).members.some(({ publicKey }) => toText(publicKey) === world.keyOf(4))).toBe(
        false,
      );
    });
  },
);

it.each([1, 2, 3])('the leader of a height is removed just before it, and at it (seed %i)', async (seed) => {
  await playSound({ seed, nodes: 6, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    // The one that leads now is removed by the block that it proposes itself.
    const first = leaderOfNext(world, 0);
    vote(world, [0, 1, 2, 3, 4, 5], 'first', removal(world, first));
    const observer = first === 0 ? 1 : 0;
    const isGone = (index: number) => (): boolean =>
      !stateOf(world, observer).members.some(({ publicKey }) => toText(publicKey) === world.keyOf(index));
    expect(await world.advanceUntil(isGone(first), 20_000)).toBe(true);
    // The one that leads the next height is removed by the block before it.
    world.submitRecord(observer);
    const second = [leaderOfNext(world, 1, observer), leaderOfNext(world, 2, observer)].find(
      (index) => index !== observer,
    )!;
    vote(world, [0, 1, 2, 3, 4, 5], 'second', removal(world, second));
    expect(await world.advanceUntil(isGone(second), 20_000)).toBe(true);
    const rest = world.machines
      .map(({ index }) => index)
      .filter((index) => index !== first && index !== second);
    await load(world, 8, rest);
    await world.converge();
    await world.listenToSilence();
  });
});

it('down to one member, and back to seven', async () => {
  await playSound({ seed: 33, nodes: 7, profile: 'calm' }, async (world) => {
    await world.start();
    await world.advance(500);
    const staked = (): number[] => stakesOf(world).flatMap((stake, index) => (stake > 0 ? [index] : []));
    for (let index = 6; index > 0; index--) {
      vote(world, staked(), `down${index}`, changeOf(world, index, -1, `down${index}`));
      expect(await world.advanceUntil(() => stakesOf(world)[index] === 0, 30_000)).toBe(true);
      await world.converge();
    }
    expect(stakesOf(world)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    // The one is its own quorum, whoever else is away.
    for (let index = 1; index < 7; index++) world.crash(index, 'now', HOUR_MS);
    world.submitRecord(0);
    await world.advance(2_000);
    world.recover();
    await world.converge();
    for (let index = 1; index < 7; index++) {
      const { height, hash } = world.machines[index]!.disk.tip;
      world.submit(index, `ready${index}`, [{ kind: 'ready', height, blockHash: hash }]);
      await world.converge();
      vote(world, staked(), `up${index}`, changeOf(world, index, 1, `up${index}`));
      expect(await world.advanceUntil(() => stakesOf(world)[index] === 1, 30_000)).toBe(true);
      await world.converge();
    }
    expect(stakesOf(world)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    world.crash(6, 'now', HOUR_MS);
    world.crash(5, 'now', HOUR_MS);
    await load(world, 6, [0, 1, 2, 3, 4]);
    world.recover();
    await world.converge();
    await world.listenToSilence();
  });
});
