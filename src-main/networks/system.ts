/** The ports of a node that the system itself provides: time, turns, randomness, logs. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import type { LogLevel } from '../core/types.ts';
import type { Clock, Defer, Logger, Random } from '../node/ports.ts';

/** A log that has grown so large is set aside, and one older one is kept: twice this much is the most there is. */
const MOST_LOG_BYTES = 8 * 1024 * 1024;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemDefer: Defer = (callback) => void setImmediate(callback);

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

/**
 * One JSON object per line, appended to a file. Written at once: the last line before a crash is the one that
 * matters. A line that cannot be written is lost, and nothing else: a node on a full disk goes on answering.
 */
export function openLogger(file: string, level: LogLevel, mostBytes = MOST_LOG_BYTES): Logger {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const log = new RollingFile(file, mostBytes);
  const write = (line: string): void => {
    try {
      log.append(line);
    } catch {
      // There is no other place to say it.
    }
  };
  const lines = pino({ level, base: { pid: process.pid } }, { write });
  return { log: (severity, message, fields = {}) => lines[severity](fields, message) };
}

/** Of one process: what others append to it meanwhile is not counted before the next opening. */
class RollingFile {
  readonly #path: string;
  readonly #mostBytes: number;
  #handle: number;
  /** As far as this process knows. */
  #size: number;

  constructor(path: string, mostBytes: number) {
    this.#path = path;
    this.#mostBytes = mostBytes;
    [this.#handle, this.#size] = this.#open();
  }

  append(line: string): void {
    if (this.#size > this.#mostBytes) this.#roll();
    this.#size += fs.writeSync(this.#handle, line);
  }

  #roll(): void {
    const before = this.#handle;
    // The old one is closed last: its number may belong to another file as soon as it is.
    [this.#handle, this.#size] = this.#open();
    fs.closeSync(before);
  }

  #open(): [handle: number, size: number] {
    const size = fs.statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > this.#mostBytes) fs.renameSync(this.#path, `${this.#path}.1`);
    const handle = fs.openSync(this.#path, 'a', 0o600);
    return [handle, fs.fstatSync(handle).size];
  }
}
