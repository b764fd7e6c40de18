/**
 * The state machine, fed with letters of a member: each two bytes of length, then an encoded message. `core` checks
 * signatures; `core-believing` takes every signature for valid, so that what lies behind them is reached as well.
 */
import { concatBytes } from '../../../src-main/core/bytes.ts';
import { Consensus } from '../../../src-main/core/consensus.ts';
import { InvariantError } from '../../../src-main/core/context.ts';
import type { Crypto } from '../../../src-main/core/crypto.ts';
import type { DurableEffect, Effect } from '../../../src-main/core/effects.ts';
import { DecodeError } from '../../../src-main/core/encoding.ts';
import type { CoreEvent } from '../../../src-main/core/events.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { SimulatedStore } from '../../sim/disk.ts';
import { crypto, headerOf, networkOf, skipOf, voteOf } from '../../unit/core/builders.ts';
import { Cluster, newDisk } from '../../unit/core/cluster.ts';
import { accepts, type Target } from '../target.ts';
import { messageSeeds } from './parts.ts';

const network = networkOf([1, 1, 1, 1]);
const [self, ...others] = network.keys;
const DURABLE = new Set(['persistSafety', 'persistNode', 'appendLane', 'enqueue', 'dequeue', 'commitBlock']);
const MOST_LETTERS = 32;

function startedNode(believing: boolean): (event: CoreEvent) => readonly Effect[] {
  const checks: Crypto = believing ? { ...crypto, verify: () => true } : crypto;
  const disk = newDisk(network);
  const store = new SimulatedStore(disk, (_, apply) => apply());
  const stored = store.load();
  const consensus = new Consensus(
    {
      chainId: network.chainId,
      parameters: network.genesis.parameters,
      timing: TIMINGS.loopback,
      policy: { sponsor: 'ask', raiseTo: null, keepsFounder: false, announceReady: false },
      instanceNonce: new Uint8Array(16).fill(1),
      stored: { ...stored, tipHash: stored.tip.hash, snapshot: stored.tip.snapshot },
    },
    { crypto: checks, signer: self!.signer, archive: store, random: () => 0 },
  );
  let nowMs = 0;
  const step = (event: CoreEvent): readonly Effect[] => {
    const effects = consensus.step([event], (nowMs += 100));
    const durable = effects.filter((effect): effect is DurableEffect => DURABLE.has(effect.type));
    if (durable.length > 0) disk.apply(durable);
    return effects;
  };
  step({ type: 'start' });
  for (const { text } of others) step({ type: 'connected', peer: text });
  return step;
}

function lettersOf(input: Uint8Array): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 2 <= input.length && messages.length < MOST_LETTERS;) {
    const length = input[at]! + 256 * input[at + 1]!;
    const bytes = input.subarray(at + 2, at + 2 + length);
    accepts(() => messages.push(decodeMessage(bytes, crypto)), DecodeError);
    at += 2 + length;
  }
  return messages;
}

export function envelope(messages: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...messages.flatMap((bytes) => [Uint8Array.of(bytes.length & 255, bytes.length >> 8), bytes]),
  );
}

/** What members said while three blocks became final, and how a view was skipped. */
function conversation(): Uint8Array[] {
  const cluster = Cluster.started();
  const heard: Uint8Array[] = [];
  cluster.loses = ({ to, message }) => {
    if (to === self!.text) heard.push(encodeMessage(message));
    return false;
  };
  cluster.commit(3);
  cluster.exchangeStatus();
  return heard;
}

function seeds(): Uint8Array[] {
  const heard = conversation();
  const header = headerOf(network);
  const skips = [1, 2, 3].map((index) => encodeMessage(skipOf(network, index, 0)));
  const votes = [1, 2, 3].map((index) => encodeMessage(voteOf(network, 'vote', index, 0, header.hash)));
  const single = messageSeeds().map((message) => envelope([message]));
  return [envelope(heard.slice(0, MOST_LETTERS)), envelope(skips), envelope(votes), ...single];
}

function target(name: string, believing: boolean): Target {
  const run = (input: Uint8Array): void => {
    const messages = lettersOf(input);
    const step = startedNode(believing);
    accepts(
      () => {
        messages.forEach((message, index) => {
          step({ type: 'message', from: others[index % others.length]!.text, message });
        });
        for (const timer of ['status', 'view'] as const) step({ type: 'timer', timer });
      },
      // A quorum that certifies nonsense breaks the assumption, and halts the node: that is the promise.
      ...(believing ? [InvariantError] : []),
    );
  };
  return { name, run, seeds, maxBytes: 64 * 1024, testRuns: 150 };
}

export const coreTargets: readonly Target[] = [target('core', false), target('core-believing', true)];
