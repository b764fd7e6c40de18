import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mayOpenOutside, openOutside } from '../../../src-main/electron/links.ts';
import { NATIVE_TEXTS } from '../../../src-main/electron/texts.ts';

const electron = vi.hoisted(() => ({ opened: [] as string[], asked: [] as string[], response: 0 }));

vi.mock('electron', () => ({
  shell: { openExternal: (url: string) => Promise.resolve(void electron.opened.push(url)) },
  dialog: {
    showMessageBox: ({ detail }: { detail: string }) => {
      electron.asked.push(detail);
      return Promise.resolve({ response: electron.response });
    },
  },
}));

beforeEach(() => Object.assign(electron, { opened: [], asked: [], response: 0 }));

describe('the browser of the person', () => {
  it.each(['https://diva.exchange', 'https://codeberg.org/diva.exchange'])('may open %s', (url) => {
    expect(mayOpenOutside(url)).toBe(true);
  });

  it.each([
    'http://diva.exchange',
    'https://diva.exchange.evil.example',
    'https://evil.example/?diva.exchange',
    'https://user:password@diva.exchange/',
    'https://diva.exchange:8443/',
    'file:///etc/passwd',
    'smb://diva.exchange/share',
    'javascript:alert(1)',
    'ms-msdt:/id',
    '',
  ])('may not open %s', async (url) => {
    expect(mayOpenOutside(url)).toBe(false);
    await openOutside(url, NATIVE_TEXTS.en);
    expect(electron).toMatchObject({ asked: [], opened: [] });
  });

  it('opens an address that the person has seen whole and agreed to', async () => {
    await openOutside('https://diva.exchange/\u0430?x=%20', NATIVE_TEXTS.en);
    expect(electron.asked).toEqual(['https://diva.exchange/%D0%B0?x=%20']);
    expect(electron.opened).toEqual(electron.asked);
  });

  it('opens nothing when the person does not agree', async () => {
    electron.response = 1;
    await openOutside('https://diva.exchange/', NATIVE_TEXTS.en);
    expect(electron).toMatchObject({ asked: ['https://diva.exchange/'], opened: [] });
  });
});
