/** A passphrase from a file, or from the person at the terminal, who does not see it. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { OptionError } from '../app/host-options.ts';
import { readPassphraseFile } from '../app/passphrase-file.ts';
import { usageError } from './cli-errors.ts';
import type { Options } from './cli-options.ts';

/** As in the window: with 8 characters, trying is out of reach unless the words are known. */
const LEAST_CHARACTERS = 8;

/** What `--<name> FILE` holds; undefined without that option. Throws a usage error. */
export function passphraseFrom(options: Options, name: string): string | undefined {
  const file = options.text(name);
  try {
    return file === undefined ? undefined : readPassphraseFile(file);
  } catch (error) {
    throw error instanceof OptionError
      ? usageError(error.message.replace('--passphrase-file', `--${name}`))
      : error;
  }
}

/** From `--passphrase-file`, otherwise asked for. Throws a usage error where nobody can be asked. */
export async function readPassphrase(options: Options, question: string): Promise<string> {
  return passphraseFrom(options, 'passphrase-file') ?? (await ask(question));
}

/** The same for a new one, which is asked for twice and must not be too short. */
export async function chooseFor(options: Options, question: string): Promise<string> {
  const given = passphraseFrom(options, 'passphrase-file');
  const passphrase = given ?? (await ask(question));
  if (passphrase.length < LEAST_CHARACTERS)
    throw usageError(`a new passphrase has at least ${LEAST_CHARACTERS} characters`);
  if (given === undefined && (await ask('Once more: ')) !== passphrase)
    throw usageError('the two passphrases are different');
  return passphrase;
}

async function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY)
    throw usageError('there is no terminal to ask for the passphrase: give --passphrase-file FILE');
  stderr.write(question);
  // The terminal shows what readline writes, and this writes nothing.
  const nothing = new Writable({ write: (_part, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nothing, terminal: true });
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    return await lines.question('', { signal: closed.signal });
  } catch {
    throw usageError('no passphrase was entered');
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
