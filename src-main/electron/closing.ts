/**
 * What closing the window means. While nodes run and the tray has a way back, the window hides and they go on; this is
 * said once. Otherwise it ends the app: nothing runs that nobody can reach.
 */
import { app, dialog, type BrowserWindow } from 'electron';
import type { NativeTexts } from './texts.ts';

export interface ClosingDependencies {
  /** There are nodes to go on, and a way back to the window. */
  readonly mayHide: () => boolean;
  readonly isExplained: () => boolean;
  readonly explained: () => void;
  readonly texts: () => NativeTexts;
}

const STAY = 0;
const QUIT = 1;

export function hideOnClose(window: BrowserWindow, dependencies: ClosingDependencies): void {
  let isQuitting = false;
  let isExplaining = false;
  app.on('before-quit', () => (isQuitting = true));
  window.on('close', (event) => {
    if (isQuitting || !dependencies.mayHide()) return;
    event.preventDefault();
    if (isExplaining) return;
    if (dependencies.isExplained()) return window.hide();
    isExplaining = true;
    void explain(window, dependencies).finally(() => (isExplaining = false));
  });
}

async function explain(window: BrowserWindow, { texts, explained }: ClosingDependencies): Promise<void> {
  const { closeMessage, closeDetail, closeStay, quitAll } = texts();
  const { response } = await dialog.showMessageBox(window, {
    type: 'info',
    message: closeMessage,
    detail: closeDetail,
    buttons: [closeStay, quitAll],
    defaultId: STAY,
    cancelId: STAY,
    noLink: true,
  });
  if (response === QUIT) return app.quit();
  explained();
  if (!window.isDestroyed()) window.hide();
}
