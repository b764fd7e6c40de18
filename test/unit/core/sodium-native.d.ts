/** What the tests use beyond the declarations of the code under test. */
declare module 'sodium-native' {
  export function crypto_core_ed25519_add(sum: Uint8Array, first: Uint8Array, second: Uint8Array): void;
  export function crypto_scalarmult_ed25519_base_noclamp(point: Uint8Array, scalar: Uint8Array): void;
}
