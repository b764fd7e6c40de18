/** `app://bundle/…`: the built window, from memory. Everything else under the scheme does not exist. */
import { protocol } from 'electron';
import { windowHeaders, type WindowAssets } from '../app/window-assets.ts';
import { ORIGIN } from './channels.ts';

/** Must be called before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function serveAssets(assets: WindowAssets): void {
  protocol.handle('app', (request) => answer(request, assets));
}

export function answer(request: Pick<Request, 'url' | 'method'>, assets: WindowAssets): Response {
  const asset = request.method === 'GET' ? assetOf(request.url, assets) : undefined;
  if (asset === undefined) return new Response('Not found', { status: 404 });
  return new Response(asset.bytes, { headers: windowHeaders(asset.contentType, []) });
}

function assetOf(url: string, assets: WindowAssets): ReturnType<WindowAssets['get']> {
  if (!url.startsWith(`${ORIGIN}/`)) return undefined;
  // The path as it stands, not decoded: an encoded spelling is no file of ours.
  return assets.get(new URL(url).pathname);
}
