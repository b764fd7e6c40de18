import { crypto_sign_seed_keypair } from 'sodium-native';
import { toText } from '../../src-main/core/bytes.ts';
import type { Signer } from '../../src-main/core/crypto.ts';
import type { PeerText, PublicKey } from '../../src-main/core/types.ts';
import { createSigner } from '../../src-main/identity/sodium-crypto.ts';
import type { Draw } from './random.ts';

/** A member's real Ed25519 key, drawn from the seed. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly text: PeerText;
  readonly signer: Signer;
}

export function drawKeys(draw: Draw): KeyPair {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  crypto_sign_seed_keypair(publicKey, secretKey, draw.bytes(32));
  return { publicKey, text: toText(publicKey), signer: createSigner(publicKey, secretKey) };
}
