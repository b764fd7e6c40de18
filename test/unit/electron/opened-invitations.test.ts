import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { invitationAmong, OpenedInvitations } from '../../../src-main/electron/opened-invitations.ts';

const listeners = vi.hoisted(() => new Map<string, (...args: unknown[]) => void>());

vi.mock('electron', () => ({
  app: { on: (name: string, listener: () => void) => void listeners.set(name, listener) },
}));

const LINK = 'diva://join/1/Zx9-_';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-opened-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function fileOf(content: string, name = 'Our class.diva-invitation'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

const among = (...args: string[]) => invitationAmong(args, folder);
const opened = (link: string) => ({ link, fault: null });
const refused = (fault: string) => ({ link: null, fault });

describe('a link among what the system starts the app with', () => {
  it('is found, whatever else there is', () => {
    expect(among('--data-dir', '/x', LINK)).toEqual(opened(LINK));
    expect(among('DIVA://JOIN/1/x')).toEqual(opened('DIVA://JOIN/1/x'));
    expect(among('--data-dir', '/x')).toBeNull();
  });

  it('is none when it is part of something else, of another kind, or too long', () => {
    expect(among('https://evil.example/diva://join/1/x', 'diva://other/1')).toBeNull();
    expect(among(`${LINK}${'A'.repeat(5000)}`)).toBeNull();
  });
});

describe('a file among what the system starts the app with', () => {
  it('gives the link that is in it: by path, by address, and from where it was said', () => {
    const file = fileOf(`\n${LINK}\n`);
    for (const arg of [file, pathToFileURL(file).href, path.basename(file)])
      expect(among('--lang', 'de', arg), arg).toEqual(opened(LINK));
    expect(among(fileOf(LINK, 'LOUD.DIVA-INVITATION'))).toEqual(opened(LINK));
  });

  it('is read by the window, whatever text is in it', () => {
    expect(among(fileOf('no invitation at all'))).toEqual(opened('no invitation at all'));
  });

  it('is not read when it is too large, and not for ever', () => {
    expect(among(fileOf(' '.repeat(16 * 1024 - LINK.length) + LINK))).toEqual(opened(LINK));
    expect(among(fileOf(' '.repeat(16 * 1024 + 1)))).toEqual(refused('too-large'));
    expect(among(fileOf('A'.repeat(4097)))).toEqual(refused('too-large'));
  });

  it('is said to be unreadable when it is empty, gone or a folder', () => {
    expect(among(fileOf(' \n'))).toEqual(refused('unreadable'));
    expect(among(path.join(folder, 'gone.diva-invitation'))).toEqual(refused('unreadable'));
    fs.mkdirSync(path.join(folder, 'folder.diva-invitation'));
    expect(among('folder.diva-invitation')).toEqual(refused('unreadable'));
  });

  it('is none with another ending, on another computer, or as part of an option', () => {
    const other = fileOf(LINK, 'invitation.txt');
    for (const arg of [other, 'https://evil.example/x.diva-invitation', '--log=x.diva-invitation'])
      expect(among(arg), arg).toBeNull();
  });
});

describe('an invitation that the system opens the app with', () => {
  it('waits until somebody listens, and later ones come at once', () => {
    const heard: (string | null)[] = [];
    const invitations = new OpenedInvitations([LINK]);
    const event = { preventDefault: vi.fn() };
    listeners.get('open-url')!(event, `${LINK}2`);
    invitations.listen(({ link }) => void heard.push(link));
    expect(heard).toEqual([`${LINK}2`]);
    invitations.take(['--lang', 'de'], folder);
    invitations.take([`${LINK}3`], folder);
    listeners.get('open-file')!(event, fileOf(`${LINK}4`));
    expect(heard).toEqual([`${LINK}2`, `${LINK}3`, `${LINK}4`]);
    expect(event.preventDefault).toHaveBeenCalledTimes(2);
  });
});
