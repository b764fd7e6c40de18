/** What no page may do, whatever it is made of (Electron's security checklist). */
import { app, session, type WebContents } from 'electron';
import { ORIGIN } from './channels.ts';

export function isOwnPage(url: string): boolean {
  return url === ORIGIN || url.startsWith(`${ORIGIN}/`);
}

/**
 * Must be called before the first window. `openOutside` gets every address that a page wants to open in a window of
 * its own, which never happens.
 */
export function harden(openOutside: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents) => hardenContents(contents, openOutside));
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
}

function hardenContents(contents: WebContents, openOutside: (url: string) => void): void {
  const keepOwn = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isOwnPage(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', keepOwn);
  contents.on('will-frame-navigate', keepOwn);
  contents.on('will-redirect', keepOwn);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url);
    return { action: 'deny' };
  });
}
