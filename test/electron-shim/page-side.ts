/**
 * Runs in the page, before its own scripts, as text: it must not refer to anything outside of itself. It gives
 * the real preload bundle what a sandboxed preload has, and the page only what the preload exposes.
 */
export interface PageSideOptions {
  /** Under this symbol the main process finds the function that delivers its messages. */
  readonly deliveryKey: string;
  readonly bindingName: string;
}

type PreloadSource = (module: object, exports: object, require: (name: string) => unknown) => void;
type PageListener = (event: object, ...args: unknown[]) => void;

export function installPageSide(options: PageSideOptions, preload: PreloadSource): void {
  const page = globalThis as unknown as Record<string | symbol, unknown>;
  const send = page[options.bindingName] as ((text: string) => Promise<string>) | undefined;
  // The page itself must not see the raw channel; frames inside of it get no preload.
  Reflect.deleteProperty(page, options.bindingName);
  if (send === undefined || page['top'] !== page) return;
  const listeners = new Map<string, PageListener[]>();

  const post = async (type: 'invoke' | 'send', channel: string, args: unknown[]): Promise<unknown> => {
    const answer = JSON.parse(await send(JSON.stringify({ type, channel, args: structuredClone(args) }))) as {
      value?: unknown;
      error?: string;
    };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  };
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) => post('invoke', channel, args),
    send: (channel: string, ...args: unknown[]) => void post('send', channel, args),
    on: (channel: string, listener: PageListener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
  };

  // As the context bridge does: values are copied, functions stay callable, everything is frozen on the far side.
  const copy = (value: unknown): unknown => {
    if (typeof value === 'function') return across(value);
    try {
      return structuredClone(value);
    } catch {
      throw new Error('An object could not be cloned.');
    }
  };
  const across = (value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]): unknown => {
        const result: unknown = (value as (...args: unknown[]) => unknown)(...args.map(copy));
        return result instanceof Promise ? result.then(copy) : copy(result);
      };
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.freeze(
      Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, across(inner)])),
    );
  };
  const contextBridge = {
    exposeInMainWorld: (key: string, api: unknown): void => {
      if (Object.hasOwn(page, key)) throw new Error('Cannot bind an API on top of an existing property');
      Object.defineProperty(page, key, { value: across(api), enumerable: true });
    },
  };

  Object.defineProperty(page, Symbol.for(options.deliveryKey), {
    value: (channel: string, args: unknown[]) => {
      for (const listener of listeners.get(channel) ?? []) listener({ sender: ipcRenderer }, ...args);
    },
  });
  const module = { exports: {} };
  preload(module, module.exports, (name: string) => {
    if (name === 'electron') return { contextBridge, ipcRenderer };
    throw new Error(`a sandboxed preload cannot load ${name}`);
  });
}
