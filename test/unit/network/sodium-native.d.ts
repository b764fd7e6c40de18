/** What the network's tests use beyond the declarations of the code under test. */
declare module 'sodium-native' {
  export function crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
  export function crypto_sign_keypair(publicKey: Uint8Array, secretKey: Uint8Array): void;
}
