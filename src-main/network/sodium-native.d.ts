/** What the network uses of sodium-native 5, which ships no types. All functions throw on wrong lengths. */
declare module 'sodium-native' {
  /** In place is allowed. `output` holds 16 bytes more than `message`. */
  export function crypto_aead_chacha20poly1305_ietf_encrypt(
    output: Uint8Array,
    message: Uint8Array,
    additionalData: Uint8Array | null,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  /** In place is allowed. Throws when the tag does not fit. */
  export function crypto_aead_chacha20poly1305_ietf_decrypt(
    message: Uint8Array,
    secretNonce: null,
    input: Uint8Array,
    additionalData: Uint8Array | null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  /** Keyed BLAKE2b, 16 to 64 bytes. */
  export function crypto_generichash(output: Uint8Array, input: Uint8Array, key?: Uint8Array): void;
  export function crypto_sign_ed25519_pk_to_curve25519(curveKey: Uint8Array, publicKey: Uint8Array): void;
  export function crypto_sign_ed25519_sk_to_curve25519(curveKey: Uint8Array, secretKey: Uint8Array): void;
  /** SipHash-2-4: 8 bytes out, 16 bytes of key. */
  export function crypto_shorthash(output: Uint8Array, input: Uint8Array, key: Uint8Array): void;
  /** Constant time. */
  export function sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean;
}
