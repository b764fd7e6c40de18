/** The command line: its arguments, one a line, and what a node, or whoever holds its port, answers to it. */
import { OptionError, parseHostOptions } from '../../../src-main/app/host-options.ts';
import { readAnswer } from '../../../src-main/headless/cli-client.ts';
import { CliError } from '../../../src-main/headless/cli-errors.ts';
import { commandFirst, Options } from '../../../src-main/headless/cli-options.ts';
import { accepts, asBytes, assert, asText, type Target } from '../target.ts';

const TYPES = { nodes: 'string', data: 'string', timeout: 'string', 'only-copy': 'boolean' } as const;

const argumentTarget: Target = {
  name: 'cli-arguments',
  maxBytes: 2_048,
  testRuns: 2_000,
  words: [
    '--',
    '--json',
    '--data-dir',
    '=',
    '-1',
    '\n',
    '--help',
    '--no-json',
    '-j',
    '--nodes=',
    '\u0000',
    '1e3',
  ],
  seeds: () =>
    [
      'local\n--nodes\n4\n--data-dir\n/tmp/x\n--json',
      '--json\n--data-dir=/tmp/x\n--network\nabc\nstatus',
      'sign-again\nclone\n--only-copy',
      'seal\nFILE\n--timeout\n1.5\n--data=',
      '--headless\n--no-open\n--api-port\n17468\n--lang\nde\n--log-level\ninfo',
      'submit\n--data\n-1\n--\n--nodes',
    ].map(asBytes),
  run: (input) => {
    const args = asText(input).split('\n');
    const [name = '', ...rest] = commandFirst(args);
    assert([name, ...rest].toSorted().join('\n') === args.toSorted().join('\n'), 'no argument is lost');
    accepts(() => {
      const options = new Options(rest, TYPES, ['FILE']);
      const nodes = options.number('nodes', { least: 1, most: 16, whole: true });
      assert(nodes === undefined || (Number.isInteger(nodes) && nodes >= 1 && nodes <= 16), 'a bound holds');
      options.number('timeout', { least: 0, most: 1e6, whole: false });
      assert(options.dataDir.startsWith('/') || /^[A-Z]:/i.test(options.dataDir), 'a folder is absolute');
    }, CliError);
    accepts(() => parseHostOptions(args, {}), OptionError);
    accepts(() => parseHostOptions(args, { DIVA_API_PORT: rest[0], DIVA_LANG: name }, true), OptionError);
  },
};

const answerTarget: Target = {
  name: 'cli-answer',
  maxBytes: 4_096,
  testRuns: 2_000,
  words: ['null', '[]', '{}', '"message":', '"error":', '"code":', '200', '403', '\\ud800', '"__proto__":{}'],
  seeds: () =>
    [
      '200\n{"height":2}',
      '200\nnull',
      '404\n',
      '403\n{"path":"/x","status":403,"message":"no","error":{"code":"not-silent","awaits":"clone"}}',
      '403\n{"message":7,"error":{"code":{}}}',
      '503\n<html>',
      '200\n<html>',
    ].map(asBytes),
  run: (input) => {
    const [status = '', ...rest] = asText(input).split('\n');
    try {
      readAnswer({ status: Number.parseInt(status, 10), text: rest.join('\n') });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      assert(typeof error.code === 'string' && /^[a-z-]+$/.test(error.code), 'a code is a word');
      assert(error.message.length > 0, 'a refusal has a reason');
    }
  },
};

export const commandLineTargets: readonly Target[] = [argumentTarget, answerTarget];
