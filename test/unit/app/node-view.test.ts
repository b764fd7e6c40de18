import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { OpenNetwork } from '../../../src-main/app/contract/node.ts';
import { openNetworkView, phaseOf, reasonOf } from '../../../src-main/app/node-view.ts';
import { toText } from '../../../src-main/core/bytes.ts';
import type { LocalNetwork, LocalNode } from '../../../src-main/networks/types.ts';
import type { MemberView, NodeFacade, NodeSnapshot } from '../../../src-main/node/facade.ts';

const keys = [1, 2, 3, 4].map((byte) => toText(new Uint8Array(32).fill(byte)));
const [SELF = '', B = '', C = '', D = ''] = keys;

function member(publicKey: string, changes: Partial<MemberView> = {}): MemberView {
  const link = {
    publicKey,
    peerClass: 'member',
    connected: true,
    address: null,
    roundTripMs: 0.4,
    lastHeardAtMs: 900,
    bytesSent: 10,
    bytesReceived: 20,
    datagramsSent: 1,
    datagramsReceived: 2,
  } as const;
  const isSelf = publicKey === SELF;
  return {
    id: keys.indexOf(publicKey),
    publicKey,
    stake: 1,
    isSelf,
    link: isSelf ? null : link,
    lastSaid: isSelf ? null : { type: 'vote', height: 8, view: 0, atMs: 900 },
    tipHeight: isSelf ? null : 7,
    demotedUntil: null,
    evidence: null,
    laneFork: null,
    isReady: true,
    wasRaised: true,
    ...changes,
  };
}

function state(changes: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    phase: 'running',
    silence: null,
    resumeHeight: null,
    awaits: null,
    haltedBy: null,
    height: 7,
    tipHash: SELF,
    view: 0,
    busy: false,
    syncTarget: null,
    proving: null,
    members: keys.map((key) => member(key)),
    membership: 'member',
    votes: [],
    startedAtMs: 0,
    isVoting: true,
    links: 3,
    pendingBundles: 0,
    rejections: { 'too-large': 2, unknown: 1 },
    nowMs: 1000,
    ...changes,
  };
}

const local = (publicKey: string, changes: Partial<LocalNode> = {}): LocalNode => ({
  publicKey,
  name: `node ${keys.indexOf(publicKey) + 1}`,
  isOwn: publicKey === SELF,
  state: 'running',
  pid: 100,
  ports: { udp: 1, api: 2, feed: 3 },
  dataDir: '/x',
  tokenFile: '/x',
  logFile: '/x',
  failure: null,
  signing: null,
  ...changes,
});

function view(
  nodes: readonly LocalNode[],
  snapshot = state(),
  values: Readonly<Record<string, string>> = {},
  changes: object = {},
): OpenNetwork {
  const network = {
    id: D,
    name: 'Test',
    kind: 'local',
    nodes: () => nodes,
    own: () => null,
    ...changes,
  } as unknown as LocalNetwork;
  const reader = {
    tip: () => ({ height: 7 }),
    value: (key: string) => (values[key] === undefined ? undefined : { value: values[key], height: 6 }),
    block: () => undefined,
  };
  const vote = { kind: 'modifyStake', publicKey: new Uint8Array(32), ident: 'raise', delta: 1 };
  const waiting = [
    { ident: 'vote', commands: [vote], bundled: true },
    { ident: 'abc', commands: [{ kind: 'data', ns: 'diva:test', d: '' }], bundled: true },
  ];
  const node = { publicKey: SELF, chainId: D, reader, waiting: () => waiting } as unknown as NodeFacade;
  return openNetworkView(network, node, snapshot);
}

describe('the snapshot of an open network', () => {
  it('is what the contract says', () => {
    const shown = view(keys.map((key) => local(key)));
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.self).toEqual({
      publicKey: SELF,
      name: 'node 1',
      role: 'full',
      stake: 1,
      membership: 'member',
      removal: null,
    });
    expect(shown.margin).toMatchObject({ state: 'holds', membersToSpare: 1 });
    expect(shown.waiting).toEqual([
      { ident: 'abc', kind: 'data', ns: 'diva:test', commandCount: 1, bundled: true },
    ]);
    // The vote is the node's own affair.
    expect(shown.waitingCount).toBe(1);
    expect(shown.counters).toMatchObject({ rejectedInputs: 3, bytesSent: 30, bytesReceived: 60 });
    expect(shown.members[1]).toMatchObject({
      name: 'node 2',
      process: { state: 'running', pid: 100 },
      lastHeardMsAgo: 100,
      lastSaid: { kind: 'vote', height: 8, view: 0 },
      behindBy: 0,
    });
    expect(shown.members[0]).toMatchObject({ isSelf: true, process: null, connected: true, behindBy: 0 });
  });

  const signature = toText(new Uint8Array(64).fill(1));
  const commit = { kind: 'commit', height: 5, view: 1, hash: C, signature } as const;
  const skip = { kind: 'skip', height: 5, view: 2, hn: -1, signature } as const;
  const contradiction = { block: 6, first: commit, second: skip };

  it('says how far a chain that was taken the fast way is checked, or that it was left', () => {
    const proving = { proved: 3, to: 6 };
    const shown = view([], state({ proving }));
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.fastWay).toEqual({ state: 'proving', ...proving });
    expect(view([]).fastWay).toBeNull();
    const own = { kind: 'shared', nodes: () => [], own: () => null };
    const left = (hasDroppedFastWay: boolean) => view([], state(), {}, { ...own, hasDroppedFastWay });
    expect(left(true).fastWay).toEqual({ state: 'dropped', proved: 0, to: 0 });
    expect(left(false).fastWay).toBeNull();
  });

  it('shows what a member signed against the rules, whole', () => {
    const laneFork = { seq: 3, first: { digest: B, signature }, second: { digest: C, signature } };
    const liar = member(B, { evidence: contradiction, laneFork });
    const shown = view([local(SELF)], state({ members: [member(SELF), liar] }));
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.members[1]!.evidence).toEqual({
      block: 6,
      first: { ...commit, hn: null },
      second: { ...skip, hash: null },
    });
    expect(shown.members[1]!.laneFork).toEqual(laneFork);
  });

  it('calls members of other machines what they say, and marks who may pretend to be another one', () => {
    const name = (key: string) => `diva:name:member:${key}`;
    const values = { [name(B)]: 'Anna', [name(C)]: 'Аnna' };
    const shown = view([local(SELF)], state(), values);
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.members.map((one) => [one.name, one.looksLike])).toEqual([
      ['node 1', null],
      ['Anna', null],
      ['Аnna', B],
      [D.slice(0, 8), null],
    ]);
  });

  it('says how long a member is away, and whether the others can still lower its stake', () => {
    const gone = (heardAtMs: number | null) => ({
      link: { ...member(B).link!, connected: false, lastHeardAtMs: heardAtMs },
    });
    const nowMs = 700_000;
    const away = (others: readonly MemberView[]) => {
      const shown = view([], state({ nowMs, startedAtMs: 50_000, members: [member(SELF), ...others] }));
      expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
      return shown.members.map((one) => one.away);
    };
    const long = { sinceMs: 600_000, isLong: true, mayLower: true, membersToSpareWithout: 0 };
    expect(away([member(B, gone(100_000)), member(C), member(D)])).toEqual([null, long, null, null]);
    expect(away([member(B, gone(100_001)), member(C), member(D)])[1]).toMatchObject({ isLong: false });
    expect(away([member(B, gone(null)), member(C), member(D)])[1]).toMatchObject({ sinceMs: 650_000 });
    // With two of four away nobody can decide about either.
    expect(away([member(B, gone(0)), member(C, gone(0)), member(D)])[1]).toMatchObject({ mayLower: false });
    expect(away([member(B, { ...gone(0), stake: 0 }), member(C), member(D)])[1]).toMatchObject({
      isLong: false,
    });
  });

  it('offers what members may get by hand: a part while they are few, and no second vote for the same', () => {
    const raises = (members: readonly MemberView[], kind: OpenNetwork['kind'] = 'shared') => {
      const shown = view([], state({ members }), {}, { kind });
      expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
      return shown.members.map(({ raise }) => raise);
    };
    const founder = member(SELF, { stake: 10 });
    const observer = member(B, { stake: 0, wasRaised: false });
    expect(raises([founder, observer])).toEqual([null, { delta: 2, ident: 'raise-1' }]);
    expect(raises([founder, observer], 'local')).toEqual([null, null]);
    // Who had stake before: its first vote was counted already.
    expect(raises([founder, member(B, { stake: 0 })])[1]).toEqual({ delta: 2, ident: null });
    expect(raises([founder, member(B, { stake: 0, evidence: contradiction })])[1]).toBeNull();
    // Four with stake may lose one: everybody gets the same then.
    const [second, third] = [member(B, { stake: 2 }), member(C, { stake: 2 })];
    expect(raises([founder, second, third, member(D, { stake: 0, wasRaised: false })])).toEqual([
      ...[null, null, null],
      { delta: 10, ident: 'raise-3' },
    ]);
    expect(raises([founder, second, third, member(D, { stake: 10 })])).toEqual([
      null,
      { delta: 8, ident: 'equal-1' },
      { delta: 8, ident: 'equal-2' },
      null,
    ]);
  });

  it('shows what is voted about members', () => {
    const vote = {
      target: B,
      remove: false,
      delta: -1,
      ident: 'x',
      openedAt: 3,
      votedStake: 2,
      hasVoted: true,
    };
    const votes = [vote, { ...vote, delta: 1 }, { ...vote, remove: true, delta: 0 }];
    const shown = view([], state({ votes }));
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.votes.map(({ kind, totalStake }) => [kind, totalStake])).toEqual([
      ['lower', 4],
      ['raise', 4],
      ['remove', 4],
    ]);
  });

  it('says why this node is no member any more', () => {
    const left = { membership: 'left', members: [member(B), member(C)] } as const;
    const shown = view([], state(left), { [`lane:${SELF}`]: '1:x' });
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.self.removal).toEqual({ height: 6, by: 'vote', votedStake: 0, totalStake: 0 });
  });

  it('counts a process that has ended as gone, although its session still stands', () => {
    const shown = view([
      local(SELF),
      local(B),
      local(C, { state: 'killed' }),
      local(D, { state: 'stopped' }),
    ]);
    expect(shown.members.map(({ connected }) => connected)).toEqual([true, true, false, false]);
    expect(shown.margin).toMatchObject({ state: 'waits', missingMembers: 1 });
  });

  it('does not count the own stake while the own node signs nothing', () => {
    const shown = view(
      keys.map((key) => local(key)),
      state({ phase: 'silent', silence: 'amnesia' }),
    );
    expect(shown.margin).toMatchObject({ state: 'holds', membersToSpare: 0, connectedMembers: 3 });
  });

  it('says why another node of this machine signs nothing, and does not count its stake', () => {
    const forgot = { phase: 'running', silence: null, resumeHeight: 12, haltedBy: null } as const;
    const halted = { phase: 'halted', silence: 'halted', resumeHeight: null, haltedBy: 'disk full' } as const;
    const nodes = [local(SELF), local(B, { signing: forgot }), local(C, { signing: halted }), local(D)];
    const shown = view(nodes);
    expect(Value.Errors(OpenNetwork, shown)).toEqual([]);
    expect(shown.members.map(({ silence }) => silence?.code ?? null)).toEqual([
      null,
      'amnesia-ending',
      'node-halted',
      null,
    ]);
    expect(shown.margin).toMatchObject({ state: 'waits', connectedMembers: 2, missingMembers: 1 });
    // Gone with its process, and what it said with it.
    const gone = view([local(SELF), local(B, { signing: halted, state: 'killed' }), local(C), local(D)]);
    expect(gone.members[1]).toMatchObject({ connected: false, silence: null });
  });

  it('names members elsewhere by their key, and says how far behind they are', () => {
    const members = [
      member(SELF),
      member(B, { tipHeight: 3, stake: 0, lastSaid: null }),
      member(C, { tipHeight: null, link: null, lastSaid: null }),
    ];
    const shown = view([local(SELF)], state({ members }));
    expect(shown.members[1]).toMatchObject({
      name: B.slice(0, 8),
      role: 'observer',
      behindBy: 4,
      process: null,
    });
    expect(shown.members[2]).toMatchObject({ connected: false, behindBy: null, lastHeardMsAgo: null });
  });

  it.each([
    ['commit', 7, 0],
    ['certificate', 8, 0],
    ['vote', 8, 0],
    ['vote', 7, 1],
    ['status', 5, 3],
  ] as const)(
    'knows from a %s of height %i, newer than the last status, that a peer is %i behind',
    (type, height, behindBy) => {
      const lastSaid = { type, height, view: 0, atMs: 0 };
      const members = [member(SELF), member(B, { tipHeight: 3, lastSaid })];
      expect(view([local(SELF), local(B)], state({ members })).members[1]).toMatchObject({ behindBy });
    },
  );
});

describe('phase and reason', () => {
  it.each([
    [{}, 'running', null],
    [{ phase: 'starting', silence: 'starting' }, 'checking', null],
    [{ syncTarget: 90 }, 'catchingUp', null],
    [{ phase: 'silent', silence: 'amnesia' }, 'amnesia', 'amnesia'],
    [{ resumeHeight: 12 }, 'amnesia', 'amnesia-ending'],
    [{ resumeHeight: 12, syncTarget: 90 }, 'amnesia', 'amnesia-ending'],
    [{ phase: 'silent', silence: 'clone' }, 'clone', 'clone-detected'],
    [{ phase: 'halted', silence: 'halted', haltedBy: 'disk full' }, 'halted', 'node-halted'],
  ] as const)('of %j', (changes, phase, code) => {
    expect(phaseOf(state(changes))).toBe(phase);
    expect(reasonOf(state(changes))?.code ?? null).toBe(code);
  });
});
