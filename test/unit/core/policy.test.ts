import { describe, expect, it } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { Policy, type MembershipPolicy } from '../../../src-main/core/policy.ts';
import { verifyJoin } from '../../../src-main/core/signing.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { genesisState } from '../../../src-main/ledger/ledger.ts';
import type { LedgerMember, LedgerState } from '../../../src-main/ledger/state.ts';
import { crypto, hashOf, joinOf, keyOf, networkOf, statementBy } from './builders.ts';
import { Recorder } from './recording-context.ts';

const network = networkOf([1, 1, 1, 0]);
const { chainId } = network;

function policyOf(self: number, choices: Partial<MembershipPolicy> = {}) {
  const recorder = new Recorder(network, keyOf(self));
  const submitted: [string, readonly Command[]][] = [];
  let accepts = true;
  const waiting = new Set<string>();
  const policy = new Policy(
    { sponsor: 'automatic', raiseTo: 2, keepsFounder: false, announceReady: true, ...choices },
    {
      context: recorder.context,
      lane: {
        offer: (ident, commands) => {
          if (accepts) submitted.push([ident, commands]);
          if (accepts) waiting.add(ident);
          return accepts;
        },
        isWaiting: (ident) => waiting.has(ident),
      },
    },
  );
  return { policy, recorder, submitted, waiting, refuse: (refuses: boolean) => void (accepts = !refuses) };
}

function stateAt(height: number, changes: Readonly<Record<number, Partial<LedgerMember>>> = {}): LedgerState {
  const { state } = genesisState(network.genesis, chainId);
  // An observer of the genesis counts as raised; this one came later.
  Object.assign(state.members[3]!, { raised: false });
  for (const [id, change] of Object.entries(changes)) Object.assign(state.members[Number(id)]!, change);
  return Object.assign(state, { height });
}

describe('a wish to join', () => {
  const wish = joinOf(chainId, keyOf(9));

  it('is sponsored once, where the owner wants that', () => {
    const { policy, submitted } = policyOf(0);
    expect(policy.onJoin(wish, null, stateAt(5))).toBe(true);
    expect(policy.onJoin(wish, null, stateAt(6))).toBe(true);
    expect(submitted.map(([, commands]) => commands)).toEqual([[{ kind: 'addPeer', join: wish }]]);
  });

  it('is shown to the owner otherwise', () => {
    const { policy, submitted, recorder } = policyOf(0, { sponsor: 'ask' });
    policy.onJoin(wish, null, stateAt(5));
    policy.onJoin(wish, null, stateAt(5));
    expect(submitted).toEqual([]);
    const publicKey = keyOf(9).text;
    const shown = { type: 'joinRequested', publicKey, join: wish, application: null, obstacle: null };
    expect(recorder.of('joinRequested')).toEqual([shown, shown]);
  });

  it('is tried again when the lane was full', () => {
    const { policy, submitted, refuse } = policyOf(0);
    refuse(true);
    policy.onJoin(wish, null, stateAt(5));
    refuse(false);
    policy.onJoin(wish, null, stateAt(6));
    expect(submitted).toHaveLength(1);
  });

  it('waits where the ledger would refuse it, and is sponsored when it would not', () => {
    const { policy, submitted } = policyOf(0);
    const { sponsorIntervalHeights } = network.genesis.parameters;
    const before = { 0: { lastSponsoredAt: 5 } };
    // A newcomer that has not caught up yet takes the chain for shorter than it is.
    expect(policy.onJoin(joinOf(chainId, keyOf(9), 20), null, stateAt(20))).toBe(true);
    expect(policy.onJoin(wish, null, stateAt(4 + sponsorIntervalHeights - 1, before))).toBe(true);
    const sponsored = { sponsor: 0, raised: false };
    const full = stateAt(20, { 1: sponsored, 2: sponsored, 3: sponsored });
    full.members.push({ ...full.members[3]!, id: 4, publicKey: keyOf(4).publicKey });
    expect(policy.onJoin(wish, null, full)).toBe(true);
    expect(submitted).toEqual([]);
    policy.onJoin(wish, null, stateAt(4 + sponsorIntervalHeights, before));
    expect(submitted).toHaveLength(1);
  });

  it('is sponsored again when another newcomer was faster', () => {
    const { policy, submitted } = policyOf(0);
    policy.onJoin(wish, null, stateAt(5));
    policy.onJoin(wish, null, stateAt(30, { 0: { lastSponsoredAt: 6 } }));
    expect(submitted).toHaveLength(2);
  });

  it('is sponsored again when its key comes back', () => {
    const { policy, submitted } = policyOf(0);
    const observer = keyOf(3).publicKey;
    const state = stateAt(5);
    const without = { ...state, members: state.members.slice(0, 3) };
    policy.onJoin(joinOf(chainId, keyOf(3)), null, without);
    policy.onBlock(state, hashOf(1), true);
    policy.onJoin(joinOf(chainId, keyOf(3)), null, { ...without, height: 9 });
    expect(submitted.map(([, commands]) => commands)).toMatchObject([
      [{ kind: 'addPeer', join: { publicKey: observer } }],
      [{ kind: 'addPeer', join: { publicKey: observer } }],
    ]);
  });

  it('is refused when it is forged, and ignored of a member or by an observer', () => {
    const { policy, submitted } = policyOf(0);
    expect(policy.onJoin({ ...wish, expiryHeight: 5 }, null, stateAt(5))).toBe(false);
    expect(policy.onJoin(joinOf(chainId, keyOf(1)), null, stateAt(5))).toBe(true);
    expect(policyOf(3).policy.onJoin(wish, null, stateAt(5))).toBe(true);
    expect(submitted).toEqual([]);
  });

  it('of our own is signed and expires', () => {
    const join = policyOf(3).policy.ownJoin(50);
    expect(join.expiryHeight).toBe(1050);
    expect(verifyJoin(crypto, chainId, join)).toBe(true);
  });
});

describe('after a block', () => {
  const tip = hashOf(1);

  it('a ready observer is raised, and the vote said once while it waits', () => {
    const { policy, submitted } = policyOf(0);
    policy.onBlock(stateAt(20), tip, true);
    policy.onBlock(stateAt(20, { 3: { readyHeight: 3 } }), tip, true);
    expect(submitted).toEqual([]);
    for (const height of [20, 21]) policy.onBlock(stateAt(height, { 3: { readyHeight: 18 } }), tip, true);
    expect(submitted.map(([, commands]) => commands)).toEqual([
      [{ kind: 'modifyStake', publicKey: keyOf(3).publicKey, ident: 'raise-3', delta: 2 }],
    ]);
  });

  it('a vote is not said again once it is counted, and is when it was not', () => {
    const { policy, submitted, waiting } = policyOf(0);
    const ready = { 3: { readyHeight: 18 } };
    const vote = { remove: false, target: 3, delta: 2, ident: 'raise-3', openedAt: 19, voters: [0] };
    policy.onBlock(stateAt(19, ready), tip, true);
    waiting.clear();
    policy.onBlock(Object.assign(stateAt(20, ready), { stakeVotes: [vote] }), tip, true);
    policy.onBlock(Object.assign(stateAt(20, ready), { appliedVotes: [vote] }), tip, true);
    expect(submitted).toHaveLength(1);
    // It was one too many in that block.
    policy.onBlock(stateAt(21, ready), tip, true);
    expect(submitted).toHaveLength(2);
  });

  it('no more is voted for than may be open at a time, and the rest when there is room', () => {
    const { policy, submitted, waiting } = policyOf(0);
    const state = stateAt(20);
    const observer = { ...state.members[3]!, readyHeight: 18 };
    state.members = [
      ...state.members.slice(0, 3),
      ...Array.from({ length: 20 }, (_, id) => ({ ...observer, id: id + 3 })),
    ];
    policy.onBlock(state, tip, true);
    policy.onBlock(state, tip, true);
    expect(submitted).toHaveLength(8);
    waiting.clear();
    const applied = [3, 4, 5].map((target) => ({ target, ident: `raise-${target}` }));
    const counted = [6, 7, 8, 9, 10].map((target) => {
      return { remove: false, target, delta: 2, ident: `raise-${target}`, openedAt: 20, voters: [0] };
    });
    policy.onBlock(Object.assign(state, { appliedVotes: applied, stakeVotes: counted }), tip, true);
    const targets = submitted.map(([ident]) => Number(ident.split('-')[1]));
    expect(targets).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it.each([
    ['by hand only', { raiseTo: null }, {}],
    ['that was raised before', {}, { raised: true }],
    ['that leaves', {}, { leaving: true }],
  ])('an observer is not raised %s', (_, choices, member) => {
    const { policy, submitted } = policyOf(0, choices);
    policy.onBlock(stateAt(20, { 3: { readyHeight: 18, ...member } }), tip, true);
    expect(submitted).toEqual([]);
  });

  it('an observer that is level says so, again when that is old', () => {
    const { policy, submitted } = policyOf(3);
    policy.onBlock(stateAt(20), tip, false);
    expect(submitted).toEqual([]);
    policy.onBlock(stateAt(20), tip, true);
    policy.onBlock(stateAt(21, { 3: { readyHeight: 20 } }), tip, true);
    expect(submitted).toEqual([['ready-20', [{ kind: 'ready', height: 20, blockHash: tip }]]]);
    policy.onBlock(stateAt(40, { 3: { readyHeight: 20 } }), tip, true);
    expect(submitted).toHaveLength(2);
  });

  it('an observer that had stake says so only when somebody votes that it gets some again', () => {
    const { policy, submitted } = policyOf(3);
    const at = (delta: number, changes: Partial<LedgerMember> = {}): LedgerState => {
      const vote = { remove: false, target: 3, delta, ident: 'by-hand', openedAt: 20, voters: [0] };
      const stakeVotes = delta === 0 ? [] : [vote];
      return Object.assign(stateAt(20, { 3: { raised: true, ...changes } }), { stakeVotes });
    };
    for (const state of [at(0), at(-5), at(5, { leaving: true })]) policy.onBlock(state, tip, true);
    expect(submitted).toEqual([]);
    policy.onBlock(at(5), tip, true);
    expect(submitted).toEqual([['ready-20', [{ kind: 'ready', height: 20, blockHash: tip }]]]);
  });

  it('a demoted member that is level returns, once, unless only leading can bring it back', () => {
    const demoted = { demotedAt: 10, demotedUntil: 60 };
    const { policy, submitted } = policyOf(0);
    policy.onBlock(stateAt(20, { 0: { ...demoted, misses: 3 } }), tip, true);
    policy.onBlock(stateAt(20, { 0: { ...demoted, misses: 2 } }), tip, false);
    expect(submitted).toEqual([]);
    for (const height of [20, 21])
      policy.onBlock(stateAt(height, { 0: { ...demoted, misses: 2 } }), tip, true);
    expect(submitted.map(([ident]) => ident)).toEqual(['ready-20']);
  });
});

describe('evidence', () => {
  const [first, second] = [1, 2].map((byte) => statementBy(chainId, keyOf(1), 'vote', 7, 0, hashOf(byte)));

  it('is committed and shown once per key and height', () => {
    const { policy, submitted, recorder } = policyOf(0);
    for (let i = 0; i < 2; i++) policy.onEvidence(toText(first!.signer), first!, second!, stateAt(6));
    expect(submitted).toMatchObject([[expect.any(String), [{ kind: 'evidence', first, second }]]]);
    expect(recorder.of('evidence')).toEqual([
      { type: 'evidence', culprit: keyOf(1).text, height: 7, view: 0 },
    ]);
  });

  it('is offered again while the lane is full, until it would not count any more', () => {
    const { policy, submitted, refuse } = policyOf(0);
    refuse(true);
    policy.onEvidence(keyOf(1).text, first!, second!, stateAt(6));
    policy.onBlock(stateAt(7), hashOf(7), true);
    refuse(false);
    policy.onBlock(stateAt(8), hashOf(8), true);
    policy.onBlock(stateAt(9), hashOf(9), true);
    expect(submitted.map(([ident]) => ident.slice(0, 10))).toEqual(['evidence-7']);

    const late = policyOf(0);
    late.refuse(true);
    late.policy.onEvidence(keyOf(1).text, first!, second!, stateAt(6));
    late.refuse(false);
    late.policy.onBlock(stateAt(8, { 1: { punishedAt: 7 } }), hashOf(8), true);
    expect(late.submitted).toEqual([]);
  });

  it('against oneself or a stranger is nothing to say', () => {
    const { policy, submitted } = policyOf(1);
    policy.onEvidence(keyOf(1).text, first!, second!, stateAt(6));
    policy.onEvidence(keyOf(9).text, first!, second!, stateAt(6));
    expect(submitted).toEqual([]);
  });
});
