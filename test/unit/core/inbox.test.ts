/** ADDRESS and JOIN as they come in: what is believed, what is refused, and that neither is written down. */
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src-main/core/encoding.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { AddressRecord, Message } from '../../../src-main/core/messages.ts';
import { addressSigningBytes } from '../../../src-main/core/signing.ts';
import type { Hash, Join, Ticket } from '../../../src-main/core/types.ts';
import { crypto, hashOf, joinOf, keyOf, networkOf, ticketOf, type TestKey } from './builders.ts';
import { statusOf } from './guarded.ts';
import { TestNode } from './cluster.ts';

const network = networkOf([1, 1, 1, 0]);
const { chainId } = network;
const AUTOMATIC = { sponsor: 'automatic', raiseTo: null, keepsFounder: false, announceReady: false } as const;
const ASK = { ...AUTOMATIC, sponsor: 'ask' } as const;

/** A started node that signs. */
function nodeOf(index = 0, policy: typeof AUTOMATIC | typeof ASK = AUTOMATIC): TestNode {
  const node = new TestNode(network, network.keys[index]!, { policy });
  node.step({ type: 'start' });
  for (const { text } of network.keys) if (text !== node.key.text) node.receive(text, statusOf(2));
  node.look();
  return node;
}

const DURABLE = ['persistSafety', 'persistNode', 'appendLane', 'enqueue', 'dequeue', 'commitBlock'] as const;
const writesOf = (node: TestNode) => DURABLE.flatMap((type) => node.of(type));

describe('an ADDRESS', () => {
  const addressOf = (key: TestKey, sequence = 1, hints = ['10.0.0.1:4000'], chain: Hash = chainId) => {
    const fields = { publicKey: key.publicKey, sequence, addressHints: hints };
    return { ...fields, signature: key.signer.sign(addressSigningBytes(chain, fields)) };
  };
  const send = (node: TestNode, record: AddressRecord, from = keyOf(1)) =>
    node.receive(from.text, { type: 'address', record });

  it('is published, whoever brings it, and nothing is written', () => {
    const node = nodeOf();
    const record = addressOf(keyOf(2));
    send(node, record);
    expect(node.of('address')).toEqual([{ type: 'address', record, from: keyOf(1).text }]);
    expect(node.rejections).toEqual([]);
    expect(writesOf(node)).toEqual([]);
  });

  it('that is replayed says nothing new: its number is left to whoever keeps the newest', () => {
    const node = nodeOf();
    send(node, addressOf(keyOf(2), 7));
    send(node, addressOf(keyOf(2), 7));
    send(node, addressOf(keyOf(2), 3));
    expect(node.of('address').map(({ record }) => record.sequence)).toEqual([7, 7, 3]);
    expect(writesOf(node)).toEqual([]);
    expect(node.of('send')).toEqual([]);
  });

  const valid = addressOf(keyOf(2), 5);
  it.each<readonly [string, AddressRecord]>([
    ['another signature', { ...valid, signature: new Uint8Array(64) }],
    ['the key of somebody else', { ...valid, publicKey: keyOf(3).publicKey }],
    ['a higher number', { ...valid, sequence: 6 }],
    ['another host', { ...valid, addressHints: ['10.0.0.2:4000'] }],
    ['fewer hosts', { ...valid, addressHints: [] }],
    ['two hosts made of one', { ...valid, addressHints: ['10.0.0.1', ':4000'] }],
    ['the signature for another chain', addressOf(keyOf(2), 5, ['10.0.0.1:4000'], hashOf(1))],
  ])('with %s is refused', (_, record) => {
    const node = nodeOf();
    send(node, record);
    expect(node.rejections).toEqual(['address-signature']);
    expect(node.of('address')).toEqual([]);
  });

  it.each([
    ['more than 8 hosts', Array.from({ length: 9 }, (_, index) => `10.0.0.${index}:4000`)],
    ['a host of more than 256 bytes', ['x'.repeat(257)]],
  ])('with %s is no message', (_, hints) => {
    const bytes = encodeMessage({ type: 'address', record: addressOf(keyOf(2), 1, hints) });
    expect(() => decodeMessage(bytes, crypto)).toThrow(DecodeError);
  });

  it('with all the room it has is one', () => {
    const record = addressOf(
      keyOf(2),
      2 ** 32 - 1,
      Array.from({ length: 8 }, () => 'x'.repeat(256)),
    );
    const message: Message = { type: 'address', record };
    expect(decodeMessage(encodeMessage(message), crypto)).toEqual(message);
  });
});

describe('a JOIN', () => {
  const newcomer = keyOf(20);
  const ask = (node: TestNode, join = joinOf(chainId, newcomer), from = newcomer) =>
    node.receive(from.text, { type: 'join', join, application: null });
  const sponsored = (node: TestNode) =>
    node
      .of('appendLane')
      .flatMap(({ sealed }) => sealed.bundle.transactions.flatMap(({ commands }) => commands));

  it('is sponsored in a bundle of the own lane, once', () => {
    const node = nodeOf();
    ask(node);
    ask(node);
    expect(sponsored(node)).toEqual([{ kind: 'addPeer', join: joinOf(chainId, newcomer) }]);
    expect(node.rejections).toEqual([]);
  });

  it('is shown to an owner who wants to be asked, each time, and nothing is written', () => {
    const node = nodeOf(0, ASK);
    ask(node);
    ask(node);
    const join = joinOf(chainId, newcomer);
    const shown = {
      type: 'joinRequested',
      publicKey: newcomer.text,
      join,
      application: null,
      obstacle: null,
    };
    expect(node.of('joinRequested')).toEqual([shown, shown]);
    expect(writesOf(node)).toEqual([]);
  });

  it('is refused of anybody but the joiner itself: replayed, it is worth nothing', () => {
    const node = nodeOf();
    ask(node, joinOf(chainId, newcomer), keyOf(1));
    ask(node, joinOf(chainId, newcomer), keyOf(21));
    expect(node.rejections).toEqual(['join-signature', 'join-signature']);
    expect(writesOf(node)).toEqual([]);
  });

  const wish = joinOf(chainId, newcomer);
  it.each([
    ['another signature', { ...wish, signature: new Uint8Array(64) }],
    ['a later expiry than was signed', { ...wish, expiryHeight: wish.expiryHeight + 1 }],
    ['the signature for another chain', joinOf(hashOf(1), newcomer)],
  ])('with %s is refused', (_, join) => {
    const node = nodeOf();
    ask(node, join);
    expect(node.rejections).toEqual(['join-signature']);
    expect(writesOf(node)).toEqual([]);
  });

  it.each([
    ['that has expired', 0, joinOf(chainId, newcomer, 1), newcomer],
    ['of a member', 0, joinOf(chainId, keyOf(1)), keyOf(1)],
    ['at a node without stake', 3, wish, newcomer],
  ])('%s is left alone', (_, at, join, from) => {
    const node = nodeOf(at);
    ask(node, join, from);
    expect(writesOf(node)).toEqual([]);
    expect(node.of('joinRequested')).toEqual([]);
    expect(node.rejections).toEqual([]);
  });

  it('that expired is followed by a better one, when the joiner knows the height', () => {
    const node = nodeOf();
    ask(node, joinOf(chainId, newcomer, 1));
    ask(node, joinOf(chainId, newcomer, 2));
    expect(sponsored(node)).toHaveLength(1);
  });

  it('says what stands in the way to an owner who is asked', () => {
    const obstacleOf = (at: number, join: Join, from = newcomer) => {
      const node = nodeOf(at, ASK);
      ask(node, join, from);
      return node.of('joinRequested').map(({ obstacle }) => obstacle);
    };
    expect(obstacleOf(0, joinOf(chainId, newcomer, 1))).toEqual(['join-expired']);
    expect(obstacleOf(0, joinOf(chainId, keyOf(1)), keyOf(1))).toEqual(['is-member']);
    expect(obstacleOf(3, wish)).toEqual(['no-stake']);
  });

  it('with the ticket of somebody is shown, with a forged one refused', () => {
    const ticket = ticketOf(chainId, keyOf(0));
    const wishWith = (shown: Ticket): Message => ({
      type: 'join',
      join: wish,
      application: { displayName: 'Ben', ticket: shown, wantsGenesis: false },
    });
    const node = nodeOf(0, ASK);
    node.receive(newcomer.text, wishWith(ticket));
    expect(node.of('joinRequested')).toMatchObject([{ application: { displayName: 'Ben', ticket } }]);
    node.receive(newcomer.text, wishWith({ ...ticket, expiryHeight: ticket.expiryHeight + 1 }));
    expect(node.of('joinRequested')).toHaveLength(1);
    expect(node.rejections).toEqual(['join-signature']);
  });

  it('is answered when the owner has decided, after what that writes', () => {
    const node = nodeOf(0, ASK);
    ask(node);
    const admission = {
      decision: 'accepted',
      reason: 'none',
      height: 1,
      raises: true,
      genesis: new Uint8Array(0),
    } as const;
    const { answers } = node.consensus.peers.get(newcomer.text)!;
    answers.left = 5000;
    node.step({ type: 'answerJoin', to: newcomer.text, admit: wish, admission });
    expect(sponsored(node)).toEqual([{ kind: 'addPeer', join: wish }]);
    expect(node.said('admission')).toEqual([{ type: 'admission', admission }]);
    node.step({
      type: 'answerJoin',
      to: newcomer.text,
      admit: null,
      admission: { ...admission, genesis: new Uint8Array(1000) },
    });
    expect(sponsored(node)).toHaveLength(1);
    expect(node.consensus.peers.get(newcomer.text)!.answers.left).toBe(4000);
  });

  it('answer means something to who asked, and to nobody else', () => {
    const admission = {
      decision: 'waiting',
      reason: 'owner',
      height: 1,
      raises: true,
      genesis: new Uint8Array(0),
    } as const;
    const member = nodeOf();
    member.receive(keyOf(1).text, { type: 'admission', admission });
    expect(member.rejections).toEqual(['unasked']);
    const stranger = new TestNode(network, newcomer);
    stranger.step({ type: 'join', application: null });
    stranger.receive(keyOf(1).text, { type: 'admission', admission });
    expect(stranger.of('admission')).toEqual([{ type: 'admission', from: keyOf(1).text, admission }]);
  });

  it('with a byte too many, or too few, is no message', () => {
    const bytes = encodeMessage({ type: 'join', join: wish, application: null });
    expect(() => decodeMessage(new Uint8Array([...bytes, 0]), crypto)).toThrow(DecodeError);
    expect(() => decodeMessage(bytes.subarray(0, -1), crypto)).toThrow(DecodeError);
  });

  it('of the 65th stranger is not heard', () => {
    const node = nodeOf(0, ASK);
    for (let index = 0; index < 65; index++)
      ask(node, joinOf(chainId, keyOf(100 + index)), keyOf(100 + index));
    expect(node.of('joinRequested')).toHaveLength(64);
    expect(node.rejections).toEqual(['stranger-limit']);
  });
});

describe('a message under the own key', () => {
  it('is refused, whatever it is: nobody has a session with itself', () => {
    const node = nodeOf();
    node.receive(node.key.text, { type: 'join', join: joinOf(chainId, node.key), application: null });
    expect(node.rejections).toEqual(['stranger-limit']);
  });
});
