/** The program of a node process: one node of a local network, started by a supervisor (networks/child-process.ts). */
import { serveNode } from '../api/server.ts';
import { runNodeProcess } from '../networks/child-process.ts';
import type { SupervisorLine } from '../networks/child-process.ts';

/** What Electron gives its utility processes instead of an IPC channel. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
}

const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
runNodeProcess(parentPort === undefined ? ipcLine() : portLine(parentPort), serveNode);

function portLine(port: ParentPort): SupervisorLine {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
    onClosed: (listener) => port.on('close', listener),
  };
}

/** The channel and the pipe to stdin both end with the process that made them; whichever is noticed first. */
function ipcLine(): SupervisorLine {
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, () => undefined);
    },
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => {
      process.on('disconnect', listener);
      process.stdin.on('end', listener).on('error', listener).resume();
    },
  };
}
