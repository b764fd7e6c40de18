/** What leaves by itself: bundles to all or some, pulls by turns; and whose silence is noticed (PROTOCOL 4.4, 4.5). */
import { describe, expect, it } from 'vitest';
import { dataOf, keyOf, skipCertificateOf, ticketOf } from './builders.ts';
import { Cluster, TestNode } from './cluster.ts';

const EQUAL = (members: number) => Array.from({ length: members }, () => 1);
const recipientsOf = (node: TestNode, type: 'bundle' | 'pull' | 'status' | 'join') =>
  node.of('send').flatMap(({ to, message }) => (message.type === type ? to : []));

describe('a new bundle', () => {
  it('goes to everybody among 16 members', () => {
    const cluster = Cluster.started(EQUAL(16));
    cluster.node(3).submit('one');
    expect(new Set(recipientsOf(cluster.node(3), 'bundle')).size).toBe(15);
  });

  it('goes to 8 others among 17, each once', () => {
    const cluster = Cluster.started(EQUAL(17));
    const node = cluster.node(3);
    cluster.loses = () => true;
    node.submit('one');
    const recipients = recipientsOf(node, 'bundle');
    expect(recipients).toHaveLength(8);
    expect(new Set(recipients).size).toBe(8);
    expect(recipients).not.toContain(node.key.text);
  });

  it('comes to all 17 before the proposal that cites it, so that nobody has to ask', () => {
    const cluster = Cluster.started(EQUAL(17));
    const leader = cluster.node(cluster.leader);
    const origin = cluster.node(cluster.leader === 0 ? 1 : 0);
    origin.submit('one');
    const { sealed } = origin.of('appendLane')[0]!;
    leader.receive(origin.key.text, { type: 'bundle', bytes: sealed.bytes });
    const pushed = recipientsOf(leader, 'bundle');
    expect(new Set(pushed).size).toBe(15);
    expect(pushed).not.toContain(origin.key.text);
    cluster.settle();
    expect(cluster.heights).toEqual(EQUAL(17).map(() => 2));
    expect(cluster.nodes.flatMap((node) => recipientsOf(node, 'pull'))).toEqual([]);
  });
});

describe('what a proposal cites and nobody brought', () => {
  const pulls = (node: TestNode) =>
    node.of('send').flatMap(({ to, message }) => (message.type === 'pull' ? [{ to: to[0]!, message }] : []));

  /** A leader with a proposal over its own lane of so many bundles, and a follower that has heard nothing of it. */
  const proposed = (bundles: number) => {
    const cluster = Cluster.started();
    const [leader, node] = [0, 1].map((step) => cluster.node((cluster.leader + step) % 4)) as [
      TestNode,
      TestNode,
    ];
    const perBundle = 20;
    const large = dataOf('x'.repeat(1_500));
    const submissions = Array.from({ length: bundles * perBundle }, (_, index) => ({
      type: 'submit' as const,
      transaction: { ident: `t${index}`, commands: [large] },
    }));
    leader.step(...submissions);
    const lane = leader.of('appendLane').map(({ sealed }) => sealed);
    expect(lane).toHaveLength(bundles);
    const { propose } = leader.said('propose')[0]!;
    node.look();
    return { cluster, leader, node, lane, propose };
  };

  it('is pulled at once from who brought the proposal, and then from the others by turns', () => {
    const { cluster, leader, node, lane, propose } = proposed(1);
    node.receive(leader.key.text, { type: 'propose', propose });
    expect(pulls(node).map(({ to }) => to)).toEqual([leader.key.text]);
    const { origin, seq } = lane[0]!.bundle;
    expect(pulls(node)[0]!.message.lanes).toEqual([{ origin, fromSeq: seq, tipDigest: lane[0]!.digest }]);

    // Whatever else happens, the same want is not said twice in a row.
    node.look();
    node.receive(leader.key.text, { type: 'propose', propose });
    expect(pulls(node)).toEqual([]);

    const asked = [leader.key.text];
    while (asked.length < 5) {
      node.look();
      node.nowMs += 10_000;
      node.step({ type: 'timer', timer: 'retransmit' });
      asked.push(...pulls(node).map(({ to }) => to));
    }
    const others = cluster.nodes.filter((each) => each !== node).map(({ key }) => key.text);
    expect(new Set(asked)).toEqual(new Set(others));
    // After the last it is the first one's turn again.
    expect(asked.slice(3)).toEqual(asked.slice(0, 2));
  });

  it('is asked for from the first bundle that is missing on', () => {
    const { leader, node, lane, propose } = proposed(2);
    node.receive(leader.key.text, { type: 'bundle', bytes: lane[0]!.bytes });
    node.receive(leader.key.text, { type: 'propose', propose });
    expect(pulls(node).map(({ message }) => message.lanes)).toMatchObject([
      [{ fromSeq: 2, tipDigest: lane[1]!.digest }],
    ]);
  });

  it('is not asked for any more once it has come', () => {
    const { leader, node, lane, propose } = proposed(1);
    node.receive(leader.key.text, { type: 'propose', propose });
    node.receive(leader.key.text, { type: 'bundle', bytes: lane[0]!.bytes });
    expect(node.said('vote')).toHaveLength(1);
    node.look();
    node.nowMs += 10_000;
    node.step({ type: 'timer', timer: 'retransmit' });
    expect(pulls(node)).toEqual([]);
  });
});

describe('a leader', () => {
  const FULL_MS = 400;
  const SHORT_MS = 50;

  /** A follower whose STATUS all got, and which those in `answering` answered. */
  const asked = (answering: (cluster: Cluster) => readonly number[]) => {
    const cluster = Cluster.started();
    const follower = cluster.node((cluster.leader + 1) % 4);
    for (const node of cluster.nodes) node.nowMs += 20_000;
    follower.step({ type: 'timer', timer: 'status' });
    const others = answering(cluster).map((index) => cluster.node(index));
    follower.nowMs += 10;
    for (const node of others) {
      node.step({ type: 'timer', timer: 'status' });
      const { message } = node.outbox.find(({ to }) => to === follower.key.text)!;
      follower.receive(node.key.text, message);
    }
    cluster.loses = () => true;
    return { cluster, follower, leader: cluster.node(cluster.leader) };
  };
  const followersOf = ({ leader }: Cluster) => [2, 3].map((step) => (leader + step) % 4);
  const viewTimeoutMs = (node: TestNode) => {
    node.look();
    node.submit('one');
    return node.of('setTimer').find(({ timer }) => timer === 'view')?.delayMs;
  };

  it('that left a STATUS unanswered for a second, while a quorum spoke, has a short view', () => {
    const { follower } = asked(followersOf);
    follower.nowMs += 1_001;
    expect(viewTimeoutMs(follower)).toBe(SHORT_MS);
  });

  it('has that second', () => {
    const { follower } = asked(followersOf);
    follower.nowMs += 900;
    expect(viewTimeoutMs(follower)).toBe(FULL_MS);
  });

  it('that answered is not suspected, and any word ends the suspicion', () => {
    const { follower } = asked((cluster) => [cluster.leader, ...followersOf(cluster)]);
    follower.nowMs += 1_001;
    expect(viewTimeoutMs(follower)).toBe(FULL_MS);
    const late = asked(followersOf);
    late.follower.nowMs += 1_001;
    late.follower.receive(late.leader.key.text, { type: 'syncRequest', fromHeight: 2, maxBytes: 0 });
    expect(viewTimeoutMs(late.follower)).toBe(FULL_MS);
  });

  it('is not suspected by who hears no quorum itself', () => {
    const { follower } = asked((cluster) => followersOf(cluster).slice(0, 1));
    follower.nowMs += 1_001;
    expect(viewTimeoutMs(follower)).toBe(FULL_MS);
  });

  it('without a session is suspected at once, and not any more once it has one', () => {
    const { follower, leader } = asked(followersOf);
    follower.step({ type: 'disconnected', peer: leader.key.text });
    expect(viewTimeoutMs(follower)).toBe(SHORT_MS);
    const back = asked(followersOf);
    back.follower.step({ type: 'disconnected', peer: back.leader.key.text });
    back.follower.step({ type: 'connected', peer: back.leader.key.text });
    expect(viewTimeoutMs(back.follower)).toBe(FULL_MS);
  });

  it('never suspects itself', () => {
    const cluster = Cluster.started();
    const leader = cluster.node(cluster.leader);
    leader.nowMs += 20_000;
    leader.step({ type: 'timer', timer: 'status' });
    leader.nowMs += 5_000;
    cluster.loses = () => true;
    expect(viewTimeoutMs(leader)).toBe(FULL_MS);
  });

  it('has its full time from the second turn on: suspicion shortens the first n views only', () => {
    const { cluster, follower, leader } = asked(followersOf);
    follower.step({ type: 'disconnected', peer: leader.key.text });
    follower.submit('one');
    follower.look();
    // By the others: what it had signed itself and does not know of would make it amnesic.
    const signers = [0, 1, 2, 3].filter((index) => index !== follower.consensus.round.facts.selfIndex);
    const certificate = skipCertificateOf(cluster.network, 3, -1, signers);
    const from = cluster.nodes.find((node) => node !== follower && node !== leader)!;
    follower.receive(from.key.text, { type: 'certificate', certificate, sealed: null, notarisation: null });
    expect(follower.consensus.round.view).toBe(4);
    const facts = follower.consensus.round.facts;
    expect(facts.leader(4)).toBe(facts.leader(0));
    expect(follower.of('setTimer').find(({ timer }) => timer === 'view')!.delayMs).toBeGreaterThan(FULL_MS);
  });
});

describe('a node that is no member', () => {
  it('asks one of its peers to sponsor it, again every second, until it is one', () => {
    const cluster = Cluster.started();
    const newcomer = new TestNode(cluster.network, keyOf(50));
    newcomer.step({ type: 'start' }, { type: 'join', application: null });
    expect(recipientsOf(newcomer, 'join')).toEqual([]);
    newcomer.step({ type: 'connected', peer: keyOf(0).text });
    expect(recipientsOf(newcomer, 'join')).toEqual([keyOf(0).text]);
    expect(newcomer.of('setTimer').at(-1)).toMatchObject({ timer: 'status', delayMs: 1000 });
    newcomer.look();
    newcomer.nowMs += 1000;
    newcomer.step({ type: 'timer', timer: 'status' });
    expect(recipientsOf(newcomer, 'join')).toEqual([keyOf(0).text]);
  });

  it('asks whoever gave it a ticket, when that is there, for a height that this one has', () => {
    const cluster = Cluster.started();
    const newcomer = new TestNode(cluster.network, keyOf(50));
    const ticket = ticketOf(cluster.network.chainId, keyOf(2));
    const application = { displayName: 'Ben', ticket, wantsGenesis: false };
    newcomer.step({ type: 'start' }, { type: 'join', application });
    for (const index of [0, 1, 2, 3]) newcomer.step({ type: 'connected', peer: keyOf(index).text });
    cluster.node(0).step({ type: 'connected', peer: newcomer.key.text }, { type: 'timer', timer: 'status' });
    const [status] = cluster.node(0).said('status');
    newcomer.receive(keyOf(2).text, { ...status!, height: 5001 });
    newcomer.look();
    newcomer.nowMs += 1000;
    newcomer.step({ type: 'timer', timer: 'status' });
    expect(recipientsOf(newcomer, 'join')).toEqual([keyOf(2).text]);
    expect(newcomer.said('join')).toMatchObject([{ application, join: { expiryHeight: 6000 } }]);
  });

  it('hears STATUS while it is connected', () => {
    const cluster = Cluster.started();
    const [node] = cluster.nodes as [TestNode];
    const stranger = keyOf(50).text;
    node.step({ type: 'connected', peer: stranger });
    node.look();
    node.step({ type: 'timer', timer: 'status' });
    expect(recipientsOf(node, 'status')).toContain(stranger);
    node.step({ type: 'disconnected', peer: stranger });
    node.look();
    node.step({ type: 'timer', timer: 'status' });
    expect(recipientsOf(node, 'status')).not.toContain(stranger);
  });
});
