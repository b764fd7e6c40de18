/** Pages outside of the app: only of known sites, only after the person agreed, only in the person's own browser. */
import { dialog, shell } from 'electron';
import type { NativeTexts } from './texts.ts';

const KNOWN_SITES: ReadonlySet<string> = new Set([
  'www.diva.exchange',
  'diva.exchange',
  'codeberg.org',
  'github.com',
]);
const OPEN = 0;
const CANCEL = 1;

/** Only https, only known sites, without credentials or an odd port. */
export function mayOpenOutside(url: string): boolean {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  const { protocol, hostname, port, username, password } = parsed;
  return (
    protocol === 'https:' && KNOWN_SITES.has(hostname) && port === '' && username === '' && password === ''
  );
}

/** Shows the whole address first: that is what a link's text may hide. */
export async function openOutside(url: string, texts: NativeTexts): Promise<void> {
  if (!mayOpenOutside(url)) return;
  const { href } = new URL(url);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: texts.openMessage,
    detail: href,
    buttons: [texts.openPage, texts.cancel],
    defaultId: OPEN,
    cancelId: CANCEL,
    noLink: true,
  });
  if (response === OPEN) await shell.openExternal(href);
}
