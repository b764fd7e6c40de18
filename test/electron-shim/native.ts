/** Menus, tray, dialogs and the other things of the system around the window. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import { loud, onControl, state, violation } from './control.ts';
import { openWindows } from './windows.ts';

interface MenuItem {
  readonly label?: string;
  readonly role?: string;
  readonly submenu?: Menu;
  readonly click?: () => void;
}
interface MenuTemplateItem extends Omit<MenuItem, 'submenu'> {
  readonly submenu?: readonly MenuTemplateItem[];
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: readonly MenuItem[];

  constructor(items: readonly MenuItem[]) {
    this.items = items;
  }

  static buildFromTemplate(template: readonly MenuTemplateItem[]): Menu {
    return new Menu(
      template.map(({ submenu, ...item }) => ({
        ...item,
        ...(submenu === undefined ? {} : { submenu: Menu.buildFromTemplate(submenu) }),
      })),
    );
  }

  static setApplicationMenu(menu: Menu): void {
    Menu.#application = menu;
    state.menu.splice(0, Infinity, ...menu.items.map(({ label, role }) => label ?? role ?? ''));
  }

  static click(labels: readonly string[]): void {
    let menu = Menu.#application;
    let item: MenuItem | undefined;
    for (const label of labels) {
      item = menu?.items.find((candidate) => candidate.label === label);
      if (item === undefined) throw new Error(`no menu entry ${label}`);
      menu = item.submenu ?? null;
    }
    if (item?.role === 'quit') app.quit();
    else item?.click?.();
  }
}

onControl('clickMenu', (request) => request.ask === 'clickMenu' && Menu.click(request.labels));

export class Tray extends EventEmitter {
  static #menu: Menu | null = null;

  setToolTip(): void {}

  setContextMenu(menu: Menu): void {
    Tray.#menu = menu;
    state.tray = menu.items.map(({ label }) => label ?? '');
  }

  static click(label: string): void {
    const item = Tray.#menu?.items.find((candidate) => candidate.label === label);
    if (item === undefined) throw new Error(`the tray has no ${label}`);
    item.click?.();
  }
}

onControl('clickTray', (request) => request.ask === 'clickTray' && Tray.click(request.label));

export const nativeImage = loud('nativeImage', {
  createFromPath: (file: string) => ({ file, isEmpty: () => false, setTemplateImage: () => undefined }),
});

class NativeTheme extends EventEmitter {
  #source: 'light' | 'dark' | 'system' = 'system';

  get themeSource(): 'light' | 'dark' | 'system' {
    return this.#source;
  }

  set themeSource(source: 'light' | 'dark' | 'system') {
    this.#source = source;
    for (const window of openWindows()) window.setColorScheme(source === 'system' ? null : source);
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }
}

export const nativeTheme = loud('nativeTheme', new NativeTheme());

interface MessageBox {
  readonly message: string;
  readonly detail?: string;
  readonly buttons?: readonly string[];
  readonly cancelId?: number;
}

/** What the person answers from now on; until a test says so, every box is dismissed. */
let answer: string | null = null;
onControl('answerDialogs', (request) => request.ask === 'answerDialogs' && (answer = request.label));

export const dialog = loud('dialog', {
  /** With or without a window before the options. */
  showMessageBox: (...args: unknown[]) => {
    const { message, detail = '', buttons = [], cancelId = 0 } = args.at(-1) as MessageBox;
    state.dialogs.push([message, detail]);
    const index = answer === null ? cancelId : buttons.indexOf(answer);
    if (index < 0) violation('dialog', `${message} has no button ${answer}`);
    return Promise.resolve({ response: index, checkboxChecked: false });
  },
  showErrorBox: (title: string, content: string) => {
    violation('error-box', `${title}: ${content}`);
    process.stderr.write(`${title}: ${content}\n`);
  },
});

/** It never sleeps by itself. */
export const powerMonitor = loud('powerMonitor', new EventEmitter());

export const shell = loud('shell', {
  openExternal: (url: string) => Promise.resolve(void state.opened.push(url)),
  openPath: (folder: string) => Promise.resolve(state.opened.push(folder) > 0 ? '' : 'failed'),
});

export const session = loud('session', {
  defaultSession: loud('defaultSession', {
    setPermissionRequestHandler: () => undefined,
    setPermissionCheckHandler: () => undefined,
    setDevicePermissionHandler: () => undefined,
  }),
});

/** The key of a test run stands in for the one in the system's keyring. */
const key = process.env['ELECTRON_SHIM_KEYRING']
  ? Buffer.from(process.env['ELECTRON_SHIM_KEYRING'], 'hex')
  : randomBytes(32);
const IV_BYTES = 12;
const TAG_BYTES = 16;

export const safeStorage = loud('safeStorage', {
  isEncryptionAvailable: () => app.isReady() && process.env['ELECTRON_SHIM_NO_KEYRING'] !== '1',
  getSelectedStorageBackend: () =>
    process.env['ELECTRON_SHIM_NO_KEYRING'] === '1' ? 'basic_text' : 'gnome_libsecret',
  encryptString: (text: string): Buffer => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
  },
  decryptString: (bytes: Buffer): string => {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  },
});
