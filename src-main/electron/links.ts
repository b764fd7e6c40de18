/**
 * Links. Pages outside of the app: only of known sites, only after the person agreed, only in the person's own browser.
 * And invitations that the system opens the app with.
 */
import { app, dialog, shell } from 'electron';
import type { NativeTexts } from './texts.ts';

const KNOWN_SITES: ReadonlySet<string> = new Set([
  'www.diva.exchange',
  'diva.exchange',
  'codeberg.org',
  'github.com',
]);
const OPEN = 0;
const CANCEL = 1;

/** Only https, only known sites, without credentials or an odd port. */
export function mayOpenOutside(url: string): boolean {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  const { protocol, hostname, port, username, password } = parsed;
  return (
    protocol === 'https:' && KNOWN_SITES.has(hostname) && port === '' && username === '' && password === ''
  );
}

/** Shows the whole address first: that is what a link's text may hide. */
export async function openOutside(url: string, texts: NativeTexts): Promise<void> {
  if (!mayOpenOutside(url)) return;
  const { href } = new URL(url);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: texts.openMessage,
    detail: href,
    buttons: [texts.openPage, texts.cancel],
    defaultId: OPEN,
    cancelId: CANCEL,
    noLink: true,
  });
  if (response === OPEN) await shell.openExternal(href);
}

/** Longer ones are none. */
const MAX_INVITATION_CHARACTERS = 4096;

/** The invitation among what the system started the app with, or told the running one; null if there is none. */
export function invitationAmong(args: readonly string[]): string | null {
  return args.find((arg) => /^diva:\/\/join\//i.test(arg) && arg.length <= MAX_INVITATION_CHARACTERS) ?? null;
}

/** Calls back with each invitation that is opened; those that come before somebody listens are kept, the last one. */
export class OpenedInvitations {
  #waiting: string | null;
  #listener: ((link: string) => void) | null = null;

  /** macOS tells the running app, even before it is ready; elsewhere it is an argument, also of a second start. */
  constructor(args: readonly string[]) {
    this.#waiting = invitationAmong(args);
    app.on('open-url', (event, url) => {
      event.preventDefault();
      this.take([url]);
    });
  }

  take(args: readonly string[]): void {
    const link = invitationAmong(args);
    if (link === null) return;
    if (this.#listener === null) this.#waiting = link;
    else this.#listener(link);
  }

  listen(listener: (link: string) => void): void {
    this.#listener = listener;
    if (this.#waiting !== null) listener(this.#waiting);
    this.#waiting = null;
  }
}
