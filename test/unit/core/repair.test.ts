/** Loss, silence and catching up, between whole state machines (PROTOCOL sections 4.5 and 4.6). */
import { describe, expect, it, vi } from 'vitest';
import { concatBytes } from '../../../src-main/core/bytes.ts';
import { decodeCertificate, decodeHeader } from '../../../src-main/core/encoding.ts';
import type { Message, SyncBlock } from '../../../src-main/core/messages.ts';
import { crypto, dataOf, hashOf, transactionOf } from './builders.ts';
import { Cluster, type Letter, type TestNode } from './cluster.ts';

const kindOf = ({ message }: Letter) => message.type;
const typesTo = (node: TestNode, to: TestNode) =>
  node.of('send').flatMap((sent) => (sent.to.includes(to.key.text) ? [sent.message.type] : []));

/** Time for rate limits to pass, and nobody's old words in the way. */
function rested(cluster: Cluster): void {
  for (const node of cluster.nodes) {
    node.nowMs += 1000;
    node.look();
  }
}

function statusBetween(from: TestNode, to: TestNode): Message & { type: 'status' } {
  from.step({ type: 'timer', timer: 'status' });
  const letter = from.outbox.find((each) => each.to === to.key.text && each.message.type === 'status')!;
  from.outbox = [];
  return letter.message as Message & { type: 'status' };
}

describe('what was lost', () => {
  it.each(['bundle', 'propose', 'vote', 'commit'] as const)('comes back by STATUS: every %s', (type) => {
    const cluster = Cluster.started();
    cluster.loses = (letter) => kindOf(letter) === type;
    cluster.node(0).submit('one');
    cluster.settle();
    expect(Math.min(...cluster.heights)).toBe(1);
    cluster.loses = () => false;
    for (let round = 0; round < 3; round++) cluster.exchangeStatus(1000);
    expect(Math.min(...cluster.heights)).toBeGreaterThanOrEqual(2);
  });

  it('is the whole block for one member: a C, its header and its bundles', () => {
    const cluster = Cluster.started();
    const { leader } = cluster;
    const away = (leader + 1) % 4;
    cluster.away.add(away);
    cluster.node(leader).submit('one');
    cluster.settle();
    cluster.away.clear();
    cluster.exchangeStatus();
    expect(cluster.heights).toEqual([2, 2, 2, 2]);
  });
});

describe('a STATUS', () => {
  const busy = () => {
    const cluster = Cluster.started();
    cluster.loses = ({ message: { type } }) => type !== 'bundle' && type !== 'propose';
    cluster.node(0).submit('one');
    cluster.settle();
    rested(cluster);
    return cluster;
  };

  it('draws the ballots that its sender lacks', () => {
    const cluster = busy();
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    const status = statusBetween(asker, holder);
    holder.receive(asker.key.text, status);
    expect(typesTo(holder, asker)).toContain('vote');
  });

  it('draws nothing that its sender has', () => {
    const cluster = Cluster.started();
    rested(cluster);
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    holder.receive(asker.key.text, statusBetween(asker, holder));
    expect(holder.of('send')).toEqual([]);
  });

  it('is answered once per half T_rtx, and the same object ever less often', () => {
    const cluster = busy();
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    const status = statusBetween(asker, holder);
    const votesAfter = (waitMs: number) => {
      holder.look();
      holder.nowMs += waitMs;
      holder.receive(asker.key.text, status);
      return holder.said('vote').length;
    };
    expect([0, 11, 14, 25, 25, 25].map(votesAfter)).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it('draws 64 KiB, and the rest at the next one', () => {
    const cluster = Cluster.started();
    cluster.loses = () => true;
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    const value = dataOf('x'.repeat(7500));
    for (let i = 0; i < 4; i++) holder.submit(`large-${i}`, value, value, value, value);
    cluster.settle();
    rested(cluster);
    const sentAfter = (waitMs: number) => {
      holder.look();
      holder.nowMs += waitMs;
      asker.nowMs += 1000;
      holder.receive(asker.key.text, statusBetween(asker, holder));
      const sent = holder.said('bundle');
      for (const message of sent) asker.receive(holder.key.text, message);
      return sent.length;
    };
    expect([0, 13, 13].map(sentAfter)).toEqual([2, 2, 0]);
  });

  it('that shows more than we have makes us say what we have', () => {
    const cluster = Cluster.started();
    rested(cluster);
    const [node, peer] = [cluster.node(0), cluster.node(1)];
    const status = statusBetween(peer, node);
    const shows = (change: Partial<typeof status>) => {
      node.look();
      node.nowMs += 1000;
      node.receive(peer.key.text, { ...status, ...change });
      return node.said('status').length;
    };
    const tip = { origin: 2, seq: 1, digest: hashOf(1) };
    expect(shows({})).toBe(0);
    expect(shows({ view: 3 })).toBe(1);
    expect(shows({ highNotarisedView: 0 })).toBe(1);
    expect(shows({ hasHeader: true })).toBe(1);
    expect(shows({ laneTips: [tip] })).toBe(1);
    expect(shows({ votes: new Uint8Array(16).fill(1) })).toBe(1);
    expect(shows({ height: 3 })).toBe(1);
  });
});

describe('a PULL', () => {
  it('draws bundles by lane and header by hash, held or final', () => {
    const cluster = Cluster.started();
    cluster.commit(2);
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    const [bundle] = holder.of('commitBlock').at(-1)!.block.bundles;
    rested(cluster);
    const { origin, seq } = bundle!.bundle;
    const pull: Message = { type: 'pull', headers: [holder.disk.tip.hash], lanes: [] };
    holder.receive(asker.key.text, pull);
    expect(holder.said('certificate')).toMatchObject([{ certificate: { kind: 'C' } }]);
    holder.look();
    const lanes = [{ origin, fromSeq: seq, tipDigest: bundle!.digest }];
    holder.receive(asker.key.text, { ...pull, headers: [], lanes });
    expect(holder.said('bundle')).toEqual([{ type: 'bundle', bytes: bundle!.bytes }]);
  });

  it('of what nobody has draws nothing', () => {
    const { nodes } = Cluster.started();
    nodes[0]!.receive(nodes[1]!.key.text, {
      type: 'pull',
      headers: [hashOf(2)],
      lanes: [{ origin: nodes[1]!.key.publicKey, fromSeq: 1, tipDigest: hashOf(1) }],
    });
    expect(nodes[0]!.of('send')).toEqual([]);
  });

  it('draws no more than 256 KiB, and looks nothing up beyond', () => {
    const cluster = Cluster.started();
    const large = dataOf('x'.repeat(8000));
    cluster.node(0).step({ type: 'submit', transaction: transactionOf('large', large, large, large) });
    cluster.settle();
    const [asker, holder] = [cluster.node(0), cluster.node(1)];
    const [bundle] = holder.of('commitBlock')[0]!.block.bundles;
    const range = { origin: bundle!.bundle.origin, fromSeq: 1, tipDigest: bundle!.digest };
    const lookups = vi.spyOn(holder.consensus.context.archive, 'bundle');
    holder.look();
    holder.receive(asker.key.text, { type: 'pull', headers: [], lanes: Array(100).fill(range) });
    const most = Math.floor((256 * 1024) / bundle!.bytes.length);
    expect(holder.said('bundle')).toHaveLength(most);
    expect(lookups).toHaveBeenCalledTimes(most + 1);
  });
});

describe('catching up', () => {
  /** A cluster whose node `late` missed `count` blocks. */
  const behind = (count: number) => {
    const cluster = Cluster.started([1, 1, 1, 1, 0]);
    cluster.away.add(4);
    cluster.commit(count);
    cluster.away.clear();
    rested(cluster);
    return { cluster, late: cluster.node(4) };
  };

  it('brings every block, over many ranges', () => {
    const { cluster, late } = behind(150);
    cluster.exchangeStatus();
    cluster.exchangeStatus();
    expect(late.height).toBe(cluster.node(0).height);
    expect(late.consensus.tipHash).toEqual(cluster.node(0).consensus.tipHash);
    expect(late.consensus.state).toEqual(cluster.node(0).consensus.state);
    expect(late.consensus.syncTarget).toBeNull();
  });

  /** The late node hears the STATUS of so many others, and then of one more that shows it a C with its header. */
  const hearing = (missed: number, tellers: readonly number[]) => {
    const { cluster, late } = behind(missed);
    for (const index of tellers) {
      const status = statusBetween(cluster.node(index), late);
      late.receive(cluster.node(index).key.text, status);
    }
    expect(late.said('syncRequest')).not.toEqual([]);
    const block = cluster.node(0).disk.blocks.get(2)!;
    const certificate = decodeCertificate(block.certificateBytes);
    const sealed = decodeHeader(block.headerBytes, crypto);
    late.receive(cluster.node(0).key.text, { type: 'certificate', certificate, sealed, notarisation: null });
    return { cluster, late };
  };

  it('asks for no parts of a block while more than 64 behind and a range is on its way', () => {
    const { cluster, late } = hearing(70, [0, 1]);
    expect(late.said('pull')).toEqual([]);
    late.nowMs += 100;
    late.step({ type: 'timer', timer: 'retransmit' });
    expect(late.said('pull')).toEqual([]);
    cluster.settle();
    cluster.exchangeStatus();
    expect(late.height).toBe(cluster.node(0).height);
  });

  it('asks for them when less is missing, when one liar says so, and when no range comes', () => {
    expect(hearing(40, [0, 1]).late.said('pull')).toHaveLength(1);
    expect(hearing(70, [0]).late.said('pull')).toHaveLength(1);
    const { late } = hearing(70, [0, 1]);
    // Neither of the two that state to have it answers.
    for (let i = 0; i < 2; i++) {
      expect(late.said('pull')).toEqual([]);
      late.nowMs += 2000;
      late.step({ type: 'timer', timer: 'retransmit' });
    }
    expect(late.said('pull')).toHaveLength(1);
  });

  it('takes what is larger than an answer by pulling its bundles', () => {
    const cluster = Cluster.started([1, 1, 1, 1, 0]);
    cluster.away.add(4);
    const large = Array.from({ length: 6 }, () => dataOf('x'.repeat(5000)));
    for (let i = 0; i < 4; i++)
      for (let member = 0; member < 4; member++)
        cluster
          .node(member)
          .step({ type: 'submit', transaction: transactionOf(`l${i}-${member}`, ...large) });
    cluster.settle();
    cluster.commit(2);
    cluster.away.clear();
    rested(cluster);
    for (let i = 0; i < 8; i++) cluster.exchangeStatus();
    expect(cluster.node(4).height).toBe(cluster.node(0).height);
  });

  const lies: readonly (readonly [string, (block: SyncBlock) => SyncBlock])[] = [
    ['a wrong body', (block) => ({ ...block, bundles: [new Uint8Array(100)] })],
    [
      'a bundle that its origin did not sign',
      (block) => ({ ...block, bundles: block.bundles.map(resigned) }),
    ],
    [
      'another certificate',
      (block) => ({ ...block, certificate: { ...block.certificate, signers: [0, 1, 3] } }),
    ],
    ['a notarisation', (block) => ({ ...block, certificate: { ...block.certificate, kind: 'N' } })],
    ['too few signers', (block) => ({ ...block, certificate: firstTwo(block.certificate) })],
  ];
  it.each(lies)('from a liar with %s is refused, and another peer asked', (_, lie) => {
    const { cluster, late } = behind(5);
    const liar = cluster.node(0).key.text;
    cluster.loses = (letter) => {
      if (letter.from !== liar || letter.message.type !== 'syncResponse') return false;
      const blocks = letter.message.blocks.map(lie);
      late.receive(liar, { type: 'syncResponse', blocks });
      return true;
    };
    cluster.exchangeStatus();
    expect(late.rejections).toContain('sync-block');
    for (let i = 0; i < 3; i++) cluster.exchangeStatus();
    expect(late.height).toBe(cluster.node(0).height);
    for (const [text, { bytes }] of late.disk.bundles)
      expect(bytes).toEqual(cluster.node(1).disk.bundles.get(text)!.bytes);
  });

  it('is not begun by an answer that nobody asked for', () => {
    const { cluster, late } = behind(3);
    late.receive(cluster.node(0).key.text, { type: 'syncResponse', blocks: [] });
    expect(late.rejections).toEqual(['unasked']);
  });
});

/** The bundle with a signature that is not its origin's, under the same digest. */
const resigned = (bytes: Uint8Array) => concatBytes(new Uint8Array(64).fill(1), bytes.subarray(64));

function firstTwo(certificate: SyncBlock['certificate']): SyncBlock['certificate'] {
  const { signers, signatures } = certificate;
  return { ...certificate, signers: signers.slice(0, 2), signatures: signatures.slice(0, 2) };
}
