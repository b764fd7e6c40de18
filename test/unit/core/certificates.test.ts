import { describe, expect, it, vi } from 'vitest';
import {
  CertificateVerifier,
  hashCertificate,
  highestNamed,
  skipCertificate,
} from '../../../src-main/core/certificates.ts';
import { decodeCertificate, encodeCertificate } from '../../../src-main/core/encoding.ts';
import type { Certificate } from '../../../src-main/core/types.ts';
import { certificateOf, crypto, hashOf, networkOf, skipCertificateOf, skipOf, voteOf } from './builders.ts';

const network = networkOf([1, 1, 1, 1]);
const { committee, chainId } = network;
const verifierOf = (counting = crypto) => new CertificateVerifier({ crypto: counting, chainId });
const block = hashOf(5);

describe('building', () => {
  it('puts the signers of an N or C in ascending order', () => {
    const signatures = new Map([3, 0, 2].map((i) => [i, voteOf(network, 'vote', i, 1, block).signature]));
    expect(hashCertificate('N', 2, 1, block, signatures)).toEqual(
      certificateOf(network, 'N', 1, block, [0, 2, 3]),
    );
  });

  const ballots = (...hns: readonly number[]) =>
    new Map(hns.map((hn, index) => [index, { hn, signature: skipOf(network, index, 4, hn).signature }]));

  it('chooses the S with the smallest max hn that is a quorum', () => {
    const built = skipCertificate(2, 4, ballots(3, -1, 0, -1), committee)!;
    expect(built.signers).toEqual([1, 2, 3]);
    expect(built.hn).toEqual([-1, 0, -1]);
    expect(highestNamed(built)).toBe(0);
    expect(verifierOf().verify(built, committee)).toBe(true);
  });

  it('weighs the signers of an S by their stake', () => {
    const heavy = networkOf([6, 1, 1]).committee;
    expect(skipCertificate(2, 4, ballots(1, -1, -1), heavy)!.hn).toEqual([1, -1, -1]);
    expect(skipCertificate(2, 4, ballots(-1, 2, 3), heavy)!.hn).toEqual([-1]);
  });

  it('builds no S without a quorum', () => {
    expect(skipCertificate(2, 4, ballots(-1, -1), committee)).toBeUndefined();
  });

  it('takes view 0 for a view, and -1 for none', () => {
    expect(highestNamed(skipCertificateOf(network, 4, [-1, 0, -1]))).toBe(0);
    expect(highestNamed(skipCertificateOf(network, 4, -1))).toBe(-1);
  });
});

describe('checking', () => {
  it.each([
    ['N', certificateOf(network, 'N', 3, block)],
    ['C', certificateOf(network, 'C', 3, block)],
    ['S', skipCertificateOf(network, 3, [-1, 0, 3])],
  ])('accepts a valid %s, and what it becomes on the wire', (_, certificate) => {
    expect(verifierOf().verify(certificate, committee)).toBe(true);
    expect(verifierOf().verify(decodeCertificate(encodeCertificate(certificate)), committee)).toBe(true);
  });

  const valid = certificateOf(network, 'N', 3, block);
  const skip = skipCertificateOf(network, 3, [-1, 0, 2]);
  const refused: readonly (readonly [string, Certificate])[] = [
    ['two of four signers', certificateOf(network, 'N', 3, block, [0, 1])],
    ['a signer outside the committee', { ...valid, signers: [0, 1, 4] }],
    ['signatures of other members', { ...valid, signers: [0, 1, 3] }],
    ['one wrong signature', { ...valid, signatures: [...valid.signatures.slice(0, 2), new Uint8Array(64)] }],
    ['votes as commits', { ...valid, kind: 'C' }],
    ['commits as votes', { ...certificateOf(network, 'C', 3, block), kind: 'N' }],
    ['another view', { ...valid, view: 4 }],
    ['another height', { ...valid, height: 3 }],
    ['another block', { ...valid, hash: hashOf(6) }],
    ['an S of another hn', { ...skip, hn: [-1, 0, 1] }],
    ['an S that names a later view than its own', skipCertificateOf(network, 3, [-1, 0, 4])],
    ['an S of another view', { ...skip, view: 2 }],
  ];
  it.each(refused)('refuses %s', (_, certificate) => {
    expect(verifierOf().verify(certificate, committee)).toBe(false);
  });

  it('refuses one signer twice, which has no encoding', () => {
    const [first] = valid.signatures;
    const twice = { ...valid, signers: [0, 0, 0], signatures: [first!, first!, first!] };
    expect(() => decodeCertificate(encodeCertificate(twice))).toThrow('out-of-range');
  });

  it('refuses another chain', () => {
    const elsewhere = new CertificateVerifier({ crypto, chainId: hashOf(1) });
    expect(elsewhere.verify(valid, committee)).toBe(false);
  });

  it('refuses a committee of the same keys with other stakes, though it was valid for the first', () => {
    const verifier = verifierOf();
    expect(verifier.verify(valid, committee)).toBe(true);
    expect(verifier.verify(valid, networkOf([1, 1, 1, 9]).committee)).toBe(false);
  });
});

describe('remembering', () => {
  const counted = () => {
    const verify = vi.fn((...args: Parameters<typeof crypto.verify>) => crypto.verify(...args));
    return { verify, verifier: verifierOf({ ...crypto, verify }) };
  };

  it('checks the signatures of a valid certificate once', () => {
    const { verify, verifier } = counted();
    const certificate = certificateOf(network, 'N', 3, block);
    expect(verifier.verify(certificate, committee)).toBe(true);
    expect(verifier.verify(certificate, committee)).toBe(true);
    expect(verify).toHaveBeenCalledTimes(3);
  });

  it('never takes other signatures for the ones it knows', () => {
    const { verifier } = counted();
    const certificate = certificateOf(network, 'N', 3, block);
    verifier.verify(certificate, committee);
    const forged = { ...certificate, signatures: certificate.signatures.map(() => new Uint8Array(64)) };
    expect(verifier.verify(forged, committee)).toBe(false);
  });

  it('forgets the oldest beyond its limit', () => {
    const { verify, verifier } = counted();
    const certificate = certificateOf(network, 'N', 3, block);
    verifier.verify(certificate, committee);
    for (let view = 0; view < 512; view++) verifier.remember({ ...certificate, view: view + 10 }, committee);
    // The very object is known as long as somebody has it.
    verifier.verify(certificate, committee);
    expect(verify).toHaveBeenCalledTimes(3);
    verifier.verify({ ...certificate }, committee);
    expect(verify).toHaveBeenCalledTimes(6);
  });
});
