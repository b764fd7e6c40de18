/** Answers the window: every sender is checked before its arguments are, and those before a handler sees them. */
import { ipcMain, type BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent } from 'electron';
import type { App } from '../app/app.ts';
import type { Outcome } from '../app/contract/errors.ts';
import { PUSH_NAMES, REQUEST_NAMES, type PushName } from '../app/contract/names.ts';
import { contractError } from '../app/errors.ts';
import type { Attachment } from '../app/push-hub.ts';
import { ORIGIN, pushChannel, requestChannel, SUBSCRIBE_CHANNEL, UNSUBSCRIBE_CHANNEL } from './channels.ts';

/** The app's own page in the main frame of a window; not a frame inside of it, not another page. */
export function isTrustedSender(event: Pick<IpcMainInvokeEvent | IpcMainEvent, 'senderFrame'>): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.origin === ORIGIN;
}

export function isPushName(name: unknown): name is PushName {
  return (PUSH_NAMES as readonly unknown[]).includes(name);
}

export class WindowIpc {
  readonly #app: App;
  /** By the id of the web contents. */
  readonly #attachments = new Map<number, Attachment>();

  constructor(app: App) {
    this.#app = app;
    for (const name of REQUEST_NAMES) {
      ipcMain.handle(requestChannel(name), async (event, request: unknown): Promise<Outcome<unknown>> => {
        if (!isTrustedSender(event)) return { ok: false, error: contractError('unauthorized') };
        return app.dispatch(name, request);
      });
    }
    ipcMain.on(SUBSCRIBE_CHANNEL, (event, name: unknown) => {
      if (isTrustedSender(event) && isPushName(name)) this.#attachments.get(event.sender.id)?.subscribe(name);
    });
    ipcMain.on(UNSUBSCRIBE_CHANNEL, (event, name: unknown) => {
      if (isTrustedSender(event) && isPushName(name))
        this.#attachments.get(event.sender.id)?.unsubscribe(name);
    });
  }

  attach(window: BrowserWindow): void {
    const { webContents } = window;
    const { id } = webContents;
    const attachment = this.#app.attach((name, value) => {
      if (!webContents.isDestroyed()) webContents.send(pushChannel(name), value);
    });
    this.#attachments.set(id, attachment);
    // Nothing is pushed to a window before it is shown for the first time: the app may have started in the tray.
    attachment.setVisible(window.isVisible());
    webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) attachment.reset();
    });
    window.on('hide', () => attachment.setVisible(false));
    window.on('minimize', () => attachment.setVisible(false));
    window.on('show', () => attachment.setVisible(true));
    window.on('restore', () => attachment.setVisible(true));
    window.on('closed', () => {
      attachment.detach();
      this.#attachments.delete(id);
    });
  }
}
