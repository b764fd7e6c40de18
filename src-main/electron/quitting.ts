/**
 * Quitting closes the app in order. A disk that hangs, or a node that does, must not keep it for ever: after a while
 * the person is told what is not finished, and may end it. That loses nothing: what was accepted was on disk before.
 */
import { app, dialog } from 'electron';
import type { NativeTexts } from './texts.ts';

export interface QuittingDependencies {
  /** Does not reject. */
  readonly close: () => Promise<void>;
  /** The names of the nodes that have not ended. */
  readonly unfinished: () => readonly string[];
  /** Ends their processes by force, without waiting. */
  readonly abandon: () => void;
  readonly texts: () => NativeTexts;
}

/** Most nodes need less than a second. */
const PATIENCE_MS = 10_000;
const WAIT = 0;
const END = 1;

/** The first quit closes the app in order, the second one is its own. */
export function quitInOrder(dependencies: QuittingDependencies): void {
  let isClosed = false;
  let closing: Promise<void> | null = null;
  app.on('before-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    closing ??= close(dependencies).then(() => {
      isClosed = true;
      app.quit();
    });
  });
}

async function close(dependencies: QuittingDependencies): Promise<void> {
  const closed = new AbortController();
  let timer = setTimeout(ask, PATIENCE_MS);
  function ask(): void {
    void mayEnd(dependencies, closed.signal).then((ends) => {
      if (closed.signal.aborted) return;
      if (!ends) timer = setTimeout(ask, PATIENCE_MS);
      else {
        dependencies.abandon();
        app.exit(0);
      }
    });
  }
  await dependencies.close();
  clearTimeout(timer);
  closed.abort();
}

/** The box goes away by itself when there is nothing left to wait for. */
async function mayEnd({ unfinished, texts }: QuittingDependencies, signal: AbortSignal): Promise<boolean> {
  const { quittingMessage, quittingDetail, quittingApp, quittingWait, quittingEnd } = texts();
  const what = unfinished().join(', ') || quittingApp;
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: quittingMessage,
    detail: quittingDetail.replace('{what}', what),
    buttons: [quittingWait, quittingEnd],
    defaultId: WAIT,
    cancelId: WAIT,
    noLink: true,
    signal,
  });
  return response === END;
}
