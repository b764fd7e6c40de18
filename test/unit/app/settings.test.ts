import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SettingsStore } from '../../../src-main/app/settings.ts';

const logger = { log: (): void => undefined };
let dataDir: string;

beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'diva-settings-')), 'new');
});

const load = (overrides = {}): Promise<SettingsStore> => SettingsStore.load({ dataDir, overrides }, logger);

describe('settings', () => {
  it('start with the defaults and write nothing by themselves', async () => {
    const store = await load();
    expect(store.state()).toEqual({ settings: { language: 'system', theme: 'system' }, overridden: [] });
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('survive a restart, in a file that only its owner can read', async () => {
    const store = await load();
    await Promise.all([
      store.set({ language: 'de' }),
      store.set({ theme: 'dark' }),
      store.setOpenNetwork('net'),
    ]);
    expect((await load()).state().settings).toEqual({ language: 'de', theme: 'dark' });
    expect((await load()).openNetworkId).toBe('net');
    expect((await stat(path.join(dataDir, 'settings.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['settings.json']);
  });

  it('keep the fields of another version', async () => {
    await (await load()).set({ language: 'ru' });
    const file = path.join(dataDir, 'settings.json');
    const stored = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...stored, fromTheFuture: 1 }));
    await (await load()).set({ theme: 'light' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      fromTheFuture: 1,
      language: 'ru',
      theme: 'light',
    });
  });

  it('say what the command line decides, and do not write it', async () => {
    const store = await load({ language: 'ru' });
    expect(store.state()).toEqual({
      settings: { language: 'ru', theme: 'system' },
      overridden: ['language'],
    });
    await store.set({ theme: 'dark' });
    expect((await load()).state().settings.language).toBe('system');
  });

  it.each(['{', '[]', 'null', '{"language":"xx"}', '{"openNetworkId":"../.."}'])(
    'that cannot be read are kept beside the defaults: %s',
    async (text) => {
      await (await load()).set({});
      await writeFile(path.join(dataDir, 'settings.json'), text);
      expect((await load()).state().settings).toEqual({ language: 'system', theme: 'system' });
      expect(await readFile(path.join(dataDir, 'settings.json.unreadable'), 'utf8')).toBe(text);
    },
  );
});
