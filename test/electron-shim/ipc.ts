import { EventEmitter } from 'node:events';

export interface IpcEvent {
  readonly sender: unknown;
  readonly senderFrame: { readonly url: string; readonly origin: string; readonly parent: object | null };
}
type Handler = (event: IpcEvent, ...args: unknown[]) => unknown;

export interface PageMessage {
  readonly type: 'invoke' | 'send';
  readonly channel: string;
  readonly args: readonly unknown[];
}

class IpcMain extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.#handlers.set(channel, handler);
  }

  /** The answer as JSON text; errors carry Electron's wording. */
  async receive(event: IpcEvent, { type, channel, args }: PageMessage): Promise<string> {
    if (type === 'send') {
      this.emit(channel, event, ...args);
      return '{}';
    }
    const handler = this.#handlers.get(channel);
    const failed = `Error invoking remote method '${channel}': `;
    if (handler === undefined)
      return JSON.stringify({ error: `${failed}Error: No handler registered for '${channel}'` });
    try {
      return JSON.stringify({ value: structuredClone(await handler(event, ...args)) });
    } catch (error) {
      return JSON.stringify({ error: failed + String(error) });
    }
  }
}

export const ipcMain = new IpcMain();
