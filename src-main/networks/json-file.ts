/** Small JSON files that people may look at: written whole or not at all, durably, and checked when they are read. */
import fs from 'node:fs';
import path from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { syncFolder } from '../storage/sync.ts';
import { NetworkError } from './errors.ts';

const MOST_BYTES = 1024 * 1024;

export interface JsonFile<Value> {
  /**
   * Undefined when there is no such file. Throws NetworkError `folder-corrupt` when it is not what it must be.
   */
  read(file: string): Value | undefined;
  /** On the disk when it returns. */
  write(file: string, value: Value): void;
}

export function jsonFile<Schema extends TSchema>(schema: Schema): JsonFile<Static<Schema>> {
  const validator = Compile(schema);
  return {
    read: (file) => {
      let text: string;
      try {
        if (fs.statSync(file).size > MOST_BYTES) throw corrupt(file);
        text = fs.readFileSync(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      const value = parse(text);
      if (!validator.Check(value)) throw corrupt(file);
      return value as Static<Schema>;
    },
    write: (file, value) => {
      const draft = `${file}.${process.pid}.new`;
      try {
        fs.writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
        fs.renameSync(draft, file);
      } finally {
        fs.rmSync(draft, { force: true });
      }
      syncFolder(path.dirname(file));
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function corrupt(file: string): NetworkError {
  return new NetworkError('folder-corrupt', `${file} is damaged; it was left as it is`, { path: file });
}
