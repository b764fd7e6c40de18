import { describe, expect, test } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { decodeCertificate, encodeCertificate } from '../../../src-main/core/encoding.ts';
import { decodeProof, sealNamespace, verifyProof } from '../../../src-main/core/proof.ts';
import type { Command } from '../../../src-main/core/types.ts';
import type { StoredBlock } from '../../../src-main/node/ports.ts';
import { buildProof, findSeal } from '../../../src-main/networks/proofs.ts';
import { verifyChain } from '../../../src-main/networks/verify-chain.ts';
import { crypto, FILE_HASH, flipped, KEYS } from '../proof/fixture.ts';
import { CHAIN_ID, ChainDouble } from './chain-double.ts';

const data = (d: string): Command => ({ kind: 'data', ns: 'test:value', d });
const seal: Command = { kind: 'data', ns: sealNamespace(FILE_HASH), d: 'sealed' };
const vote = (keyIndex: number, delta: number, ident: string): Command => {
  return { kind: 'modifyStake', publicKey: KEYS[keyIndex]!.publicKey, ident, delta };
};
const ORIGIN = toText(KEYS[0]!.publicKey);

/** All four vote; the change governs two blocks later. */
function change(chain: ChainDouble, keyIndex: number, delta: number, ident: string): void {
  const before = chain.committee();
  const ballot = vote(keyIndex, delta, ident);
  chain.append([0, [ballot]], [1, [ballot]], [2, [ballot]], [3, [ballot]]);
  chain.append();
  expect(chain.committee()).not.toEqual(before);
}

/** Stakes go up, back down to what they were, and up again; then a file is sealed, twice. */
function changingChain(): ChainDouble {
  const chain = new ChainDouble();
  chain.append([0, [data('first')]]);
  change(chain, 1, 1, 'up');
  chain.append([2, [data('between')]]);
  change(chain, 1, -1, 'down');
  change(chain, 2, 1, 'up');
  chain.append([0, [seal]], [1, [data('x')]]);
  chain.append([0, [seal]]);
  return chain;
}

describe('the proof of a seal', () => {
  test('shows the oldest seal, and carries what links its committee to the genesis', () => {
    const chain = changingChain();
    const reader = chain.reader();
    const found = findSeal(reader, ORIGIN, FILE_HASH)!;
    expect(found.height).toBe(chain.height - 1);
    const text = buildProof(reader, found, FILE_HASH, crypto);
    const verdict = verifyProof(text, FILE_HASH, CHAIN_ID, crypto);
    expect(verdict).toMatchObject({
      valid: true,
      claim: { height: found.height, origin: ORIGIN, note: 'sealed' },
    });
    // Each link is needed: without any of them nobody could know who had to sign.
    const proof = decodeProof(text)!;
    expect(proof.committees.length).toBeGreaterThan(0);
  });

  test('needs no link while the committee is that of the genesis', () => {
    const chain = new ChainDouble();
    for (let count = 0; count < 20; count++) chain.append([1, [data(`${count}`)]]);
    chain.append([0, [seal]]);
    const reader = chain.reader();
    const text = buildProof(reader, findSeal(reader, ORIGIN, FILE_HASH)!, FILE_HASH, crypto);
    expect(decodeProof(text)!.committees).toEqual([]);
    expect(verifyProof(text, FILE_HASH, CHAIN_ID, crypto)).toMatchObject({ valid: true });
  });

  test('is not there for what is not in the chain', () => {
    const reader = changingChain().reader();
    expect(findSeal(reader, toText(KEYS[3]!.publicKey), FILE_HASH)).toBeUndefined();
    const made = { ...findSeal(reader, ORIGIN, FILE_HASH)!, ident: 'unknown' };
    expect(() => buildProof(reader, made, FILE_HASH, crypto)).toThrow('does not hold this seal');
  });

  test('is not given out where what stands in the chain proves nothing, as on the fast way', () => {
    const chain = changingChain();
    const reader = chain.reader();
    const found = findSeal(reader, ORIGIN, FILE_HASH)!;
    const block = chain.blocks.get(found.height)!;
    const certificate = decodeCertificate(block.certificateBytes);
    const signatures = certificate.signatures.map((signature) => flipped(signature, 3));
    chain.blocks.set(found.height, {
      ...block,
      certificateBytes: encodeCertificate({ ...certificate, signatures }),
    });
    expect(() => buildProof(chain.reader(), found, FILE_HASH, crypto)).toThrow('not checked yet');
  });
});

describe('checking a whole chain', () => {
  const check = (chain: ChainDouble, chainId = CHAIN_ID) => {
    const steps = verifyChain(chain.reader(), chainId, crypto);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  };
  const damaged = (
    height: number,
    damage: (block: StoredBlock, chain: ChainDouble) => Partial<StoredBlock>,
  ) => {
    const chain = changingChain();
    const block = chain.blocks.get(height)!;
    chain.blocks.set(height, { ...block, ...damage(block, chain) });
    return check(chain);
  };

  test('finds a valid one valid', () => {
    const chain = changingChain();
    const hash = toText(chain.blocks.get(chain.height)!.hash);
    expect(check(chain)).toMatchObject({ valid: true, height: chain.height, hash });
  });

  test('tells what is wrong and where', () => {
    const wrong = (reason: string, height: number) => ({ valid: false, reason, height });
    expect(check(changingChain(), flipped(CHAIN_ID, 0))).toEqual(wrong('wrong-genesis', 1));
    expect(damaged(4, ({ headerBytes }) => ({ headerBytes: headerBytes.subarray(1) }))).toEqual(
      wrong('malformed', 4),
    );
    expect(damaged(4, ({ hash }) => ({ hash: flipped(hash, 0) }))).toEqual(wrong('broken-link', 4));
    expect(damaged(4, (_, chain) => ({ ...chain.blocks.get(3)! }))).toEqual(wrong('broken-link', 4));
    expect(damaged(5, ({ bundles }) => ({ bundles: bundles.slice(1) }))).toEqual(wrong('wrong-body', 5));
    expect(damaged(5, ({ bundles }) => ({ bundles: bundles.map((bytes) => flipped(bytes, 3)) }))).toEqual(
      wrong('wrong-body', 5),
    );
    expect(damaged(3, ({ bundles }) => ({ bundles: bundles.toReversed() }))).toEqual(wrong('wrong-body', 3));
    const chain = changingChain();
    chain.blocks.delete(6);
    expect(check(chain)).toEqual(wrong('missing-block', 6));
  });

  test('believes no certificate without a quorum', () => {
    const verdict = damaged(4, ({ certificateBytes }) => {
      const certificate = decodeCertificate(certificateBytes);
      const few = { ...certificate, signers: [0, 1], signatures: certificate.signatures.slice(0, 2) };
      return { certificateBytes: encodeCertificate(few) };
    });
    expect(verdict).toEqual({ valid: false, reason: 'bad-certificate', height: 4 });
  });
});
