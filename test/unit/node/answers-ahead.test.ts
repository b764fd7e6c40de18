import { expect, it } from 'vitest';
import type { Message } from '../../../src-main/core/messages.ts';
import { AnswersAhead } from '../../../src-main/node/answers-ahead.ts';
import { makeChain } from '../../bench/chain.ts';
import { crypto, networkOf } from '../core/builders.ts';

const network = networkOf();
const blocks = makeChain(network, { blocks: 2, bundles: 1 }).map(({ block }) => block);
const request: Message = { type: 'syncRequest', fromHeight: 2, maxBytes: 1000 };
const response: Message = { type: 'syncResponse', blocks };

/** Threads that are done when the test says so. */
function bench() {
  const underway: (() => void)[] = [];
  const sizes: number[] = [];
  const handedOn: string[] = [];
  const answers = new AnswersAhead(network.chainId, {
    crypto,
    verifyAhead: (checks) => {
      sizes.push(checks.length);
      return new Promise<void>((resolve) => void underway.push(resolve));
    },
  });
  const take = (from: string, message: Message, name = from): void =>
    answers.take(from, message, network.committee, () => void handedOn.push(name));
  return { answers, underway, sizes, handedOn, take };
}

it('hands an answer on when its signatures are checked', async () => {
  const { answers, underway, sizes, handedOn, take } = bench();
  answers.onSent(['a'], request);
  take('a', response);
  expect(sizes).toEqual([2 * (3 + 1)]);
  expect(handedOn).toEqual([]);
  // What else comes does not wait for it.
  take('b', { type: 'bundle', bytes: new Uint8Array(1) });
  underway[0]!();
  await Promise.resolve();
  expect(handedOn).toEqual(['b', 'a']);
});

it('spends nothing on what nobody asked for', () => {
  const { answers, sizes, handedOn, take } = bench();
  take('a', response, 'before');
  answers.onSent(['a'], request);
  answers.onSent(['a'], { type: 'bundle', bytes: new Uint8Array(1) });
  take('b', response, 'another');
  take('a', response, 'asked for');
  take('a', response, 'again');
  answers.onSent(['a'], request);
  answers.onDisconnected('a');
  take('a', response, 'gone');
  expect(sizes).toHaveLength(1);
  expect(handedOn).toEqual(['before', 'another', 'again', 'gone']);
});

it('checks no more at once than may be asked for', async () => {
  const { answers, underway, sizes, handedOn, take } = bench();
  for (let count = 0; count < 9; count++) answers.onSent(['a'], request);
  for (let count = 0; count < 9; count++) take('a', response, String(count));
  expect(sizes).toHaveLength(8);
  expect(handedOn).toEqual(['8']);
  underway[0]!();
  await Promise.resolve();
  answers.onSent(['a'], request);
  take('a', response);
  expect(sizes).toHaveLength(9);
});
