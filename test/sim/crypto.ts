/**
 * The app's own cryptography, with the results of signature checks remembered: all nodes of a run live in one process
 * and check the same signatures. The key of the memory is the whole (signature, public key, message), so each distinct
 * one is really verified once, and what was never verified is never taken for valid.
 */
import type { Crypto } from '../../src-main/core/crypto.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';

/** About 300 bytes each; a run has some thousand different ones. */
const MAX_REMEMBERED = 20_000;

export function rememberChecks(crypto: Crypto): Crypto {
  const results = new Map<string, boolean>();
  const asText = (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return {
    ...crypto,
    verify(signature, message, publicKey): boolean {
      // The lengths keep the parts apart.
      const key = `${signature.length}/${publicKey.length}/${asText(signature)}${asText(publicKey)}${asText(message)}`;
      const known = results.get(key);
      if (known !== undefined) return known;
      const result = crypto.verify(signature, message, publicKey);
      if (results.size >= MAX_REMEMBERED) results.clear();
      results.set(key, result);
      return result;
    },
  };
}

export const simulatorCrypto: Crypto = rememberChecks(sodiumCrypto);
