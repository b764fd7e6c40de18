/**
 * The built window, held in memory: both hosts serve exactly these files and nothing else, so that no request
 * can name a path on the disk.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface WindowAsset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** By path from the root, `/` being the page itself. Source maps and unknown kinds of files are left out. */
export type WindowAssets = ReadonlyMap<string, WindowAsset>;

export async function loadWindowAssets(folder: string): Promise<WindowAssets> {
  const assets = new Map<string, WindowAsset>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const contentType = CONTENT_TYPES[path.extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    assets.set(`/${name}`, { bytes: new Uint8Array(await readFile(file)), contentType });
  }
  const page = assets.get('/index.html');
  if (page === undefined) throw new Error(`The window is not built: ${folder} has no index.html`);
  return assets.set('/', page);
}

/**
 * Headers of everything that is served: the page may load its own files and talk to its own host, and nothing
 * else.
 */
export function windowHeaders(
  contentType: string,
  connectSources: readonly string[],
): Record<string, string> {
  return {
    'content-type': contentType,
    'content-security-policy': contentSecurityPolicy(connectSources),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}

function contentSecurityPolicy(connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src ${["'self'", ...connectSources].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
