/**
 * node scripts/verify-pack.js APP.ASAR: checks what was packed (entries that must, must not and may be there), then
 * runs the packed command line outside of the checkout, where no other node_modules can help it.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { extractAll, getRawHeader, listPackage } from '@electron/asar';

const REQUIRED = [
  '/package.json',
  '/LICENSE',
  '/dist/main/main.js',
  '/dist/main/headless.js',
  '/dist/main/browser-host.js',
  '/dist/main/cli.js',
  '/dist/main/node-process.js',
  '/dist/main/chunks/verify-worker.js',
  '/dist/preload/preload.cjs',
  '/dist/renderer/index.html',
  '/assets/tray/tray.png',
];
const FORBIDDEN = /\.(map|ts|vue|tsbuildinfo|cc|gyp)$|^\/(src-[a-z]+|test|docs|scripts)(\/|$)|\/\.env/;
const PACKAGES = [
  'bare-addon-resolve',
  'bare-module-resolve',
  'bare-semver',
  'better-sqlite3',
  'require-addon',
  'sodium-native',
  'which-runtime',
];
const NATIVE_PACKAGES = ['better-sqlite3', 'sodium-native'];

/**
 * One sentence per problem of an archive's list of files.
 * @param {string[]} files inside the archive
 * @param {string[]} unpacked those beside the archive
 */
export function contentProblems(files, unpacked) {
  const packages = new Set(
    files
      .filter((file) => file.startsWith('/node_modules/') && file.split('/').length > 3)
      .map((file) =>
        file
          .split('/')
          .slice(2, file.startsWith('/node_modules/@') ? 4 : 3)
          .join('/'),
      ),
  );
  const owners = unpacked.map((file) => file.split('/')[2] ?? '').sort();
  return [
    ...REQUIRED.filter((file) => !files.includes(file)).map((file) => `missing: ${file}`),
    ...files.filter((file) => FORBIDDEN.test(file)).map((file) => `must not be packed: ${file}`),
    ...[...packages].filter((name) => !PACKAGES.includes(name)).map((name) => `unexpected package: ${name}`),
    ...unpacked
      .filter((file) => !file.endsWith('.node'))
      .map((file) => `must be inside the archive: ${file}`),
    ...(owners.join() === NATIVE_PACKAGES.join()
      ? []
      : [`one native file per package, not: ${unpacked.join(', ')}`]),
  ];
}

/** @param {{ files?: Record<string, any> }} entry @param {string} folder @returns {string[]} */
function unpackedIn(entry, folder = '') {
  return Object.entries(entry.files ?? {}).flatMap(([name, child]) => {
    if (child.files) return unpackedIn(child, `${folder}/${name}`);
    return child.unpacked ? [`${folder}/${name}`] : [];
  });
}

/** Runs the packed command line. Sqlite and sodium load with it. @param {string} asar */
function runProblems(asar) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-node-pack-'));
  try {
    extractAll(asar, folder);
    const cli = path.join(folder, 'dist', 'main', 'cli.js');
    const env = { PATH: process.env['PATH'], HOME: folder };
    const { status, stderr } = spawnSync(process.execPath, [cli, '--version'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return status === 0 ? [] : [`the packed command line failed (${status}): ${stderr}`];
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** @param {string} asar */
function verify(asar) {
  const files = listPackage(asar, { isPack: false }).map((file) => file.replaceAll('\\', '/'));
  const problems = contentProblems(files, unpackedIn(getRawHeader(asar).header));
  return {
    files: files.length,
    sizeBytes: fs.statSync(asar).size,
    problems: [...problems, ...runProblems(asar)],
  };
}

if (process.argv[1] === import.meta.filename) {
  const { files, sizeBytes, problems } = verify(path.resolve(process.argv[2] ?? ''));
  for (const problem of problems) console.error(`verify-pack: ${problem}`);
  console.log(`${files} entries, ${sizeBytes} bytes, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
