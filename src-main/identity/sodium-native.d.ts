/** What the identity uses of sodium-native 5, which ships no types. All functions throw on wrong lengths. */
declare module 'sodium-native' {
  /** 32 bytes public key, 64 bytes secret key (seed and public key), 32 bytes seed. */
  export function crypto_sign_seed_keypair(
    publicKey: Uint8Array,
    secretKey: Uint8Array,
    seed: Uint8Array,
  ): void;
  /** Ed25519, 64 bytes. */
  export function crypto_sign_detached(
    signature: Uint8Array,
    message: Uint8Array,
    secretKey: Uint8Array,
  ): void;
  export function crypto_sign_verify_detached(
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array,
  ): boolean;
  /** Canonical, on the curve, in the prime-order group, not of small order; 32 bytes. */
  export function crypto_core_ed25519_is_valid_point(point: Uint8Array): boolean;
  /** XSalsa20-Poly1305: 24 bytes nonce, 32 bytes key; `box` holds 16 bytes more than `message`. */
  export function crypto_secretbox_easy(
    box: Uint8Array,
    message: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): void;
  /** false: the key is wrong or the box was changed. */
  export function crypto_secretbox_open_easy(
    message: Uint8Array,
    box: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): boolean;
  /** Off the main thread; 16 bytes salt. Rejects when the memory cannot be had. */
  export function crypto_pwhash_async(
    key: Uint8Array,
    passphrase: Uint8Array,
    salt: Uint8Array,
    opsLimit: number,
    memoryBytes: number,
    algorithm: number,
  ): Promise<void>;
  export const crypto_pwhash_ALG_ARGON2ID13: number;
  /** XChaCha20-Poly1305 in chunks: 52 bytes state, 24 bytes header, 32 bytes key. */
  export function crypto_secretstream_xchacha20poly1305_init_push(
    state: Uint8Array,
    header: Uint8Array,
    key: Uint8Array,
  ): void;
  export function crypto_secretstream_xchacha20poly1305_init_pull(
    state: Uint8Array,
    header: Uint8Array,
    key: Uint8Array,
  ): void;
  /** `box` holds 17 bytes more than `message`. */
  export function crypto_secretstream_xchacha20poly1305_push(
    state: Uint8Array,
    box: Uint8Array,
    message: Uint8Array,
    additional: Uint8Array | null,
    tag: number,
  ): number;
  /** Writes the tag. Throws when the chunk is not the next one of this stream. */
  export function crypto_secretstream_xchacha20poly1305_pull(
    state: Uint8Array,
    message: Uint8Array,
    tag: Uint8Array,
    box: Uint8Array,
    additional: Uint8Array | null,
  ): number;
  export function randombytes_buf(bytes: Uint8Array): void;
  export function sodium_memzero(bytes: Uint8Array): void;
  /** Keeps the pages out of the swap file. Throws where the system allows no more locked memory. */
  export function sodium_mlock(bytes: Uint8Array): void;
}
