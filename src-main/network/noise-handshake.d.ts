/** What network/noise.ts uses of noise-handshake 4, which ships no types. */
declare module 'noise-handshake/dh.js' {
  interface KeyPair {
    readonly publicKey: Uint8Array;
    readonly secretKey: Uint8Array;
  }
  const curve: {
    readonly DHLEN: number;
    readonly PKLEN: number;
    readonly SKLEN: number;
    readonly ALG: string;
    generateKeyPair(secretKey?: Uint8Array): KeyPair;
    dh(publicKey: Uint8Array, keyPair: KeyPair): Uint8Array;
  };
  export = curve;
}

declare module 'noise-handshake' {
  import type curve from 'noise-handshake/dh.js';

  class NoiseState {
    constructor(
      pattern: 'IK',
      initiator: boolean,
      staticKeyPair: ReturnType<(typeof curve)['generateKeyPair']>,
      options: { readonly curve: typeof curve },
    );
    /** The peer's static key; known to a responder once the first message was received. */
    readonly rs: Uint8Array | null;
    /** Keys for sending and receiving, 32 bytes each; null until the handshake is complete. */
    readonly tx: Uint8Array | null;
    readonly rx: Uint8Array | null;
    initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
    /** Throws when the message is not authentic; the state is unusable afterwards. */
    recv(message: Uint8Array): Uint8Array;
    send(payload: Uint8Array): Uint8Array;
  }
  export = NoiseState;
}
