import { verifyProof } from '../../../src-main/core/proof.ts';
import { crypto, FILE_HASH, makeProof } from '../../unit/proof/fixture.ts';
import { asBytes, assert, asText, type Target } from '../target.ts';

const genuine = makeProof();

/** A proof file of a stranger: a verdict whatever it is, and never a good one for anything but the genuine text. */
export const proofTarget: Target = {
  name: 'proof',
  maxBytes: 64 * 1024,
  testRuns: 500,
  seeds: () => [asBytes(genuine.text)],
  words: [
    '"committees": [',
    '"lane": []',
    '"height": 9',
    'null',
    '1e99',
    '-1',
    '\\u0000',
    '{}',
    '"__proto__": 1,',
  ],
  run: (input) => {
    const text = asText(input);
    const verdict = verifyProof(text, FILE_HASH, genuine.chainId, crypto);
    assert(!verdict.valid || text === genuine.text, 'a changed proof is noticed');
  },
};
