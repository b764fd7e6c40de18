import { describe, expect, it, vi } from 'vitest';
import type { WindowAssets } from '../../../src-main/app/window-assets.ts';
import { answer } from '../../../src-main/electron/protocol.ts';

vi.mock('electron', () => ({ protocol: {} }));

const page = { bytes: new TextEncoder().encode('<!doctype html>'), contentType: 'text/html; charset=utf-8' };
const assets: WindowAssets = new Map([
  ['/', page],
  ['/index.html', page],
]);
const get = (url: string, method = 'GET'): Response => answer({ url, method }, assets);

describe('the app:// protocol', () => {
  it('serves the window with a strict policy', async () => {
    const response = get('app://bundle/');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<!doctype html>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    'app://bundle/../package.json',
    'app://bundle/..%2f..%2fpackage.json',
    'app://bundle/%2e%2e/%2e%2e/etc/passwd',
    'app://bundle//etc/passwd',
    'app://bundle/index.html%00.js',
    'app://evil/index.html',
    'app://bundle.evil/index.html',
    'app://user@bundle/index.html',
    'app://bundle:80/index.html',
    'file:///etc/passwd',
  ])('has nothing at %s', (url) => {
    expect(get(url).status).toBe(404);
  });

  it('only reads', () => {
    expect(get('app://bundle/', 'POST').status).toBe(404);
  });
});
