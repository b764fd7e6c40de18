/** What comes out of the socket: before there is a session, within one, and the first message of a handshake. */
import { concatBytes } from '../../../src-main/core/bytes.ts';
import { peerBudgets } from '../../../src-main/network/budgets.ts';
import { Channel } from '../../../src-main/network/channel.ts';
import {
  decodeHandshake,
  encodeInit,
  macKeyOf,
  withCookie,
} from '../../../src-main/network/handshake-wire.ts';
import {
  InitiatorHandshake,
  makeIdentity,
  prologueOf,
  receiveHandshake,
} from '../../../src-main/network/noise.ts';
import { loopback } from '../../../src-main/network/profiles.ts';
import { decodeRecords, RecordWriter } from '../../../src-main/network/records.ts';
import {
  CHAIN_ID,
  keyPairOf,
  MemoryNetwork,
  patterned,
  seededRandom,
  VirtualClock,
  VirtualNode,
} from '../../unit/network/support.ts';
import { assert, type Target } from '../target.ts';

const A = '10.0.0.1:1';
const B = '10.0.0.2:1';
const STRANGER = '10.9.9.9:9';
const DATAGRAM_BYTES = 8 * 1024;

/** `life` tells the random numbers of one pair from those of another: what one said is a replay for the other. */
async function connected(life: number): Promise<{ network: MemoryNetwork; a: VirtualNode; b: VirtualNode }> {
  const network = new MemoryNetwork(new VirtualClock());
  const a = await VirtualNode.open(network, 1, A, { randomSeed: life });
  const b = await VirtualNode.open(network, 2, B, { randomSeed: life + 1 });
  a.knows(b);
  b.knows(a, []);
  network.clock.advance(100);
  return { network, a, b };
}

/** The first byte says from where (bit 0: a stranger) and whether the session is the one in use (bit 1). */
const datagram: Target = {
  name: 'datagram',
  maxBytes: DATAGRAM_BYTES + 1,
  testRuns: 200,
  seeds: async () => {
    const { network, a, b } = await connected(100);
    a.say(b, patterned(100));
    a.say(b, patterned(20_000));
    network.clock.advance(1_000);
    const heard = network.sent.filter(({ to }) => to === B).slice(0, 4);
    return [0, 1, 2, 3].flatMap((flags) =>
      heard.map(({ bytes }) => concatBytes(Uint8Array.of(flags), bytes)),
    );
  },
  run: async (input) => {
    const { network, a, b } = await connected(1);
    a.say(b, patterned(10));
    network.clock.advance(20);
    const flags = input[0] ?? 0;
    const bytes = Uint8Array.from(input.subarray(1));
    if ((flags & 2) !== 0) bytes.set(network.sent.at(-1)!.bytes.subarray(0, Math.min(4, bytes.length)));
    const sentBefore = network.sent.length;
    network.inject((flags & 1) === 0 ? A : STRANGER, B, bytes);
    network.clock.advance(20);
    const answers = network.sent.slice(sentBefore).filter(({ to }) => to === STRANGER);
    const answered = answers.reduce((sum, answer) => sum + answer.bytes.length, 0);
    assert(answered <= bytes.length, 'no more bytes to an unproved address than came from it');
    a.say(b, patterned(50));
    network.clock.advance(20);
    assert(
      b.messages.some(({ payload }) => payload.length === 50),
      'the session of a peer goes on',
    );
  },
};

function recordsOf(write: (writer: RecordWriter) => void): Uint8Array {
  const writer = new RecordWriter(new Uint8Array(DATAGRAM_BYTES), 0, DATAGRAM_BYTES);
  write(writer);
  return writer.bytes.slice(0, writer.length);
}

/** What a peer puts into its datagrams, with a large message of our own under way that it may ask for. */
const records: Target = {
  name: 'records',
  maxBytes: DATAGRAM_BYTES,
  testRuns: 1_000,
  seeds: () => [
    recordsOf((writer) => writer.message(patterned(40))),
    recordsOf((writer) => {
      const bytes = patterned(500);
      writer.fragment({ messageId: 1, index: 0, count: 3, totalBytes: 1_400, bytes: patterned(467) });
      writer.fragment({ messageId: 1, index: 2, count: 3, totalBytes: 1_400, bytes: patterned(466) });
      writer.fragment({ messageId: 2, index: 1, count: 2, totalBytes: 1_000, bytes });
    }),
    recordsOf((writer) => {
      writer.pull(1, Uint8Array.of(255));
      writer.ping(7);
      writer.pong(1);
      writer.close();
    }),
  ],
  run: (input) => {
    const output = {
      begin: () => new RecordWriter(new Uint8Array(DATAGRAM_BYTES), 0, DATAGRAM_BYTES),
      end: () => undefined,
    };
    const budget = peerBudgets.stranger;
    const channel = new Channel(
      { profile: loopback, budget },
      { nowMs: 0, firstMessageId: 1, output, reject: () => undefined },
    );
    channel.queue(patterned(40_000), 0);
    channel.flush(0);
    for (const record of decodeRecords(input) ?? []) channel.receive(record, 1);
    for (let nowMs = 10; nowMs < 2_000; nowMs += 200) channel.tick(nowMs);
  },
};

/** The fields of an INIT behind a valid mac, as an attacker who knows the network and the key would send it. */
const responder = makeIdentity(keyPairOf(2), seededRandom(2).bytes(8));
const prologue = prologueOf(CHAIN_ID);
const macKey = macKeyOf(responder.publicKey, prologue);
const firstMessage = new InitiatorHandshake({
  identity: makeIdentity(keyPairOf(1), seededRandom(1).bytes(8)),
  prologue,
  remoteCurveKey: responder.curve.publicKey,
  ephemeralSecret: seededRandom(9).bytes(32),
}).message;

const handshake: Target = {
  name: 'handshake',
  maxBytes: 1_024,
  testRuns: 500,
  seeds: () => [firstMessage, withCookie(encodeInit(7, firstMessage, macKey), new Uint8Array(16).fill(3))],
  run: (input) => {
    decodeHandshake(input, macKey);
    const ephemeralSecret = seededRandom(10).bytes(32);
    const received = receiveHandshake({ identity: responder, prologue, ephemeralSecret }, input);
    if (typeof received !== 'string') received.reply();
    if (input.length !== firstMessage.length) return;
    const init = decodeHandshake(encodeInit(7, input, macKey), macKey);
    assert(typeof init !== 'string', 'what is encoded is decoded');
  },
};

export const networkTargets: readonly Target[] = [datagram, records, handshake];
