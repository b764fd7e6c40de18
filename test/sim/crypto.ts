/**
 * The app's own cryptography, with the results of signature checks remembered: all nodes of a run live in one process
 * and check the same signatures. The key of the memory is the whole (signature, public key, message), so each distinct
 * one is really verified once, and what was never verified is never taken for valid.
 */
import { equalBytes } from '../../src-main/core/bytes.ts';
import type { Crypto } from '../../src-main/core/crypto.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';

/** About 300 bytes each; a run has some thousand different ones. */
const MAX_REMEMBERED = 20_000;

interface Check {
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly result: boolean;
}

export function rememberChecks(crypto: Crypto): Crypto {
  /** By signature as latin1. */
  const checks = new Map<string, Check[]>();
  let remembered = 0;
  return {
    ...crypto,
    verify(signature, message, publicKey): boolean {
      const key = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString(
        'latin1',
      );
      const ofSignature = checks.get(key) ?? [];
      for (const known of ofSignature)
        if (equalBytes(known.message, message) && equalBytes(known.publicKey, publicKey)) return known.result;
      const result = crypto.verify(signature, message, publicKey);
      if (remembered++ >= MAX_REMEMBERED) {
        checks.clear();
        remembered = 1;
      }
      // Copies: whoever asked may change what it gave.
      checks.set(key, [...ofSignature, { message: message.slice(), publicKey: publicKey.slice(), result }]);
      return result;
    },
  };
}

export const simulatorCrypto: Crypto = rememberChecks(sodiumCrypto);
