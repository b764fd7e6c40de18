import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultDataDir,
  HOST_HELP,
  OptionError,
  parseHostOptions,
  supportedLanguage,
} from '../../../src-main/app/host-options.ts';

describe('the options of a host', () => {
  it('have defaults', () => {
    expect(parseHostOptions([], { XDG_DATA_HOME: '/data' })).toMatchObject({
      fixedPorts: {},
      language: undefined,
      logLevel: 'info',
      networkId: undefined,
      passphraseFile: undefined,
      headless: false,
      noOpen: false,
      startInTray: false,
    });
  });

  it('have an environment variable each', () => {
    const env = {
      DIVA_NETWORK: 'n1',
      DIVA_PASSPHRASE_FILE: '/run/secrets/key',
      DIVA_HEADLESS: '1',
      DIVA_START_IN_TRAY: 'true',
    };
    expect(parseHostOptions([], env)).toMatchObject({
      networkId: 'n1',
      passphraseFile: path.resolve('/run/secrets/key'),
      headless: true,
      noOpen: false,
      startInTray: true,
    });
    expect(parseHostOptions(['--network', 'n2'], env).networkId).toBe('n2');
    expect(parseHostOptions([], { DIVA_HEADLESS: '0', DIVA_START_IN_TRAY: '' })).toMatchObject({
      headless: false,
      startInTray: false,
    });
  });

  it('that only print the address mean no window either', () => {
    expect(parseHostOptions(['--no-open'], {})).toMatchObject({ headless: true, noOpen: true });
  });

  it('are all in the help', () => {
    const options = [
      'network',
      'passphrase-file',
      'headless',
      'no-open',
      'start-in-tray',
      'udp-port',
      'lang',
    ];
    for (const option of options) expect(HOST_HELP).toContain(`  --${option}`);
  });

  it('come from the command line before the environment', () => {
    const env = { DIVA_DATA_DIR: '/from-env', DIVA_LANG: 'ru', DIVA_UDP_PORT: '4000', DIVA_NO_OPEN: '1' };
    const options = parseHostOptions(['--data-dir', '/from-line', '--api-port', '5000'], env);
    expect(options).toMatchObject({ dataDir: path.resolve('/from-line'), language: 'ru', noOpen: true });
    expect(options.fixedPorts).toEqual({ api: 5000, udp: 4000 });
  });

  it.each([
    [['--api-port', 'x']],
    [['--api-port', '0']],
    [['--udp-port', '65536']],
    [['--lang', 'fr']],
    [['--log-level', 'loud']],
    [['--unknown']],
    [['extra']],
    [['--data-dir']],
  ])('are refused with a sentence: %j', (args) => {
    expect(() => parseHostOptions(args, {})).toThrow(OptionError);
  });

  it('leave to Electron what is its own', () => {
    const options = parseHostOptions(['/app', '--some-switch=1', '--data-dir', '/x', '-v'], {}, true);
    expect(options.dataDir).toBe(path.resolve('/x'));
  });
});

it('the data folder is where the system wants it', () => {
  const join = (...parts: string[]): string => path.join(...parts);
  expect(defaultDataDir('linux', {}, '/home/a')).toBe(join('/home/a', '.local', 'share', 'diva-node'));
  expect(defaultDataDir('linux', { XDG_DATA_HOME: '/data' }, '/home/a')).toBe(join('/data', 'diva-node'));
  expect(defaultDataDir('darwin', {}, '/Users/a')).toBe(
    join('/Users/a', 'Library', 'Application Support', 'diva-node'),
  );
  expect(defaultDataDir('win32', { APPDATA: '/roaming' }, '/Users/a')).toBe(join('/roaming', 'diva-node'));
});

it('the language is the first one that the window speaks', () => {
  expect(supportedLanguage(['fr-CH', 'de-CH', 'en'])).toBe('de');
  expect(supportedLanguage(['ru_RU.UTF-8'])).toBe('ru');
  expect(supportedLanguage(['fr'])).toBe('en');
  expect(supportedLanguage([])).toBe('en');
});
