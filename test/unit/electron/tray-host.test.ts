import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTrayHost } from '../../../src-main/electron/tray-host.ts';

/** A `dbus-send` that does this. */
function busTool(script: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(path.join(tmpdir(), 'diva-bus-'));
  writeFileSync(path.join(folder, 'dbus-send'), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, 'dbus-send'), 0o755);
  return { PATH: folder };
}

describe('the place for a tray symbol', () => {
  it('is always there on macOS and Windows', async () => {
    expect(await hasTrayHost('darwin', {})).toBe(true);
    expect(await hasTrayHost('win32', {})).toBe(true);
  });

  it.each([
    ['a desktop that shows them', 'echo "   boolean true"', true],
    ['a desktop that does not', 'echo "   boolean false"', false],
    ['no session bus', 'echo "boolean true"; exit 1', false],
  ])('on Linux is asked of the session bus: %s', async (_, script, expected) => {
    expect(await hasTrayHost('linux', busTool(script))).toBe(expected);
  });

  it('is not there where nothing can be asked', async () => {
    expect(await hasTrayHost('linux', { PATH: '/nonexistent' })).toBe(false);
  });
});
