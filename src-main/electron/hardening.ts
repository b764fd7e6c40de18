/** What no page may do, whatever it is made of (Electron's security checklist). */
import { app, session, shell, type WebContents } from 'electron';
import { ORIGIN } from './channels.ts';

/** Sites that the window links to; they open in the person's own browser. */
const KNOWN_SITES: ReadonlySet<string> = new Set([
  'www.diva.exchange',
  'diva.exchange',
  'codeberg.org',
  'github.com',
]);

export function isOwnPage(url: string): boolean {
  return url === ORIGIN || url.startsWith(`${ORIGIN}/`);
}

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

/** Must be called before the first window. */
export function harden(): void {
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
}

function hardenContents(contents: WebContents): void {
  const keepOwn = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isOwnPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', keepOwn);
  contents.on('will-frame-navigate', keepOwn);
  contents.on('will-redirect', keepOwn);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}
