import { describe, expect, it, vi } from 'vitest';
import { isPushName, isTrustedSender } from '../../../src-main/electron/ipc.ts';

vi.mock('electron', () => ({ ipcMain: {} }));

type Frame = Parameters<typeof isTrustedSender>[0]['senderFrame'];
const frame = (origin: string, parent: object | null): Frame => ({ origin, parent }) as unknown as Frame;

describe('the sender of a message', () => {
  it('is trusted when it is the main frame of the own page', () => {
    expect(isTrustedSender({ senderFrame: frame('app://bundle', null) })).toBe(true);
  });

  it.each([
    ['a frame inside of the page', frame('app://bundle', {})],
    ['a page elsewhere', frame('https://evil.example', null)],
    ['another host of the scheme', frame('app://evil', null)],
    ['a host that begins alike', frame('app://bundle.evil', null)],
    ['a file', frame('file://', null)],
    ['an opaque origin', frame('null', null)],
    ['a frame that is gone', null],
  ])('is not trusted when it is %s', (_who, senderFrame) => {
    expect(isTrustedSender({ senderFrame })).toBe(false);
  });

  it('may subscribe to the names of the contract only', () => {
    expect(isPushName('node')).toBe(true);
    for (const name of ['nothing', '', '__proto__', null, undefined, 1, {}])
      expect(isPushName(name)).toBe(false);
  });
});
