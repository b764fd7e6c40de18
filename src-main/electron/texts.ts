/** The few texts outside of the window: menus and the tray. */
import type { Language } from '../app/contract/shell.ts';

export interface NativeTexts {
  readonly file: string;
  readonly dataFolder: string;
  readonly logs: string;
  readonly quit: string;
  readonly edit: string;
  readonly undo: string;
  readonly redo: string;
  readonly cut: string;
  readonly copy: string;
  readonly paste: string;
  readonly selectAll: string;
  readonly view: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly actualSize: string;
  readonly fullScreen: string;
  readonly show: string;
}

export const NATIVE_TEXTS: Readonly<Record<Language, NativeTexts>> = {
  en: {
    file: 'File',
    dataFolder: 'Open data folder',
    logs: 'Open logs',
    quit: 'Quit',
    edit: 'Edit',
    undo: 'Undo',
    redo: 'Redo',
    cut: 'Cut',
    copy: 'Copy',
    paste: 'Paste',
    selectAll: 'Select all',
    view: 'View',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    actualSize: 'Actual size',
    fullScreen: 'Full screen',
    show: 'Show window',
  },
  de: {
    file: 'Datei',
    dataFolder: 'Datenordner öffnen',
    logs: 'Protokolle öffnen',
    quit: 'Beenden',
    edit: 'Bearbeiten',
    undo: 'Rückgängig',
    redo: 'Wiederholen',
    cut: 'Ausschneiden',
    copy: 'Kopieren',
    paste: 'Einfügen',
    selectAll: 'Alles auswählen',
    view: 'Ansicht',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    actualSize: 'Originalgröße',
    fullScreen: 'Vollbild',
    show: 'Fenster zeigen',
  },
  ru: {
    file: 'Файл',
    dataFolder: 'Открыть папку данных',
    logs: 'Открыть журналы',
    quit: 'Выйти',
    edit: 'Правка',
    undo: 'Отменить',
    redo: 'Повторить',
    cut: 'Вырезать',
    copy: 'Копировать',
    paste: 'Вставить',
    selectAll: 'Выделить всё',
    view: 'Вид',
    zoomIn: 'Увеличить',
    zoomOut: 'Уменьшить',
    actualSize: 'Исходный размер',
    fullScreen: 'Во весь экран',
    show: 'Показать окно',
  },
};
