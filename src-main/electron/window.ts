import { BrowserWindow } from 'electron';
import { ORIGIN } from './channels.ts';

/** The paper and ink of the design's two themes: no white flash before the page is there. */
const BACKGROUND = { light: '#f7f6f2', dark: '#14171c' } as const;

/** `isHidden`: it is there, but only show() shows it. */
export function createWindow(preload: string, isDark: boolean, isHidden: boolean): BrowserWindow {
  const window = new BrowserWindow({
    width: 1200,
    height: 800,
    minWidth: 480,
    minHeight: 480,
    show: false,
    title: 'DIVA Node',
    backgroundColor: isDark ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (!isHidden) window.once('ready-to-show', () => window.show());
  // A crashed page is only a view of the node: it is loaded again.
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit' && !window.isDestroyed()) window.webContents.reload();
  });
  return window;
}

export async function loadWindow(window: BrowserWindow): Promise<void> {
  await window.loadURL(`${ORIGIN}/`);
}
