import { describe, expect, it } from 'vitest';
import { Ballots } from '../../../src-main/core/ballots.ts';
import { hasBit } from '../../../src-main/core/encoding.ts';
import { hashOf, networkOf } from './builders.ts';

const { committee } = networkOf([1, 1, 1, 1]);
const signature = new Uint8Array(64);
const hashBallot = (byte: number) => ({ hash: hashOf(byte), signature });
const skipBallot = (hn: number) => ({ hn, signature });

describe('votes and commits', () => {
  it('count once per member and view', () => {
    const ballots = new Ballots(2, committee);
    expect(ballots.addHash('vote', 0, 1, hashBallot(1), 0).kind).toBe('counted');
    expect(ballots.addHash('vote', 0, 1, hashBallot(1), 0).kind).toBe('known');
    expect(ballots.addHash('commit', 0, 1, hashBallot(1), 0).kind).toBe('counted');
    expect(ballots.signaturesFor('vote', 0, hashOf(1)).size).toBe(1);
    expect(ballots.signaturesFor('vote', 0, hashOf(2)).size).toBe(0);
    expect(ballots.holdsHash('vote', 0, 1, hashOf(1))).toBe(true);
    expect(ballots.holdsHash('vote', 0, 1, hashOf(2))).toBe(false);
  });

  it('conflict when the second names another block, with the first as it was', () => {
    const ballots = new Ballots(2, committee);
    ballots.addHash('commit', 0, 1, hashBallot(1), 0);
    expect(ballots.addHash('commit', 0, 1, hashBallot(2), 0)).toEqual({
      kind: 'conflict',
      held: {
        kind: 'commit',
        signer: committee.members[1]!.publicKey,
        height: 2,
        view: 0,
        hash: hashOf(1),
        signature,
      },
    });
    expect(ballots.signaturesFor('commit', 0, hashOf(1)).size).toBe(1);
  });

  it.each([
    [1, 'out-of-window'],
    [2, 'counted'],
    [11, 'counted'],
    [12, 'out-of-window'],
  ])('of view %i in view 10 are %s', (view, kind) => {
    expect(new Ballots(2, committee).addHash('vote', view, 0, hashBallot(1), 10).kind).toBe(kind);
  });
});

describe('skips', () => {
  it('conflict when the second names another hn', () => {
    const ballots = new Ballots(2, committee);
    expect(ballots.addSkip(0, 2, skipBallot(-1), 0).kind).toBe('counted');
    expect(ballots.addSkip(0, 2, skipBallot(-1), 0).kind).toBe('known');
    expect(ballots.addSkip(0, 2, skipBallot(0), 0)).toMatchObject({ kind: 'conflict', held: { hn: -1 } });
    expect(ballots.holdsSkip(0, 2, -1)).toBe(true);
    expect(ballots.holdsSkip(0, 2, 0)).toBe(false);
  });

  it('above the next view: only the highest of each member is kept', () => {
    const ballots = new Ballots(2, committee);
    for (const view of [5, 9, 7]) ballots.addSkip(view, 0, skipBallot(-1), 0);
    expect([5, 7, 9].map((view) => ballots.skipsAt(view).size)).toEqual([0, 0, 1]);
    expect(ballots.statementsOf(0)).toHaveLength(1);
  });

  it('below the window are not counted', () => {
    expect(new Ballots(2, committee).addSkip(1, 0, skipBallot(-1), 10).kind).toBe('out-of-window');
  });

  it('of more than a third in one view, now or later, are weak; of one each in two views are not', () => {
    const ballots = new Ballots(2, committee);
    ballots.addSkip(6, 0, skipBallot(-1), 0);
    ballots.addSkip(7, 1, skipBallot(-1), 0);
    expect(ballots.hasWeakSkips(0)).toBe(false);
    ballots.addSkip(6, 2, skipBallot(-1), 0);
    expect(ballots.hasWeakSkips(6)).toBe(true);
    expect(ballots.hasWeakSkips(7)).toBe(false);
  });
});

describe('what is held', () => {
  it('is shown as one bit per member', () => {
    const ballots = new Ballots(2, committee);
    ballots.addHash('vote', 0, 3, hashBallot(1), 0);
    ballots.addSkip(0, 1, skipBallot(-1), 0);
    const { votes, commits, skips } = ballots.bitmaps(0);
    expect([votes, commits, skips].map((bitmap) => [1, 3].map((index) => hasBit(bitmap, index)))).toEqual([
      [false, true],
      [false, false],
      [true, false],
    ]);
  });

  it('is dropped when it is more than 8 views behind', () => {
    const ballots = new Ballots(2, committee);
    ballots.addHash('vote', 0, 0, hashBallot(1), 0);
    ballots.addSkip(0, 1, skipBallot(-1), 0);
    ballots.prune(8);
    expect(ballots.skipsAt(0).size).toBe(1);
    ballots.prune(9);
    expect(ballots.skipsAt(0).size).toBe(0);
    expect(ballots.signaturesFor('vote', 0, hashOf(1)).size).toBe(0);
  });
});
