/** The ports of a node that the system itself provides: time, turns, randomness, logs. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import type { LogLevel } from '../core/types.ts';
import type { Clock, Defer, Logger, Random } from '../node/ports.ts';

/** A log that has grown larger than this is set aside when the node starts; one older one is kept. */
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
export function openLogger(file: string, level: LogLevel): Logger {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (fs.existsSync(file) && fs.statSync(file).size > MOST_LOG_BYTES) fs.renameSync(file, `${file}.1`);
  const handle = fs.openSync(file, 'a', 0o600);
  const write = (line: string): void => {
    try {
      fs.writeSync(handle, line);
    } catch {
      // There is no other place to say it.
    }
  };
  const lines = pino({ level, base: { pid: process.pid } }, { write });
  return { log: (severity, message, fields = {}) => lines[severity](fields, message) };
}
