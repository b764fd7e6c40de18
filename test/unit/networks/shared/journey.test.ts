/** In which stage a newcomer is, as its chain and the answers of others say; and what ends the way there. */
import { describe, expect, test } from 'vitest';
import { toText } from '../../../../src-main/core/bytes.ts';
import type { PublishEffect } from '../../../../src-main/core/effects.ts';
import type { Admission } from '../../../../src-main/core/messages.ts';
import { encodeInvitation } from '../../../../src-main/networks/shared/invitation.ts';
import { Journey, stageOf } from '../../../../src-main/networks/shared/journey.ts';
import { Work } from '../../../../src-main/networks/work.ts';
import type { NodeFacade, NodeSnapshot } from '../../../../src-main/node/facade.ts';
import { crypto, hashOf } from '../../core/builders.ts';
import { CHAIN_ID, invitationOf } from './fixture.ts';

const NOTHING = new Uint8Array(0);
const answered = (decision: Admission['decision'], reason: Admission['reason'] = 'none'): Admission => {
  return { decision, reason, height: 90, raises: true, genesis: NOTHING };
};
const self = { isSelf: true, stake: 0, isReady: false };
const snapshotOf = (changes: object = {}): NodeSnapshot => {
  const outside = { members: [], membership: 'none', syncTarget: null, isVoting: false, links: 1, height: 5 };
  return { ...outside, ...changes } as unknown as NodeSnapshot;
};
const inside = (member: object, changes: object = {}): NodeSnapshot =>
  snapshotOf({ members: [{ ...self, ...member }], membership: 'member', ...changes });

describe('the stage of a newcomer', () => {
  test.each([
    ['nobody has answered', snapshotOf(), null, 'session'],
    ['the owner is asked', snapshotOf(), answered('waiting', 'owner'), 'request'],
    ['it is let in', snapshotOf(), answered('accepted'), 'addPeer'],
    ['a block names it, which is not here yet', snapshotOf(), answered('member'), 'catchUp'],
    ['its chain names it, and is behind', inside({}, { syncTarget: 90 }), answered('member'), 'catchUp'],
    ['it is level', inside({}), null, 'ready'],
    ['it has said so', inside({ isReady: true }), null, 'stake'],
    ['it has stake', inside({ isReady: true, stake: 2 }), null, 'member'],
    ['it decides', inside({ isReady: true, stake: 2 }, { isVoting: true }), null, null],
  ] as const)('%s', (_, snapshot, admission, stage) =>
    expect(stageOf(snapshot, admission, true)).toBe(stage),
  );

  test('is the last one when it is ready, where nobody raises newcomers by itself', () => {
    expect(stageOf(inside({}), null, false)).toBe('ready');
    expect(stageOf(inside({ isReady: true }), null, false)).toBeNull();
  });
});

class Traveller {
  snapshot = snapshotOf();
  readonly stages: string[] = [];
  readonly journey: Journey;
  readonly work = new Work({
    onStage: ({ stage, done, total }) => void this.stages.push(`${stage} ${done} ${total}`),
  });
  #listener: (event: PublishEffect) => void = () => undefined;

  constructor(held: Uint8Array | undefined = undefined) {
    const node = {
      chainId: toText(CHAIN_ID),
      reader: { block: () => held && { hash: held } },
      snapshot: () => this.snapshot,
      subscribe: (listener: (event: PublishEffect) => void) => {
        this.#listener = listener;
        return () => undefined;
      },
    } as unknown as NodeFacade;
    const link = encodeInvitation(invitationOf(), crypto);
    this.journey = new Journey(node, link, { raises: true, changed: () => undefined });
  }

  hear(event: object): void {
    this.#listener(event as PublishEffect);
  }

  look(): boolean {
    return this.journey.look(this.work);
  }
}

describe('the way of a newcomer', () => {
  test('never goes back, and says how many blocks there are', () => {
    const traveller = new Traveller();
    traveller.hear({ type: 'admission', admission: answered('member') });
    expect(traveller.look()).toBe(false);
    traveller.snapshot = snapshotOf({ syncTarget: 120, height: 60 });
    traveller.look();
    // Another member has not seen the block yet.
    traveller.hear({ type: 'admission', admission: answered('waiting', 'owner') });
    traveller.look();
    expect(traveller.stages).toEqual(['catchUp 5 90', 'catchUp 60 120']);
    traveller.snapshot = inside({ isReady: true, stake: 10 }, { isVoting: true });
    expect(traveller.look()).toBe(true);
    traveller.journey.close();
  });

  test('ends with a refusal', () => {
    const traveller = new Traveller();
    traveller.hear({ type: 'admission', admission: answered('refused', 'ticket-revoked') });
    expect(() => traveller.look()).toThrow(expect.objectContaining({ code: 'invitation-revoked' }) as Error);
    traveller.journey.close();
  });

  test('ends on a chain without the block that the invitation pins, and its node is stopped', () => {
    const other = expect.objectContaining({ code: 'invitation-other-network' }) as Error;
    const { height, hash } = invitationOf().checkpoint;
    const traveller = new Traveller();
    traveller.hear({ type: 'committed', height: height - 1, hash: hashOf(1) });
    expect(traveller.look()).toBe(false);
    // Thrown at the node: what a listener throws ends its signing.
    expect(() => traveller.hear({ type: 'committed', height, hash: hashOf(1) })).toThrow(other);
    expect(() => traveller.look()).toThrow(other);
    traveller.journey.close();
    const right = new Traveller();
    right.hear({ type: 'committed', height, hash });
    expect(right.look()).toBe(false);
    right.journey.close();
    // Also when it was fetched before the last start.
    expect(() => new Traveller(hashOf(1))).toThrow(other);
    new Traveller(hash).journey.close();
  });
});
