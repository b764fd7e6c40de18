import { defineStore } from 'pinia';
import type { Outcome } from '../../src-main/app/contract/errors.ts';
import type { ProofFile, Verdict } from '../../src-main/app/contract/records.ts';
import { request } from '../api.ts';

/** Proofs of sealed files: got from the own node, or verified, which needs no network. */
export const useProofsStore = defineStore('proofs', () => {
  /** The proof of an own seal, to be kept beside the file. */
  function proofOf(fileHash: string): Promise<Outcome<ProofFile>> {
    return request('getProof', { fileHash, origin: null });
  }

  /** Whatever network the proof names: the verdict says which one it is. */
  function verify(proof: string, fileHash: string): Promise<Outcome<Verdict>> {
    return request('verifyProof', { proof, fileHash, chainId: null });
  }

  return { proofOf, verify };
});
