/** The app around the network: information, settings, the own identity. */
import { Type, type Static } from 'typebox';
import { DisplayName, Nullable, Record, Text32, Word } from './primitives.ts';

export const Language = Word('en', 'de', 'ru');
export type Language = Static<typeof Language>;

export const AppInfo = Record({
  name: Type.String({ maxLength: 64 }),
  version: Type.String({ maxLength: 64 }),
  license: Type.String({ maxLength: 64 }),
  host: Word('electron', 'browser'),
  platform: Type.String({ maxLength: 32 }),
  dataDir: Type.String({ maxLength: 4096 }),
  logDir: Type.String({ maxLength: 4096 }),
  /** What 'system' means for the language on this machine. */
  systemLanguage: Language,
  canOpenFolders: Type.Boolean(),
});
export type AppInfo = Static<typeof AppInfo>;

export const Settings = Record({
  language: Word('en', 'de', 'ru', 'system'),
  theme: Word('light', 'dark', 'system'),
});
export type Settings = Static<typeof Settings>;

export const SettingsState = Record({
  settings: Settings,
  /** Names of settings that the command line or environment decides; setting them has no effect until then. */
  overridden: Type.Array(Word('language', 'theme'), { maxItems: 2 }),
});
export type SettingsState = Static<typeof SettingsState>;

export const SetSettingsRequest = Type.Partial(Settings, { additionalProperties: false });
export type SetSettingsRequest = Static<typeof SetSettingsRequest>;

export const OpenFolderRequest = Record({ folder: Word('data', 'logs') });

/** The own key pair; null in `IdentityState` until the first set-up has made one. */
export const Identity = Record({
  displayName: DisplayName,
  publicKey: Text32,
  /** The SHA-256 of the public key in groups for comparing by eye or voice: 8 groups of 4 hexadecimal digits. */
  fingerprint: Type.String({ pattern: '^([0-9a-f]{4} ){7}[0-9a-f]{4}$', maxLength: 39 }),
  /** How the key file is encrypted. */
  protection: Word('keyring', 'passphrase', 'unprotected'),
});
export type Identity = Static<typeof Identity>;

export const IdentityState = Record({ identity: Nullable(Identity) });
export type IdentityState = Static<typeof IdentityState>;
