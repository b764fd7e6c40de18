/**
 * `window.diva` in Electron: one named method per request and push of the contract. Neither ipcRenderer nor an event
 * object ever reaches the page.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { PUSH_NAMES, REQUEST_NAMES, subscribeName, type PushName } from '../app/contract/names.ts';
import { pushChannel, requestChannel, SUBSCRIBE_CHANNEL, UNSUBSCRIBE_CHANNEL } from './channels.ts';

type Listener = (value: unknown) => void;

const listeners = new Map<PushName, Set<Listener>>(PUSH_NAMES.map((name) => [name, new Set<Listener>()]));

function subscribe(name: PushName, listener: Listener): () => void {
  const known = listeners.get(name)!;
  known.add(listener);
  // Main process and window live and die together.
  if (name === 'link') listener({ connected: true });
  else ipcRenderer.send(SUBSCRIBE_CHANNEL, name);
  return () => {
    if (known.delete(listener) && known.size === 0) ipcRenderer.send(UNSUBSCRIBE_CHANNEL, name);
  };
}

const bridge: Record<string, unknown> = {};
for (const name of REQUEST_NAMES) {
  bridge[name] = (request: unknown): Promise<unknown> => ipcRenderer.invoke(requestChannel(name), request);
}
for (const name of PUSH_NAMES) {
  ipcRenderer.on(pushChannel(name), (_event, value: unknown) => {
    for (const listener of listeners.get(name)!) listener(value);
  });
  bridge[subscribeName(name)] = (listener: Listener): (() => void) => subscribe(name, listener);
}

contextBridge.exposeInMainWorld('diva', bridge);
