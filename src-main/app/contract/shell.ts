/** The app around the network: information and settings. */
import { Type, type Static } from 'typebox';
import { InvitationText } from './joining.ts';
import { Nullable, Record, Word } from './primitives.ts';

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

/**
 * A link `diva://join/…`, or the content of a `.diva-invitation` file, that was clicked somewhere; null when there is
 * none, or none any more. `fault`: why the file gives none.
 */
export const OpenedLink = Record({
  link: Nullable(InvitationText),
  fault: Nullable(Word('unreadable', 'too-large')),
});
export type OpenedLink = Static<typeof OpenedLink>;
