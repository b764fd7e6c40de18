import { Menu, nativeImage, Tray } from 'electron';
import path from 'node:path';
import type { NativeTexts } from './texts.ts';

export interface TrayActions {
  readonly show: () => void;
  readonly quit: () => void;
}

/**
 * A way back to the window, never a hiding place: closing the window ends the app, so nothing depends on a
 * desktop that has no tray. Null where the system refuses one.
 */
export function createTray(assets: string): Tray | null {
  const file = process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
  const image = nativeImage.createFromPath(path.join(assets, 'tray', file));
  if (image.isEmpty()) return null;
  try {
    const tray = new Tray(image);
    tray.setToolTip('DIVA Node');
    return tray;
  } catch {
    return null;
  }
}

export function setTrayMenu(tray: Tray, texts: NativeTexts, actions: TrayActions): void {
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: texts.show, click: actions.show },
      { label: texts.quit, click: actions.quit },
    ]),
  );
}
