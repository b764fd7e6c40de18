/**
 * The state machine as a whole: one block, silence, what is kept, who is believed (PROTOCOL sections 4.1, 4.4, 4.7).
 */
import { describe, expect, it } from 'vitest';
import { leaderOf } from '../../../src-main/core/quorum.ts';
import { instanceSigningBytes } from '../../../src-main/core/signing.ts';
import { bundleOf, certificateOf, dataOf, hashOf, keyOf, laneOf, voteOf } from './builders.ts';
import { statusOf } from './guarded.ts';
import { Cluster, newDisk, TestNode, type Letter } from './cluster.ts';

const isBallot = ({ message: { type } }: Letter) => type === 'vote' || type === 'commit';

describe('a transaction', () => {
  it.each([[[1]], [[1, 1, 1, 1]], [[3, 1, 1, 0]]])('becomes final on all nodes of stakes %j', (stakes) => {
    const cluster = Cluster.started(stakes);
    cluster.node(0).submit('one');
    cluster.settle();
    expect(cluster.heights).toEqual(stakes.map(() => 2));
    const hashes = cluster.nodes.map(({ consensus }) => consensus.tipHash);
    for (const hash of hashes) expect(hash).toEqual(hashes[0]);
    const [block] = cluster.node(0).of('commitBlock');
    expect(block!.block.transactions).toMatchObject([{ ident: 'one', results: [{ outcome: 'applied' }] }]);
  });

  it('of an observer too', () => {
    const cluster = Cluster.started([1, 1, 1, 1, 0]);
    cluster.node(4).submit('one');
    cluster.settle();
    expect(cluster.heights).toEqual([2, 2, 2, 2, 2]);
    expect(cluster.node(4).said('vote')).toEqual([]);
  });

  it('is refused with a reason, and publishes that', () => {
    const { nodes } = Cluster.started();
    nodes[0]!.step({ type: 'submit', transaction: { ident: 'a b', commands: [dataOf('x')] } });
    expect(nodes[0]!.of('refused')).toEqual([{ type: 'refused', ident: 'a b', reason: 'invalid' }]);
  });
});

describe('an idle node', () => {
  it('is silent but for its STATUS', () => {
    const cluster = Cluster.started();
    cluster.commit(3);
    for (const node of cluster.nodes) node.look();
    cluster.exchangeStatus();
    for (const node of cluster.nodes) {
      expect(node.of('send').every(({ message }) => message.type === 'status')).toBe(true);
      expect(node.consensus.round.isBusy()).toBe(false);
    }
  });

  it('is not woken by one liar: not by a VOTE, not by a SKIP', () => {
    const cluster = Cluster.started();
    const [node, liar] = [cluster.node(0), cluster.node(1).key];
    node.receive(liar.text, voteOf(cluster.network, 'vote', 1, 0, hashOf(1)));
    expect(node.consensus.round.isBusy()).toBe(false);
    expect(node.of('setTimer').filter(({ timer }) => timer === 'view')).toEqual([]);
  });

  it('has no view timer; a busy one has', () => {
    const cluster = Cluster.started();
    const follower = cluster.node((cluster.leader + 1) % 4);
    cluster.loses = () => true;
    follower.submit('one');
    expect(follower.of('setTimer').map(({ timer, delayMs }) => [timer, delayMs])).toContainEqual([
      'view',
      400,
    ]);
  });
});

describe('a view that leads nowhere', () => {
  it('ends with the timers of all, and the next leader proposes', () => {
    const cluster = Cluster.started();
    cluster.loses = ({ message }) => message.type === 'propose';
    cluster.node(0).submit('one');
    cluster.settle();
    expect(cluster.heights).toEqual([1, 1, 1, 1]);
    cluster.loses = () => false;
    for (const node of cluster.nodes) node.step({ type: 'timer', timer: 'view' });
    cluster.settle();
    const [block] = cluster.node(0).of('commitBlock');
    expect(block!.block.transactions).toMatchObject([{ ident: 'one' }]);
    expect(block!.block.certificate.view).toBe(1);
  });

  it('is not skipped by who slept: it asks first', () => {
    const cluster = Cluster.started();
    cluster.loses = isBallot;
    cluster.node(0).submit('one');
    cluster.settle();
    const sleeper = cluster.node(1);
    sleeper.look();
    sleeper.nowMs += 3_600_000;
    sleeper.step({ type: 'timer', timer: 'view' });
    expect(sleeper.said('skip')).toEqual([]);
    expect(sleeper.said('status')).toHaveLength(3);
    expect(sleeper.of('setTimer').map(({ timer }) => timer)).toContain('view');
  });
});

describe('a message of the next height', () => {
  it('is kept and counts when that height begins', () => {
    const cluster = Cluster.started();
    const leaders = [2, 3].map((height) => leaderOf(cluster.network.committee, height, 0, () => false).id);
    const late = cluster.nodes.find((_, index) => !leaders.includes(index))!;
    const index = cluster.nodes.indexOf(late);
    // Everything for this node waits, while the others decide two heights.
    const waiting: Letter[] = [];
    cluster.loses = (letter) => letter.to === late.key.text && waiting.push(letter) > 0;
    for (const ident of ['one', 'two']) {
      cluster.node(leaders[0]!).submit(ident);
      cluster.settle();
    }
    expect(cluster.heights).toEqual([0, 1, 2, 3].map((member) => (member === index ? 1 : 3)));
    const heightOf = ({ message }: Letter) =>
      message.type === 'vote' || message.type === 'commit' ? message.height : 0;
    const [early, rest] = [
      waiting.filter((l) => heightOf(l) === 3),
      waiting.filter((l) => heightOf(l) !== 3),
    ];
    for (const letter of [...early, ...rest]) late.receive(letter.from, letter.message);
    expect(late.height).toBe(3);
  });

  it('is kept for members only', () => {
    const cluster = Cluster.started();
    const node = cluster.node(0);
    const stranger = keyOf(50).text;
    node.step({ type: 'connected', peer: stranger });
    const certificate = certificateOf(cluster.network, 'C', 0, hashOf(1), [0, 1, 2], 3);
    node.receive(stranger, { type: 'certificate', certificate, sealed: null, notarisation: null });
    expect(node.rejections).toEqual(['stranger']);
  });

  it('of a far height asks its sender where it is', () => {
    const cluster = Cluster.started();
    const node = cluster.node(0);
    node.nowMs += 1000;
    node.look();
    node.receive(cluster.node(1).key.text, voteOf(cluster.network, 'vote', 1, 0, hashOf(1), 9));
    expect(node.said('status')).toHaveLength(1);
  });
});

describe('a bundle', () => {
  const setUp = () => {
    const cluster = Cluster.started();
    const [first] = laneOf(cluster.network.chainId, keyOf(2), 1);
    return { cluster, node: cluster.node(0), first: first! };
  };

  it('is taken from anybody when its origin signed it', () => {
    const { node, first, cluster } = setUp();
    node.receive(cluster.node(1).key.text, { type: 'bundle', bytes: first.bytes });
    expect(node.consensus.lanes.get(first.digest)).toEqual(first);
    expect(node.consensus.round.isBusy()).toBe(true);
  });

  it('is refused with a wrong signature, of a stranger, or as garbage', () => {
    const { node, first, cluster } = setUp();
    const from = cluster.node(1).key.text;
    const forged = first.bytes.slice();
    forged[0]! ^= 1;
    node.receive(from, { type: 'bundle', bytes: forged });
    const strange = bundleOf(cluster.network.chainId, keyOf(9), 1);
    node.receive(from, { type: 'bundle', bytes: strange.bytes });
    node.receive(from, { type: 'bundle', bytes: new Uint8Array(70) });
    expect(node.rejections).toEqual(['bundle-signature', 'bundle-not-a-member', 'bundle: malformed']);
    expect(node.consensus.lanes.size).toBe(0);
  });

  it('that forks its lane is published', () => {
    const { node, first, cluster } = setUp();
    const [other] = laneOf(cluster.network.chainId, keyOf(2), 1, 'other');
    for (const { bytes } of [first, other!]) node.receive(keyOf(2).text, { type: 'bundle', bytes });
    expect(node.of('laneFork')).toMatchObject([{ origin: keyOf(2).text, seq: 1 }]);
    expect(node.of('laneFork')[0]!.digests).toHaveLength(2);
  });
});

describe('a restarted node', () => {
  it('says nothing signed before it heard a quorum of the others', () => {
    const cluster = Cluster.started();
    cluster.commit(2);
    const node = cluster.restart(1);
    node.submit('early');
    expect(node.of('send')).toEqual([]);
    expect(node.of('accepted')).toEqual([{ type: 'accepted', ident: 'early' }]);
    cluster.connect();
    cluster.settle();
    expect(node.consensus.silence).toBeNull();
    expect(cluster.heights).toEqual([4, 4, 4, 4]);
  });

  it('with a chain but without its log is amnesic', () => {
    const cluster = Cluster.started();
    cluster.commit(2);
    cluster.node(1).disk.hasSafetyLog = false;
    expect(cluster.restart(1).consensus.silence).toBe('amnesia');
  });

  it('with a damaged log is amnesic', () => {
    const cluster = Cluster.started();
    const { disk } = cluster.node(1);
    disk.safety.set('2/vote/0', { height: 2, kind: 'vote', key: '0', bytes: new Uint8Array([2, 1]) });
    expect(cluster.restart(1).consensus.silence).toBe('amnesia');
  });

  it('notices a clone of itself in what a peer echoes', () => {
    const cluster = Cluster.started();
    const { network } = cluster;
    const node = cluster.node(0);
    const nonce = new Uint8Array(16).fill(77);
    const signature = node.key.signer.sign(instanceSigningBytes(network.chainId, nonce));
    cluster.node(1).step({ type: 'timer', timer: 'status' });
    const { message } = cluster.node(1).outbox.find(({ to }) => to === node.key.text)!;
    if (message.type !== 'status') throw new Error('not a status');
    // The peer has heard this start, and for longer than a message may be on its way.
    const { instance } = node.consensus.guard;
    node.receive(cluster.node(1).key.text, { ...message, echoes: [instance] });
    node.nowMs += 10_000;
    node.receive(cluster.node(1).key.text, { ...message, echoes: [{ nonce, signature }] });
    expect(node.consensus.silence).toBe('clone');
    node.look();
    node.submit('one');
    expect(node.of('send')).toEqual([]);
    node.step({ type: 'override', decision: 'clone' });
    expect(node.of('send')).toEqual([]);
    cluster.exchangeStatus();
    expect(node.consensus.silence).toBeNull();
    expect(node.said('bundle')).not.toEqual([]);
  });
});

describe('a restored backup', () => {
  it('learns its lane from the others, in whatever order its bundles come', () => {
    const cluster = Cluster.started();
    const { network } = cluster;
    const node = new TestNode(network, network.keys[0]!);
    node.step({ type: 'start' });
    for (const { text } of network.keys.slice(1)) node.receive(text, statusOf(2));
    expect(node.consensus.silence).toBeNull();
    const lane = laneOf(network.chainId, network.keys[0]!, 3);
    for (const index of [1, 2, 0]) node.receive(keyOf(1).text, { type: 'bundle', bytes: lane[index]!.bytes });
    expect(node.consensus.silence).toBe('amnesia');
    expect(node.consensus.ownLane.tipSeq).toBe(3);
    expect(node.of('appendLane').map(({ sealed }) => sealed.bundle.seq)).toEqual([1, 2, 3]);
    node.step({ type: 'override', decision: 'amnesia' });
    node.submit('next', dataOf('x'.repeat(6200)));
    const bundle = node.of('appendLane').at(-1)!.sealed.bundle;
    expect(bundle).toMatchObject({ seq: 4, prev: lane[2]!.digest });
  });

  it('learns of its start before, although all hear of the new one before it hears from anybody', () => {
    const cluster = Cluster.started();
    // It signed nothing of this, so that nothing of it shows what it forgot.
    cluster.away.add(0);
    cluster.node(cluster.leader === 1 ? 2 : 1).submit('one');
    cluster.settle();
    cluster.away.clear();
    for (const each of cluster.nodes) each.nowMs += 1000;
    const restored = cluster.restart(0, { disk: newDisk(cluster.network) });
    for (const { key } of cluster.nodes.slice(1)) restored.step({ type: 'connected', peer: key.text });
    cluster.settle();
    expect(restored.of('signing').map(({ silent }) => silent)[0]).toBe('amnesia');
    expect(restored.said('bundle')).toEqual([]);
  });

  it.each(['it speaks first', 'the others speak first'])(
    'learns of a start that was over before anybody knew that it had heard of the one before: %s',
    (first) => {
      const cluster = Cluster.started();
      const { key, disk } = cluster.node(0);
      const others = cluster.nodes.slice(1);
      const older = disk.copy();
      cluster.restart(0);
      // The others hear of this start, and nothing that shows what it has heard.
      cluster.loses = ({ from, message }) =>
        from === key.text && (message.type !== 'status' || message.echoes.length > 0);
      cluster.connect();
      cluster.settle();
      cluster.loses = () => false;
      for (const each of cluster.nodes) each.nowMs += 1000;
      const restored = cluster.restart(0, { disk: older, nonce: 200 });
      for (const other of others) {
        if (first === 'it speaks first') restored.step({ type: 'connected', peer: other.key.text });
        else other.step({ type: 'connected', peer: key.text });
      }
      cluster.settle();
      expect(restored.of('signing').map(({ silent }) => silent)[0]).toBe('amnesia');
    },
  );

  it('learns from blocks with own bundles that it lacks, where all else is as it left it', () => {
    const cluster = Cluster.started();
    const { key, disk } = cluster.node(0);
    const older = disk.copy();
    cluster.loses = ({ from, message }) => from === key.text && isBallot({ from, to: from, message });
    for (const ident of ['one', 'two', 'three']) {
      cluster.node(0).submit(ident);
      cluster.settle();
    }
    expect(cluster.heights).toEqual([4, 4, 4, 4]);
    for (const each of cluster.nodes) each.nowMs += 1000;
    // The same start as before, as far as the others can tell.
    const restored = cluster.restart(0, { disk: older, nonce: 1 });
    cluster.connect();
    cluster.settle();
    expect(restored.height).toBe(4);
    expect(restored.of('signing').map(({ silent }) => silent)).toContain('amnesia');
  });

  it('is told about a longer lane, though it has a part of it', () => {
    const cluster = Cluster.started();
    cluster.loses = ({ message }) => message.type !== 'bundle';
    const node = cluster.node(0);
    node.submit('one');
    const old = [...node.disk.lane];
    node.submit('two');
    cluster.settle();
    node.disk.lane = old;
    for (const each of cluster.nodes) each.nowMs += 1000;
    const restored = cluster.restart(0);
    cluster.loses = ({ message }) => message.type !== 'status';
    cluster.connect();
    cluster.settle();
    expect(restored.consensus.silence, 'the others state a bundle that it lacks').toBe('starting');
    for (const each of cluster.nodes) each.nowMs += 1000;
    cluster.loses = ({ message }) => message.type !== 'status' && message.type !== 'bundle';
    cluster.connect();
    cluster.settle();
    expect(restored.consensus.silence).toBe('amnesia');
    expect(restored.consensus.ownLane.tipSeq).toBe(2);
  });
});

describe('a disk that lost its newest records', () => {
  it.each(['vote', 'commit', 'skip'] as const)(
    'shows by the own %s, which the others hold and give back',
    (kind) => {
      const cluster = Cluster.started();
      const index = cluster.leader === 0 ? 1 : 0;
      const node = cluster.node(index);
      const loses = ({ from, message }: Letter) =>
        kind === 'skip' ? message.type === 'propose' : message.type === kind && from !== node.key.text;
      cluster.loses = loses;
      cluster.node(cluster.leader).submit('one');
      cluster.settle();
      if (kind === 'skip') node.step({ type: 'timer', timer: 'view' });
      cluster.settle();
      expect(node.said(kind)).toHaveLength(1);
      for (const [key, record] of node.disk.safety)
        if (record.kind === kind || record.kind === 'views') node.disk.safety.delete(key);
      for (const each of cluster.nodes) each.nowMs += 1000;
      const restarted = cluster.restart(index);
      cluster.loses = (letter) => letter.to !== node.key.text && loses(letter);
      cluster.connect();
      cluster.settle();
      expect(restarted.consensus.silence).toBe('amnesia');
      cluster.exchangeStatus();
      expect(restarted.consensus.silence).toBeNull();
      expect(restarted.consensus.guard.resumeHeight).toBeGreaterThan(3);
      expect(restarted.said(kind)).toEqual([]);
    },
  );
});

describe('a member that is told to join', () => {
  it('has nothing to ask for, and stays silent', () => {
    const cluster = Cluster.started();
    const node = cluster.node(0);
    node.step({ type: 'join', application: null });
    for (let i = 0; i < 3; i++) {
      node.nowMs += 10_000;
      node.step({ type: 'timer', timer: 'status' });
    }
    expect(node.said('join')).toEqual([]);
    const waits = node.of('setTimer').map(({ delayMs }) => delayMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(8000);
  });
});
