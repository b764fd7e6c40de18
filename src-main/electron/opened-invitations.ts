/** Invitations that the system opens the app with: a clicked link, or a `.diva-invitation` file. */
import { app } from 'electron';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenedLink } from '../app/contract/shell.ts';

/** Longer ones are none. */
const MAX_INVITATION_CHARACTERS = 4096;
/** A file may have more white space than the link in it needs. */
const MAX_FILE_BYTES = 16 * 1024;

/** The invitation among what the system started the app with, or told the running one; null if there is none. */
export function invitationAmong(args: readonly string[], workingFolder: string): OpenedLink | null {
  for (const arg of args) {
    if (/^diva:\/\/join\//i.test(arg) && arg.length <= MAX_INVITATION_CHARACTERS)
      return { link: arg, fault: null };
    const file = invitationFile(arg, workingFolder);
    if (file !== null) return readInvitationFile(file);
  }
  return null;
}

/** Linux desktops give addresses (`file:///…`), the others paths; a path may be relative to where it was said. */
function invitationFile(arg: string, workingFolder: string): string | null {
  if (arg.startsWith('-') || !/\.diva-invitation$/i.test(arg)) return null;
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(arg)) return path.resolve(workingFolder, arg);
  try {
    return fileURLToPath(arg);
  } catch {
    // Of another kind, or on another computer.
    return null;
  }
}

/** Bounded before it is read; the window says what is wrong with it. */
function readInvitationFile(file: string): OpenedLink {
  try {
    const found = fs.statSync(file);
    if (found.size > MAX_FILE_BYTES) return { link: null, fault: 'too-large' };
    // A pipe or a device may have no end.
    const text = found.isFile() ? fs.readFileSync(file, 'utf8').trim() : '';
    if (text.length > MAX_INVITATION_CHARACTERS) return { link: null, fault: 'too-large' };
    if (text !== '') return { link: text, fault: null };
  } catch {
    // Gone meanwhile, or not for this user to read.
  }
  return { link: null, fault: 'unreadable' };
}

/** Calls back with each invitation that is opened; of those that come before somebody listens the last one is kept. */
export class OpenedInvitations {
  #waiting: OpenedLink | null;
  #listener: ((opened: OpenedLink) => void) | null = null;

  /** macOS tells the running app, even before it is ready; elsewhere it is an argument, also of a second start. */
  constructor(args: readonly string[]) {
    this.#waiting = invitationAmong(args, process.cwd());
    const take = (event: { preventDefault(): void }, opened: string): void => {
      event.preventDefault();
      this.take([opened], process.cwd());
    };
    app.on('open-url', take);
    app.on('open-file', take);
  }

  take(args: readonly string[], workingFolder: string): void {
    const opened = invitationAmong(args, workingFolder);
    if (opened === null) return;
    if (this.#listener === null) this.#waiting = opened;
    else this.#listener(opened);
  }

  listen(listener: (opened: OpenedLink) => void): void {
    this.#listener = listener;
    if (this.#waiting !== null) listener(this.#waiting);
    this.#waiting = null;
  }
}
