/**
 * Noise_IK_25519_ChaChaPoly_BLAKE2b between Ed25519 identities (PROTOCOL section 7).
 *
 * The static keys are the identity keys converted to X25519. The conversion forgets the sign of the Ed25519 point,
 * so the static key alone does not name the identity: the initiator states its Ed25519 key inside the encrypted
 * first message, and the responder accepts it only if it converts to the static key that the handshake proved. Two
 * identities that differ in that sign alone have the same owner, hence nobody can pass as somebody else. The
 * initiator knows the responder's identity beforehand; the handshake proves that the responder owns it.
 */
import NoiseState from 'noise-handshake';
import curve from 'noise-handshake/dh.js';
import { crypto_sign_ed25519_pk_to_curve25519, crypto_sign_ed25519_sk_to_curve25519 } from 'sodium-native';
import { concatBytes, utf8 } from '../core/bytes.ts';
import type { PublicKey } from '../core/types.ts';
import { TransportError } from './errors.ts';

const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** Noise sends e, s and an encrypted payload first; the responder e and an encrypted payload. */
const FIRST_OVERHEAD_BYTES = KEY_BYTES + (KEY_BYTES + TAG_BYTES) + TAG_BYTES;
const SECOND_OVERHEAD_BYTES = KEY_BYTES + TAG_BYTES;

/** Random per start of a transport: it tells a restarted peer from one that only renews its keys. */
export const INSTANCE_BYTES = 8;
export const FIRST_MESSAGE_BYTES = FIRST_OVERHEAD_BYTES + KEY_BYTES + INSTANCE_BYTES;
export const SECOND_MESSAGE_BYTES = SECOND_OVERHEAD_BYTES + INSTANCE_BYTES;
export const EPHEMERAL_BYTES = KEY_BYTES;

/** Raise it whenever the bytes of a handshake or a datagram change: nodes of different versions do not connect. */
const PROTOCOL_NAME = 'diva-node/session/1';

export interface IdentityKeyPair {
  /** Ed25519, 32 bytes. */
  readonly publicKey: PublicKey;
  /** Ed25519 in libsodium's form: seed and public key, 64 bytes. */
  readonly secretKey: Uint8Array;
}

/** The own identity in both of its forms. */
export interface Identity {
  readonly publicKey: PublicKey;
  readonly curve: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  readonly instance: Uint8Array;
}

export interface SessionKeys {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** Nodes of other networks and of other versions cannot even begin to talk (Noise, section 6: prologue). */
export function prologueOf(chainId: Uint8Array): Uint8Array {
  return concatBytes(utf8(PROTOCOL_NAME), chainId);
}

/** The X25519 form of an Ed25519 key; null if it is not a point of the prime-order group. */
export function toCurveKey(publicKey: PublicKey): Uint8Array | null {
  const curveKey = new Uint8Array(KEY_BYTES);
  try {
    crypto_sign_ed25519_pk_to_curve25519(curveKey, publicKey);
  } catch {
    return null;
  }
  return curveKey;
}

export function makeIdentity(keyPair: IdentityKeyPair, instance: Uint8Array): Identity {
  const publicKey = toCurveKey(keyPair.publicKey);
  if (publicKey === null || keyPair.secretKey.length !== 64) {
    throw new TransportError('invalid-key', 'The key pair is not an Ed25519 key pair.');
  }
  const secretKey = new Uint8Array(KEY_BYTES);
  crypto_sign_ed25519_sk_to_curve25519(secretKey, keyPair.secretKey);
  return { publicKey: keyPair.publicKey, curve: { publicKey, secretKey }, instance };
}

/** Ephemeral keys come from the injected randomness, hence the library gets its curve with that one change. */
function curveWith(ephemeralSecret: Uint8Array): typeof curve {
  return { ...curve, generateKeyPair: () => curve.generateKeyPair(Uint8Array.from(ephemeralSecret)) };
}

function keysOf(noise: NoiseState): SessionKeys {
  return { sendKey: Uint8Array.from(noise.tx!), receiveKey: Uint8Array.from(noise.rx!) };
}

export interface InitiatorOptions {
  readonly identity: Identity;
  readonly prologue: Uint8Array;
  readonly remoteCurveKey: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
}

export class InitiatorHandshake {
  /** The first Noise message, FIRST_MESSAGE_BYTES. */
  readonly message: Uint8Array;
  readonly #options: InitiatorOptions;
  #noise: NoiseState;

  constructor(options: InitiatorOptions) {
    this.#options = options;
    [this.#noise, this.message] = this.#begin();
  }

  /** Keys and the responder's instance, or null if the message is not the responder's answer to this handshake. */
  finish(message: Uint8Array): (SessionKeys & { readonly instance: Uint8Array }) | null {
    try {
      // The library wipes the ephemeral key where it was received: leave the datagram alone.
      const instance = this.#noise.recv(Uint8Array.from(message));
      if (instance.length === INSTANCE_BYTES) {
        return { ...keysOf(this.#noise), instance: Uint8Array.from(instance) };
      }
    } catch {
      // Falls through: a forged answer must not spoil the handshake for the real one.
    }
    [this.#noise] = this.#begin();
    return null;
  }

  /** The same ephemeral key gives the same message and the same state. */
  #begin(): [NoiseState, Uint8Array] {
    const { identity, prologue, remoteCurveKey, ephemeralSecret } = this.#options;
    const noise = new NoiseState('IK', true, identity.curve, { curve: curveWith(ephemeralSecret) });
    noise.initialise(prologue, remoteCurveKey);
    return [noise, noise.send(concatBytes(identity.publicKey, identity.instance))];
  }
}

/** A first message that proved authentic. */
export interface ReceivedHandshake {
  readonly publicKey: PublicKey;
  readonly instance: Uint8Array;
  /** Completes the handshake; to be called at most once. */
  reply(): SessionKeys & { readonly message: Uint8Array };
}

export interface ResponderOptions {
  readonly identity: Identity;
  readonly prologue: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
}

/** Reads a first message: who sent it, or why it is refused. */
export function receiveHandshake(
  options: ResponderOptions,
  message: Uint8Array,
): ReceivedHandshake | 'handshake-invalid' | 'handshake-identity' {
  const { identity, prologue, ephemeralSecret } = options;
  const noise = new NoiseState('IK', false, identity.curve, { curve: curveWith(ephemeralSecret) });
  let payload: Uint8Array;
  try {
    noise.initialise(prologue);
    payload = noise.recv(Uint8Array.from(message));
  } catch {
    return 'handshake-invalid';
  }
  if (payload.length !== KEY_BYTES + INSTANCE_BYTES) return 'handshake-invalid';
  const publicKey = Uint8Array.from(payload.subarray(0, KEY_BYTES));
  const curveKey = toCurveKey(publicKey);
  const staticKey = noise.rs;
  if (curveKey === null || staticKey === null || !curveKey.every((byte, i) => byte === staticKey[i])) {
    return 'handshake-identity';
  }
  return {
    publicKey,
    instance: Uint8Array.from(payload.subarray(KEY_BYTES)),
    reply: () => {
      const answer = noise.send(identity.instance);
      return { ...keysOf(noise), message: answer };
    },
  };
}
