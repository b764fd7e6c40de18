/** The own key pair: whose it is, how its file is closed, and opening it. */
import { Type, type Static } from 'typebox';
import { ContractError } from './errors.ts';
import { DisplayName, Nullable, Record, Text32, Word } from './primitives.ts';

export const Identity = Record({
  displayName: DisplayName,
  publicKey: Text32,
  /** The SHA-256 of the public key in groups for comparing by eye or voice: 8 groups of 4 hexadecimal digits. */
  fingerprint: Type.String({ pattern: '^([0-9a-f]{4} ){7}[0-9a-f]{4}$', maxLength: 39 }),
  /** How the key file is encrypted. */
  protection: Word('keyring', 'passphrase', 'unprotected'),
  /**
   * locked: the person has to enter its passphrase. keyring-missing: only the keyring that encrypted it opens it,
   * and this host cannot ask one.
   */
  access: Word('open', 'locked', 'keyring-missing'),
  /** The keyring that encrypted it, as the system names it: gnome_libsecret, keychain, dpapi. */
  keyring: Nullable(Type.String({ maxLength: 64 })),
});
export type Identity = Static<typeof Identity>;

export const IdentityState = Record({
  /** Null until the first set-up has made it. */
  identity: Nullable(Identity),
  /** Why the key file cannot even be looked at. */
  problem: Nullable(ContractError),
  /** How a key is closed that is made without a passphrase of the person. */
  newKey: Word('keyring', 'given-passphrase', 'unprotected'),
});
export type IdentityState = Static<typeof IdentityState>;

const MAX_PASSPHRASE_CHARACTERS = 1024;
export const Passphrase = Type.String({ minLength: 1, maxLength: MAX_PASSPHRASE_CHARACTERS });
/** Trying one takes most of a second: with 8 characters that is out of reach unless the words are known. */
export const NewPassphrase = Type.String({ minLength: 8, maxLength: MAX_PASSPHRASE_CHARACTERS });

export const UnlockIdentityRequest = Record({ passphrase: Passphrase });

/** `current` is asked for where a passphrase closes the key now. */
export const SetPassphraseRequest = Record({ current: Nullable(Passphrase), next: NewPassphrase });
export type SetPassphraseRequest = Static<typeof SetPassphraseRequest>;

export const StartOverResponse = Record({ backupPath: Type.String({ maxLength: 4096 }) });
