import { afterEach, describe, expect, test, vi } from 'vitest';
import { EXIT, toCliError } from '../../../src-main/headless/cli-errors.ts';
import { commandFirst, Options } from '../../../src-main/headless/cli-options.ts';
import { NetworkError } from '../../../src-main/networks/errors.ts';

afterEach(() => vi.unstubAllEnvs());

describe('options', () => {
  const types = { nodes: 'string', loss: 'string', fast: 'boolean' } as const;
  const parse = (...args: string[]) => new Options(args, types, ['FILE']);

  test('are read with their positionals', () => {
    const options = parse('a.txt', '--nodes', '4', '--fast', '--json', '--data-dir', '/data');
    expect(options.positionals).toEqual(['a.txt']);
    expect([options.isSet('fast'), options.isSet('json'), options.isSet('help')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(options.number('nodes', { least: 1, most: 16, whole: true })).toBe(4);
    expect(options.number('loss', { least: 0, most: 100, whole: false })).toBeUndefined();
    expect(options.dataDir).toBe('/data');
  });

  test('that are wrong are refused as wrong usage', () => {
    for (const args of [[], ['a', 'b'], ['a', '--unknown'], ['a', '--nodes']]) {
      expect(() => parse(...args)).toThrow(expect.objectContaining({ exitCode: EXIT.usage }) as Error);
    }
    expect(() => parse('a', '--unknown')).toThrow(/^there is no option --unknown; --help lists them$/);
    expect(() => parse('a', '--nodes')).toThrow(/^--nodes needs a value$/);
    for (const loss of ['-1', '101', 'x', '1e1', '0x10', 'Infinity']) {
      const options = parse('a', `--loss=${loss}`);
      const read = () => options.number('loss', { least: 0, most: 100, whole: false });
      expect(read, loss).toThrow(expect.objectContaining({ exitCode: EXIT.usage }) as Error);
    }
    expect(() => parse('a', '--nodes', '1.5').number('nodes', { least: 1, most: 16, whole: true })).toThrow(
      'whole',
    );
    expect(parse('a', '--loss', '2.5').number('loss', { least: 0, most: 100, whole: false })).toBe(2.5);
  });

  test('an empty text is a value only where it makes sense', () => {
    expect(() => parse('a', '--loss=')).toThrow('--loss is empty');
    expect(() => parse('a', '--data-dir', '')).toThrow('--data-dir is empty');
    expect(new Options(['--data', ''], { data: 'string' }, []).required('data')).toBe('');
  });

  test('a negative number is a value and no option', () => {
    expect(parse('a', '--loss', '-1').text('loss')).toBe('-1');
    expect(() => parse('a', '--fast', '-1')).toThrow('-1');
  });

  test('common ones may stand before the command', () => {
    const cases = [
      ['--json status', 'status --json'],
      ['--data-dir d --json --network=n seal f --note x', 'seal --data-dir d --json --network=n f --note x'],
      ['--json --version', '--version --json'],
      ['status --json', 'status --json'],
      ['--data-dir d', '--data-dir d'],
      ['--data-dir d --headless', '--data-dir d --headless'],
      ['--data-dir', '--data-dir'],
    ] as const;
    for (const [given, read] of cases) expect(commandFirst(given.split(' ')).join(' '), given).toBe(read);
  });

  test('common ones may come from the environment, own ones not', () => {
    vi.stubEnv('DIVA_DATA_DIR', '/from/environment');
    vi.stubEnv('DIVA_LOSS', '7');
    expect(parse('a').dataDir).toBe('/from/environment');
    expect(parse('a', '--data-dir', '/given').dataDir).toBe('/given');
    expect(parse('a').text('loss')).toBeUndefined();
    vi.stubEnv('DIVA_PASSPHRASE_FILE', '/run/secrets/key');
    expect(new Options([], { 'passphrase-file': 'string' }, []).text('passphrase-file')).toBe(
      '/run/secrets/key',
    );
  });
});

test('a key that does not open is a sentence: what happened, what was kept, what to do', () => {
  for (const code of ['identity-locked', 'wrong-passphrase', 'keyring-unavailable'] as const) {
    const { message, exitCode } = toCliError(new NetworkError(code, 'internal words'));
    expect(exitCode).toBe(EXIT.folder);
    expect(message).toMatch(
      /^The .*key of this folder.*Nothing was changed; .+(passphrase|--passphrase-file)/,
    );
  }
});

test('every failure has an exit code', () => {
  const codeOf = (error: unknown) => toCliError(error).exitCode;
  expect(codeOf(new NetworkError('folder-locked', ''))).toBe(EXIT.folder);
  expect(codeOf(new NetworkError('database-newer', ''))).toBe(EXIT.folder);
  expect(codeOf(new NetworkError('not-running', ''))).toBe(EXIT.unreachable);
  expect(codeOf(new NetworkError('invalid-options', ''))).toBe(EXIT.usage);
  for (const code of ['invitation-malformed', 'invitation-forged', 'invitation-other-network'] as const)
    expect(codeOf(new NetworkError(code, '')), code).toBe(EXIT.invalid);
  for (const code of ['invitation-used', 'invitation-expired', 'invitation-revoked', 'join-refused'] as const)
    expect(codeOf(new NetworkError(code, '')), code).toBe(EXIT.refused);
  expect(codeOf(new NetworkError('peers-unreachable', ''))).toBe(EXIT.unreachable);
  expect(codeOf(Object.assign(new Error(''), { code: 'ENOTDIR', path: '/f' }))).toBe(EXIT.folder);
  expect(codeOf(Object.assign(new Error(''), { code: 'EACCES', path: '/f' }))).toBe(EXIT.folder);
  expect(codeOf(new Error('anything'))).toBe(EXIT.internal);
  expect(codeOf('anything')).toBe(EXIT.internal);
});
