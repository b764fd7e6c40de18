import { describe, expect, test } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { encodeCertificate } from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import {
  decodeProof,
  encodeProof,
  MAX_PROOF_TEXT_LENGTH,
  verifyProof,
} from '../../../src-main/core/proof.ts';
import type { Proof } from '../../../src-main/core/proof.ts';
import { crypto, FILE_HASH, flipped, KEYS, makeBundle, makeCertificate } from './fixture.ts';
import { makeGenesis, makeHeader, makeLink, makeProof } from './fixture.ts';

const made = makeProof();

function verdict(change: Partial<Proof>, fileHash = FILE_HASH, chainId: Uint8Array | null = null) {
  return verifyProof(encodeProof({ ...made.proof, ...change }), fileHash, chainId, crypto);
}

function refused(reason: string) {
  return expect.objectContaining({ valid: false, reason }) as unknown;
}

describe('a valid proof', () => {
  test('is believed and says what it claims', () => {
    const claim = {
      chainId: toText(made.chainId),
      networkName: 'Test',
      height: 9,
      blockHash: toText(made.block.hash),
      origin: toText(KEYS[4]!.publicKey),
      ident: 'ident-3',
      fileHash: toText(FILE_HASH),
      note: 'a note',
      signerCount: 3,
      memberCount: 4,
      signedStake: 6,
      totalStake: 8,
    };
    expect(verifyProof(made.text, FILE_HASH, made.chainId, crypto)).toEqual({ valid: true, claim });
    expect(verifyProof(made.text, FILE_HASH, null, crypto)).toEqual({ valid: true, claim });
  });

  test('has one spelling', () => {
    expect(decodeProof(made.text)).toEqual(made.proof);
    expect(encodeProof(decodeProof(made.text)!)).toBe(made.text);
    for (const changed of [`${made.text}\n`, ` ${made.text}`, made.text.replaceAll('\n', '\r\n')]) {
      expect(verifyProof(changed, FILE_HASH, null, crypto)).toEqual(refused('malformed'));
    }
  });
});

describe('a proof is refused', () => {
  test('when it is not a proof at all', () => {
    const texts = ['', '{}', '[]', 'null', '{', '"diva-proof"', 'x'.repeat(MAX_PROOF_TEXT_LENGTH + 1)];
    for (const text of texts)
      expect(verifyProof(text, FILE_HASH, null, crypto)).toEqual(refused('malformed'));
  });

  test('when a field is missing, of another type or unreadable', () => {
    const fields = JSON.parse(made.text) as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      for (const value of [undefined, null, 7.5, 'AB=', {}, [{}], ['A'], -1]) {
        const text = JSON.stringify({ ...fields, [name]: value });
        expect(verifyProof(text, FILE_HASH, null, crypto), name).toEqual(refused('malformed'));
      }
    }
  });

  test('when its wire bytes do not decode', () => {
    for (const name of ['header', 'certificate', 'genesis'] as const) {
      expect(verdict({ [name]: made.proof[name].subarray(1) }), name).toEqual(refused('malformed'));
    }
    expect(verdict({ lane: [made.proof.lane[0]!.subarray(0, 70)] })).toEqual(refused('malformed'));
    expect(verdict({ committees: [{ ...made.link, members: new Uint8Array(3) }] })).toEqual(
      refused('malformed'),
    );
  });

  test('when its claim is not that of its header', () => {
    expect(verdict({ height: 10 })).toEqual(refused('malformed'));
    expect(verdict({ blockHash: flipped(made.block.hash, 0) })).toEqual(refused('malformed'));
  });

  test('when it belongs to another network', () => {
    expect(verdict({}, FILE_HASH, flipped(made.chainId, 3))).toEqual(refused('wrong-chain'));
    expect(verdict({ genesis: encodeGenesis(makeGenesis('Other')) })).toEqual(refused('wrong-chain'));
    const other = crypto.hash(encodeGenesis(makeGenesis('Other')));
    const foreign = makeHeader(other, 9, made.cut, made.second);
    expect(verdict({ header: foreign.bytes, blockHash: foreign.hash })).toEqual(refused('wrong-chain'));
    const change = makeHeader(other, 4, [], made.first, made.second);
    const link = makeLink(change, makeCertificate(change, made.first, [0, 1, 2]), made.members);
    expect(verdict({ committees: [link] })).toEqual(refused('wrong-chain'));
  });

  test('when the file was changed', () => {
    expect(verdict({}, flipped(FILE_HASH, 31))).toEqual(refused('wrong-file'));
  });

  test('when the bundle does not seal this file', () => {
    const other = flipped(FILE_HASH, 0);
    expect(verdict({ fileHash: other }, other)).toEqual(refused('not-in-bundle'));
    expect(verdict({ ident: 'before-3' })).toEqual(refused('not-in-bundle'));
    expect(verdict({ ident: 'nobody' })).toEqual(refused('not-in-bundle'));
    expect(verdict({ origin: KEYS[0]!.publicKey })).toEqual(refused('not-in-bundle'));
    expect(verdict({ lane: [] })).toEqual(refused('not-in-bundle'));
    const [first, ...rest] = made.proof.lane;
    expect(verdict({ lane: [flipped(first!, 5), ...rest] })).toEqual(refused('not-in-bundle'));
    expect(verdict({ lane: [flipped(first!, -1), ...rest] })).toEqual(refused('not-in-bundle'));
  });

  test('when the lane does not lead to the cut', () => {
    const [page3, page4, page5] = made.proof.lane;
    expect(verdict({ lane: [page3!, page4!] })).toEqual(refused('broken-lane'));
    expect(verdict({ lane: [page3!, page5!] })).toEqual(refused('broken-lane'));
    expect(verdict({ lane: [page3!, page4!, page5!, page5!] })).toEqual(refused('broken-lane'));
    const stray = makeBundle(made.chainId, KEYS[3]!, 4, crypto.hash(page3!.subarray(64)), [
      { kind: 'data', ns: 'test:stray', d: '' },
    ]);
    expect(verdict({ lane: [page3!, stray.bytes, page5!] })).toEqual(refused('broken-lane'));
    expect(verdict({ lane: Array.from({ length: 9 }, () => page3!) })).toEqual(refused('broken-lane'));
  });

  test('when the committee does not follow from the genesis', () => {
    expect(verdict({ committees: [] })).toEqual(refused('wrong-committee'));
    expect(verdict({ committees: [made.link, made.link] })).toEqual(refused('wrong-committee'));
    const richer = made.members.map((member) => ({ ...member, stake: 3 }));
    const link = makeLink(made.change, makeCertificate(made.change, made.first, [0, 1, 2]), richer);
    expect(verdict({ committees: [link] })).toEqual(refused('wrong-committee'));
  });

  test('when the block is older than the change of its committee', () => {
    const late = makeHeader(made.chainId, 9, [], made.first, made.second);
    const link = makeLink(late, makeCertificate(late, made.first, [0, 1, 2]), made.members);
    expect(verdict({ committees: [link] })).toEqual(refused('wrong-committee'));
  });

  test('when two thirds or less signed', () => {
    expect(verifyProof(makeProof([0, 1]).text, FILE_HASH, null, crypto)).toEqual(refused('bad-certificate'));
    const link = makeLink(made.change, makeCertificate(made.change, made.first, [1, 2]), made.members);
    expect(verdict({ committees: [link] })).toEqual(refused('bad-certificate'));
  });

  test('when a signature, the kind or the block of a certificate is wrong', () => {
    const good = makeCertificate(made.block, made.second, [0, 1, 2]);
    const [first, ...rest] = good.signatures;
    const broken = { ...good, signatures: [flipped(first!, 10), ...rest] };
    const voted = { ...good, kind: 'N' as const };
    const other = makeCertificate(makeHeader(made.chainId, 9, [], made.second), made.second, [0, 1, 2]);
    const outside = { ...good, signers: [0, 1, 9] };
    for (const certificate of [broken, voted, other, outside]) {
      expect(verdict({ certificate: encodeCertificate(certificate) })).toEqual(refused('bad-certificate'));
    }
  });
});

test('any changed character is noticed', () => {
  const text = made.text;
  for (let position = 0; position < text.length; position += 7) {
    const changed = text.slice(0, position) + (text[position] === 'B' ? 'C' : 'B') + text.slice(position + 1);
    const answer = verifyProof(changed, FILE_HASH, made.chainId, crypto);
    expect(answer.valid, `position ${position}: ${text.slice(position - 10, position + 10)}`).toBe(false);
  }
});
