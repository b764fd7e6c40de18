import { expect, it } from 'vitest';
import { checksOf } from '../../../src-main/core/answer-checks.ts';
import type { SyncBlock } from '../../../src-main/core/messages.ts';
import { makeChain } from '../../bench/chain.ts';
import { certificateOf, crypto, headerOf, networkOf } from './builders.ts';

const network = networkOf([1, 1, 1, 1]);
const { chainId, committee } = network;
const blocks = makeChain(network, { blocks: 3, bundles: 2 }).map(({ block }) => block);
const isValid = ({ signature, message, publicKey }: ReturnType<typeof checksOf>[number]): boolean =>
  crypto.verify(signature, message, publicKey);

it('names every signature of the certificates and bundles, with what it is about', () => {
  const checks = checksOf(blocks, committee, chainId, crypto);
  // Three of four sign, and two write.
  expect(checks).toHaveLength(3 * (3 + 2));
  expect(checks.every(isValid)).toBe(true);
});

it('knows the committee that a block brings for the one after it', () => {
  const later = networkOf([0, 0, 0, 5]);
  const bringing = headerOf(network, { nextCommitteeHash: later.committee.hash });
  const governed = headerOf(network, { height: 3, committeeHash: later.committee.hash });
  const first: SyncBlock = {
    sealed: bringing,
    certificate: certificateOf(network, 'C', 0, bringing.hash),
    nextCommittee: later.committee.members,
    bundles: [],
  };
  const second: SyncBlock = {
    sealed: governed,
    certificate: { ...certificateOf(network, 'C', 0, governed.hash, [3], 3), signers: [0] },
    nextCommittee: null,
    bundles: [],
  };
  const checks = checksOf([first, second], committee, chainId, crypto);
  expect(checks).toHaveLength(3 + 1);
  expect(checks.every(isValid)).toBe(true);
  // Without it nothing can be said of the second one.
  expect(checksOf([{ ...first, nextCommittee: null }, second], committee, chainId, crypto)).toHaveLength(3);
});

it('passes over what is no bundle, and signers that the committee does not have', () => {
  const [block] = blocks as [SyncBlock];
  const { certificate } = block;
  const strange = { ...certificate, signers: [0, 1, 9] };
  const spoiled = { ...block, certificate: strange, bundles: [new Uint8Array(96), new Uint8Array(0)] };
  expect(checksOf([spoiled], committee, chainId, crypto)).toHaveLength(2);
});
