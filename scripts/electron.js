/**
 * Electron's executable. The npm package does not contain it: it is downloaded when first needed, which a
 * closed network or a blocked host makes impossible; then the reason is one sentence, and the app has another
 * way to open its window.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { projectNode, root, run, say } from './prepare.js';

const PROBE_LIMIT_MS = 10_000;
const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const packageFolder = path.join(root, 'node_modules', 'electron');

/**
 * The executable, downloaded when that is possible within bounds.
 * @returns {Promise<{ executable: string } | { reason: string }>}
 */
export async function findElectron() {
  const obstacle = displayObstacle();
  if (obstacle !== null) return { reason: obstacle };
  if (!(await electronCanBeHad())) return { reason: "Electron's download host is not reachable from here" };
  if (installedExecutable() === null) {
    say('downloading Electron (once, about 110 MB) …');
    const code = await run(projectNode, [path.join(packageFolder, 'install.js')], {
      stage: 'downloading Electron',
      limitMs: DOWNLOAD_LIMIT_MS,
    });
    if (code !== 0) return { reason: "Electron's download failed" };
  }
  const executable = installedExecutable();
  if (executable === null) return { reason: "Electron's download is incomplete" };
  // Loads every shared library that Electron needs, which a small system may lack.
  const trial = spawnSync(executable, ['--version'], { timeout: PROBE_LIMIT_MS });
  return trial.status === 0 ? { executable } : { reason: 'Electron does not start on this system' };
}

/** Whether Electron is there or could be downloaded. */
export async function electronCanBeHad() {
  return installedExecutable() !== null || (await hostAnswers());
}

/** Why no window of Electron can be opened here, or null. */
function displayObstacle() {
  if (process.platform !== 'linux') return null;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display here';
  // Chromium's sandbox refuses root, and the app never runs without it.
  return process.getuid?.() === 0 ? 'Electron refuses to run as root' : null;
}

function installedExecutable() {
  try {
    const executable = fs.readFileSync(path.join(packageFolder, 'path.txt'), 'utf8');
    const file = path.join(packageFolder, 'dist', executable);
    return fs.existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

/** Asks for the headers only: an unreachable host costs seconds, not the download's whole patience. */
async function hostAnswers() {
  // fetch does not go through a proxy, Electron's installer does.
  if (process.env['HTTPS_PROXY'] ?? process.env['https_proxy']) return true;
  const mirror = process.env['ELECTRON_MIRROR'] ?? 'https://github.com/electron/electron/releases/';
  try {
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    return true;
  } catch {
    return false;
  }
}
