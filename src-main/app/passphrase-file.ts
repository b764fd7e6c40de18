/** A passphrase comes from a file, never from the command line: that one every program of the machine can read. */
import { readFileSync, statSync } from 'node:fs';
import { OptionError } from './host-options.ts';

const MAX_FILE_BYTES = 4096;

/** The whole file without the end of its last line, which editors add. @throws OptionError */
export function readPassphraseFile(file: string): string {
  let text: string;
  try {
    if (statSync(file).size > MAX_FILE_BYTES)
      throw new OptionError(`--passphrase-file ${file} is too large.`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof OptionError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OptionError(`--passphrase-file ${file} cannot be read (${reason}).`);
  }
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase === '') throw new OptionError(`--passphrase-file ${file} is empty.`);
  return passphrase;
}
