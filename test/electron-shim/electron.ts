/**
 * A double of Electron's main-process module: a BrowserWindow is a page of real Chromium, driven through
 * playwright-core. What the app does not use is not there, and using it is loud. Not covered: the OS sandbox,
 * fuses, what permission handlers decide. `npm run test:electron` runs the same specs in real Electron where it
 * can be had.
 */
export { app } from './app.ts';
export { ipcMain } from './ipc.ts';
export { protocol } from './protocol.ts';
export { BrowserWindow } from './window.ts';
export { utilityProcess } from './utility-process.ts';
export {
  dialog,
  Menu,
  nativeImage,
  nativeTheme,
  safeStorage,
  session,
  shell,
  Tray,
  powerMonitor,
} from './native.ts';
