/** stdout carries the answer: JSON, one object per line, or sentences. Everything else goes to stderr. */
import type { CliError } from './cli-errors.ts';

export interface Output {
  /** The answer, as an object for scripts and as text for people. */
  answer(value: object, text: string): void;
  /** Something on the way, for scripts alone. */
  event(value: object): void;
  /** Something on the way; scripts do not see it. */
  note(text: string): void;
  error(error: CliError): void;
}

/** "1 block", "2 blocks". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Text that others wrote, without what a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ');
}

export function makeOutput(json: boolean): Output {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    answer: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value) : text}\n`),
    event: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: say,
    error: ({ code, message, params }) => {
      if (json)
        process.stdout.write(`${JSON.stringify({ event: 'error', error: { code, message, ...params } })}\n`);
      say(`diva-node: ${message}`);
    },
  };
}
