import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src-main/core/bytes.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { DecodeError, MAX_STAKE } from '../../../src-main/core/encoding.ts';
import { decodeGenesis, encodeGenesis } from '../../../src-main/core/genesis.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import * as schemas from '../../../src-main/core/schemas.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { decodeLedgerState } from '../../../src-main/ledger/state.ts';
import * as arbitrary from './arbitraries.ts';
import {
  certificateOf,
  crypto,
  dataOf,
  hashOf,
  headerOf,
  networkOf,
  skipCertificateOf,
  voteOf,
} from './builders.ts';

const network = networkOf();

const decodeSignedBundle = (bytes: Uint8Array) => encoding.decodeBundle(bytes, crypto);
const decoders: readonly (readonly [string, (bytes: Uint8Array) => unknown])[] = [
  ['transaction', encoding.decodeTransaction],
  ['bundle', decodeSignedBundle],
  ['header', (bytes) => encoding.decodeHeader(bytes, crypto)],
  ['certificate', encoding.decodeCertificate],
  ['genesis', decodeGenesis],
  ['ledger state', decodeLedgerState],
  ['message', (bytes) => decodeMessage(bytes, crypto)],
];

/** The code of the DecodeError; fails the test when another error comes, undefined when none does. */
function refusal(decode: () => unknown): string | undefined {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.code;
  }
  return undefined;
}

/** Valid bytes, damaged: cut, lengthened, or with some bytes changed. */
function damaged(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  return fc.tuple(valid, fc.array(change, { maxLength: 4 }), fc.integer({ min: -3, max: 3 })).map((parts) => {
    const [bytes, changes, grow] = parts;
    const copy = concatBytes(bytes, new Uint8Array(Math.max(0, grow)));
    for (const { at, byte } of changes) if (copy.length > 0) copy[at % copy.length] = byte;
    return copy.subarray(0, bytes.length + grow);
  });
}

describe('encoding and decoding', () => {
  it.each(Object.entries(arbitrary.commands))('give back a transaction with %s', (_, command) => {
    fc.assert(
      fc.property(command, (one) => {
        const transaction = { ident: 'x', commands: [one] };
        expect(encoding.decodeTransaction(encoding.encodeTransaction(transaction))).toEqual(transaction);
      }),
    );
  });

  it('give back a bundle, with its digest and its signature', () => {
    const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(arbitrary.unsignedBundle, signature, (unsigned, signed) => {
        const sealed = encoding.sealBundle(unsigned, encoding.encodeUnsignedBundle(unsigned), signed, crypto);
        expect(decodeSignedBundle(sealed.bytes)).toEqual(sealed);
      }),
    );
  });

  it('give back a header with its hash', () => {
    fc.assert(
      fc.property(arbitrary.header, (header) => {
        const sealed = encoding.sealHeader(header, crypto);
        expect(encoding.decodeHeader(sealed.bytes, crypto)).toEqual(sealed);
      }),
    );
  });

  it('give back a certificate and a genesis', () => {
    fc.assert(
      fc.property(arbitrary.certificate, arbitrary.genesis, (certificate, genesis) => {
        expect(encoding.decodeCertificate(encoding.encodeCertificate(certificate))).toEqual(certificate);
        expect(decodeGenesis(encodeGenesis(genesis))).toEqual(genesis);
      }),
    );
  });

  it.each(Object.entries(arbitrary.messages))('give back a message of type %s', (_, message) => {
    fc.assert(
      fc.property(message, (one) => {
        expect(decodeMessage(encodeMessage(one), crypto)).toEqual(one);
      }),
      { numRuns: 50 },
    );
  });
});

describe('decoding', () => {
  it.each(decoders)('of random bytes as %s throws DecodeError or nothing', (_, decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void refusal(() => decode(bytes))),
      { numRuns: 500 },
    );
  });

  it('of a damaged message throws DecodeError, or gives what encodes to exactly these bytes', () => {
    const valid = fc.oneof(...Object.values(arbitrary.messages)).map(encodeMessage);
    fc.assert(
      fc.property(damaged(valid), (bytes) => {
        if (refusal(() => decodeMessage(bytes, crypto)) !== undefined) return;
        expect(encodeMessage(decodeMessage(bytes, crypto))).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('of a damaged bundle throws DecodeError, or gives what encodes to exactly these bytes', () => {
    const valid = arbitrary.unsignedBundle.map((unsigned) =>
      concatBytes(new Uint8Array(64), encoding.encodeUnsignedBundle(unsigned)),
    );
    fc.assert(
      fc.property(damaged(valid), (bytes) => {
        if (refusal(() => decodeSignedBundle(bytes)) !== undefined) return;
        const { bundle } = decodeSignedBundle(bytes);
        const again = concatBytes(bundle.signature, encoding.encodeUnsignedBundle(bundle));
        expect(again).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('never keeps a view into the bytes it was given', () => {
    const sealed = headerOf(network);
    const given = sealed.bytes.slice();
    const decoded = encoding.decodeHeader(given, crypto);
    given.fill(0xff);
    expect(decoded).toEqual(sealed);
  });
});

describe('what is refused', () => {
  const bundleWith = (transactions: readonly { ident: string; commands: readonly Command[] }[], seq = 1) => {
    const unsigned = { origin: hashOf(1), seq, prev: hashOf(0), transactions };
    return concatBytes(new Uint8Array(64), encoding.encodeUnsignedBundle(unsigned));
  };
  const one = [{ ident: 'x', commands: [dataOf('d')] }];
  const header = headerOf(network).bytes;
  const vote = encodeMessage(voteOf(network, 'vote', 0, 0, hashOf(1)));
  const certificate = encoding.encodeCertificate(certificateOf(network, 'N', 0, hashOf(1)));
  const skip = encoding.encodeCertificate(skipCertificateOf(network, 0));
  const withByte = (bytes: Uint8Array, at: number, byte: number) => {
    const copy = bytes.slice();
    copy[at] = byte;
    return copy;
  };
  /** Where the fixed part of a certificate has its fields: kind, height, view, hash, bitmap. */
  const [KIND_AT, HASH_AT, BITMAP_AT] = [0, 9, 41];

  it.each([
    ['a byte behind a header', () => encoding.decodeHeader(concatBytes(header, new Uint8Array(1)), crypto)],
    ['a byte behind a vote', () => decodeMessage(concatBytes(vote, new Uint8Array(1)), crypto)],
    ['less than a signature', () => decodeSignedBundle(new Uint8Array(63))],
    ['no bytes', () => decodeSignedBundle(new Uint8Array(0))],
    ['a cut header', () => encoding.decodeHeader(new Uint8Array(100), crypto)],
    ['a cut certificate', () => encoding.decodeCertificate(certificate.subarray(0, -1))],
  ])('%s', (_, decode) => expect(refusal(decode)).toBe('malformed'));

  it.each([
    ['seq 0', () => decodeSignedBundle(bundleWith(one, 0))],
    ['a bundle without transactions', () => decodeSignedBundle(bundleWith([]))],
    ['a transaction without commands', () => decodeSignedBundle(bundleWith([{ ident: 'x', commands: [] }]))],
    ['an empty ident', () => decodeSignedBundle(bundleWith([{ ident: '', commands: [dataOf('d')] }]))],
    [
      'an ident with a space',
      () => decodeSignedBundle(bundleWith([{ ident: 'a b', commands: [dataOf('d')] }])),
    ],
    ['a bit without a signature', () => encoding.decodeCertificate(withByte(certificate, BITMAP_AT, 0b1111))],
    ['a signature without a bit', () => encoding.decodeCertificate(withByte(certificate, BITMAP_AT, 0b11))],
    ['an N that names views', () => encoding.decodeCertificate(withByte(skip, KIND_AT, 0))],
    ['an S that names none', () => encoding.decodeCertificate(withByte(certificate, KIND_AT, 2))],
  ])('%s', (_, decode) => expect(refusal(decode)).toBe('out-of-range'));

  it.each([
    ['an S with a hash', () => encoding.decodeCertificate(withByte(skip, HASH_AT, 1))],
    [
      'a zero delta with a minus',
      () => {
        const bytes = encoding.encodeTransaction({ ident: 'x', commands: [stakeCommand(0)] });
        return encoding.decodeTransaction(withByte(bytes, bytes.length - 1 - 8 - 'vote'.length, 1));
      },
    ],
  ])('%s', (_, decode) => expect(refusal(decode)).toBe('non-canonical'));

  it.each([
    ['kind of certificate', () => encoding.decodeCertificate(withByte(certificate, KIND_AT, 3))],
    ['tag of a message', () => decodeMessage(new Uint8Array([13]), crypto)],
    ['empty message', () => decodeMessage(new Uint8Array(0), crypto)],
  ])('an unknown %s', (_, decode) => expect(refusal(decode)).toBe('unknown-type'));

  it.each([
    ['bundle', decodeSignedBundle, schemas.MAX_BUNDLE_BYTES],
    ['header', (bytes: Uint8Array) => encoding.decodeHeader(bytes, crypto), schemas.MAX_HEADER_BYTES],
    ['certificate', encoding.decodeCertificate, schemas.MAX_CERTIFICATE_BYTES],
    ['transaction', encoding.decodeTransaction, schemas.MAX_BUNDLE_BYTES],
    ['genesis', decodeGenesis, 16 * 1024],
  ])('a %s beyond its size, before it is read', (_, decode, maxBytes) => {
    expect(refusal(() => decode(new Uint8Array(maxBytes + 1)))).toBe('too-large');
    expect(refusal(() => decode(new Uint8Array(maxBytes)))).not.toBe('too-large');
  });

  it('a genesis with stakes of 2^50 together, with a member twice, without stake or without members', () => {
    const decoded = (...stakes: readonly (readonly [key: number, stake: number])[]) => {
      const members = stakes.map(([key, stake]) => ({ publicKey: hashOf(key), stake }));
      return refusal(() => decodeGenesis(encodeGenesis({ ...network.genesis, members })));
    };
    expect(decoded([1, MAX_STAKE])).toBeUndefined();
    expect(decoded([1, MAX_STAKE + 1])).toBe('out-of-range');
    expect(decoded([1, MAX_STAKE], [2, 1])).toBe('out-of-range');
    expect(decoded([1, 1], [1, 1])).toBe('out-of-range');
    expect(decoded([1, 1], [2, 0])).toBe('out-of-range');
    expect(decoded()).toBe('out-of-range');
  });

  it.each([
    ['laneWindow', 0, 8],
    ['laneWindow', 9, 1],
    ['demotionHeights', 0, 2 ** 20],
    ['demotionHeights', 2 ** 20 + 1, 1],
    ['maxBundleBytes', 4095, 4096],
    ['maxBundleBytes', 32 * 1024 + 1, 32 * 1024],
    ['maxBlockBytes', 32 * 1024 - 1, 32 * 1024],
    ['maxBlockBytes', 2 ** 20 + 1, 2 ** 20],
  ])('a genesis with the parameter %s of %i, but not of %i', (name, wrong, right) => {
    const decoded = (value: number) => {
      const parameters = { ...network.genesis.parameters, [name]: value };
      return refusal(() => decodeGenesis(encodeGenesis({ ...network.genesis, parameters })));
    };
    expect(decoded(wrong)).toBe('out-of-range');
    expect(decoded(right)).toBeUndefined();
  });

  it('a stake change of 2^50, but not one less', () => {
    const change = (delta: number) =>
      refusal(() =>
        encoding.decodeTransaction(
          encoding.encodeTransaction({ ident: 'x', commands: [stakeCommand(delta)] }),
        ),
      );
    expect(change(-MAX_STAKE - 1)).toBe('out-of-range');
    expect(change(-MAX_STAKE)).toBeUndefined();
  });

  it('text that is not UTF-8', () => {
    const bytes = encoding.encodeTransaction({ ident: 'x', commands: [dataOf('d')] });
    expect(refusal(() => encoding.decodeTransaction(withByte(bytes, bytes.length - 1, 0xff)))).toBe(
      'malformed',
    );
  });
});

function stakeCommand(delta: number): Command {
  return { kind: 'modifyStake', publicKey: hashOf(2), ident: 'vote', delta };
}

describe('bitmaps', () => {
  it('have one bit per index, bit 0 the lowest', () => {
    const bitmap = encoding.bitmapOf([0, 9, 127]);
    expect([...bitmap]).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128]);
    expect([0, 1, 9, 127, 128].map((index) => encoding.hasBit(bitmap, index))).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
