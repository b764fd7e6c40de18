/** The few texts outside of the window: menus and the tray. */
import type { Language } from '../app/contract/shell.ts';

export interface NativeTexts {
  readonly file: string;
  readonly dataFolder: string;
  readonly logs: string;
  readonly lock: string;
  /** Of a key without a passphrase. */
  readonly lockMessage: string;
  readonly lockDetail: string;
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
  /** In the tray and where closing is explained: what quitting means for the nodes. */
  readonly quitAll: string;
  readonly closeMessage: string;
  readonly closeDetail: string;
  readonly closeStay: string;
  readonly openMessage: string;
  readonly openPage: string;
  readonly cancel: string;
  /** Of an app that is running already, in the same data folder; `{pid}` stands for the number of its process. */
  readonly folderInUse: string;
  /** While quitting takes long; `{what}` stands for what is not finished: names of nodes, or else `quittingApp`. */
  readonly quittingMessage: string;
  readonly quittingDetail: string;
  readonly quittingApp: string;
  readonly quittingWait: string;
  readonly quittingEnd: string;
}

export const NATIVE_TEXTS: Readonly<Record<Language, NativeTexts>> = {
  en: {
    file: 'File',
    dataFolder: 'Open data folder',
    logs: 'Open logs',
    lock: 'Lock now',
    lockMessage: 'This key is not closed with a passphrase',
    lockDetail:
      'Whoever sits here could open it again at once. ' +
      'Set a passphrase under Settings first, or lock the computer itself.',
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
    quitAll: 'Quit and stop all nodes',
    closeMessage: 'Your nodes go on while the window is closed',
    closeDetail:
      'The symbol beside the clock brings the window back, and so does starting DIVA Node once more. To stop the ' +
      'nodes, choose Quit there or in the File menu: they write everything to disk first.',
    closeStay: 'Close the window',
    openMessage: 'Open this page in your browser?',
    openPage: 'Open',
    cancel: 'Cancel',
    folderInUse:
      'DIVA Node is running already with this data folder (process {pid}). Use its window, or end it first.',
    quittingMessage: 'Quitting takes longer than usual',
    quittingDetail:
      'Still writing to disk: {what}. The disk may be slow, or hang. If you end it now, nothing that was accepted is ' +
      'lost: it is on the disk already, and the next start checks it.',
    quittingApp: 'the app itself',
    quittingWait: 'Keep waiting',
    quittingEnd: 'End it now',
  },
  de: {
    file: 'Datei',
    dataFolder: 'Datenordner öffnen',
    logs: 'Protokolle öffnen',
    lock: 'Jetzt abschließen',
    lockMessage: 'Diesen Schlüssel schützt keine Passphrase',
    lockDetail:
      'Wer hier sitzt, könnte ihn sofort wieder öffnen. ' +
      'Lege zuerst unter Optionen eine Passphrase fest, oder sperre den Computer selbst.',
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
    quitAll: 'Beenden und alle Knoten anhalten',
    closeMessage: 'Deine Knoten laufen weiter, während das Fenster geschlossen ist',
    closeDetail:
      'Das Symbol neben der Uhr bringt das Fenster zurück, und ein erneuter Start von DIVA Node auch. Um die Knoten ' +
      'anzuhalten, wähle dort oder im Menü Datei „Beenden“: Sie schreiben vorher alles auf die Festplatte.',
    closeStay: 'Fenster schließen',
    openMessage: 'Diese Seite im Browser öffnen?',
    openPage: 'Öffnen',
    cancel: 'Abbrechen',
    folderInUse:
      'DIVA Node läuft schon mit diesem Datenordner (Prozess {pid}). Nimm sein Fenster, oder beende es zuerst.',
    quittingMessage: 'Das Beenden dauert länger als üblich',
    quittingDetail:
      'Schreibt noch auf die Festplatte: {what}. Vielleicht ist die Festplatte langsam, oder sie hängt. ' +
      'Beendest du es jetzt, geht nichts Angenommenes verloren: Es liegt schon auf der Festplatte, und der nächste ' +
      'Start prüft es.',
    quittingApp: 'die App selbst',
    quittingWait: 'Weiter warten',
    quittingEnd: 'Jetzt beenden',
  },
  ru: {
    file: 'Файл',
    dataFolder: 'Открыть папку данных',
    logs: 'Открыть журналы',
    lock: 'Заблокировать',
    lockMessage: 'Этот ключ не закрыт парольной фразой',
    lockDetail:
      'Любой, кто здесь сидит, сразу открыл бы его снова. ' +
      'Сначала задайте в настройках парольную фразу или заблокируйте сам компьютер.',
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
    quitAll: 'Выйти и остановить все узлы',
    closeMessage: 'Ваши узлы работают и при закрытом окне',
    closeDetail:
      'Значок рядом с часами вернёт окно, как и повторный запуск DIVA Node. Чтобы остановить узлы, выберите «Выйти» ' +
      'там или в меню «Файл»: сначала они запишут всё на диск.',
    closeStay: 'Закрыть окно',
    openMessage: 'Открыть эту страницу в браузере?',
    openPage: 'Открыть',
    cancel: 'Отмена',
    folderInUse:
      'DIVA Node уже работает с этой папкой данных (процесс {pid}). Используйте его окно или сначала завершите его.',
    quittingMessage: 'Выход длится дольше обычного',
    quittingDetail:
      'Ещё пишет на диск: {what}. Возможно, диск медленный или завис. Если завершить сейчас, ничего из принятого не ' +
      'пропадёт: оно уже на диске, и следующий запуск его проверит.',
    quittingApp: 'само приложение',
    quittingWait: 'Ждать дальше',
    quittingEnd: 'Завершить сейчас',
  },
};
