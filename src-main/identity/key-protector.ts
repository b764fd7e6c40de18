/**
 * A keyring of the system that encrypts for the person who is logged in. Electron's safeStorage implements
 * it; a process without a window has none.
 */
export interface KeyProtector {
  /**
   * Written into the key file, so that a person can be told where the key is: `gnome_libsecret`, `keychain`,
   * `dpapi`.
   */
  readonly name: string;
  protect(secret: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Throws or rejects when the keyring is locked, gone or another one. */
  unprotect(box: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** How a key file keeps its secret from others who can read the disk. */
export type Protection =
  /** By the permissions of the file only. */
  | { readonly kind: 'none' }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'keyring'; readonly protector: KeyProtector };

export type ProtectionKind = Protection['kind'];

/** What may be needed to open a key file, as far as it is there. */
export interface Unlocking {
  readonly passphrase?: string;
  readonly protector?: KeyProtector;
}
