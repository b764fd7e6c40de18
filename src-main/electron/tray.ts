import { Menu, nativeImage, Tray } from 'electron';
import path from 'node:path';
import type { NativeTexts } from './texts.ts';
import { hasTrayHost } from './tray-host.ts';

export interface TrayActions {
  readonly show: () => void;
  readonly quit: () => void;
}

/** The way back to a hidden window (closing.ts). Null where no desktop would show it. */
export async function createTray(assets: string): Promise<Tray | null> {
  if (!(await hasTrayHost())) return null;
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
      { label: texts.quitAll, click: actions.quit },
    ]),
  );
}
