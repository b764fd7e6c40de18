import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { NativeTexts } from './texts.ts';

export interface MenuActions {
  readonly openDataFolder: () => void;
  readonly openLogs: () => void;
  readonly lock: () => void;
}

/** Only shown: the window listens for them, in both hosts. macOS would take them for itself. */
const LOCK_KEYS =
  process.platform === 'darwin' ? {} : { accelerator: 'Ctrl+Shift+L', registerAccelerator: false };

/** No entry reloads the page or opens the developer tools: the window holds nothing that would need it. */
export function setApplicationMenu(texts: NativeTexts, actions: MenuActions): void {
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    {
      label: texts.file,
      submenu: [
        { label: texts.dataFolder, click: actions.openDataFolder },
        { label: texts.logs, click: actions.openLogs },
        { type: 'separator' },
        { label: texts.lock, click: actions.lock, ...LOCK_KEYS },
        { type: 'separator' },
        { label: texts.quit, role: 'quit' },
      ],
    },
    {
      label: texts.edit,
      submenu: [
        { label: texts.undo, role: 'undo' },
        { label: texts.redo, role: 'redo' },
        { type: 'separator' },
        { label: texts.cut, role: 'cut' },
        { label: texts.copy, role: 'copy' },
        { label: texts.paste, role: 'paste' },
        { label: texts.selectAll, role: 'selectAll' },
      ],
    },
    {
      label: texts.view,
      submenu: [
        { label: texts.zoomIn, role: 'zoomIn' },
        { label: texts.zoomOut, role: 'zoomOut' },
        { label: texts.actualSize, role: 'resetZoom' },
        { type: 'separator' },
        { label: texts.fullScreen, role: 'togglefullscreen' },
      ],
    },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
