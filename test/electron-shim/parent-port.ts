/** Loaded first in a child of the double: what Electron gives a utility process instead of `process.send`. */
import { EventEmitter } from 'node:events';

class ParentPort extends EventEmitter {
  readonly #send = process.send?.bind(process);

  postMessage(message: unknown): void {
    this.#send?.(message);
  }
}

const port = new ParentPort();
process.on('message', (data) => port.emit('message', { data, ports: [] }));
process.on('disconnect', () => port.emit('close'));
Object.defineProperty(process, 'parentPort', { value: port });
// A utility process has no channel of Node's own.
Object.defineProperty(process, 'send', { value: undefined });
