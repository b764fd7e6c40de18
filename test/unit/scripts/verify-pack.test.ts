import { expect, test } from 'vitest';
import { contentProblems } from '../../../scripts/verify-pack.js';

const unpacked = [
  '/node_modules/better-sqlite3/prebuilds/linux-x64.node',
  '/node_modules/sodium-native/prebuilds/linux-x64/sodium-native.node',
];
const files = [
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
  '/node_modules/better-sqlite3',
  '/node_modules/better-sqlite3/lib/index.js',
  ...unpacked,
];

test('the files of the app pass', () => {
  expect(contentProblems(files, unpacked)).toEqual([]);
});

test.each([
  ['a missing entry', files.slice(1), unpacked, 'missing: /package.json'],
  [
    'a source map',
    [...files, '/dist/main/main.js.map'],
    unpacked,
    'must not be packed: /dist/main/main.js.map',
  ],
  [
    'the sources',
    [...files, '/src-main/core/step.ts'],
    unpacked,
    'must not be packed: /src-main/core/step.ts',
  ],
  ['a package too much', [...files, '/node_modules/@a/b/index.js'], unpacked, 'unexpected package: @a/b'],
  [
    'a script beside the archive',
    files,
    [...unpacked, '/node_modules/sodium-native/index.js'],
    'must be inside the archive: /node_modules/sodium-native/index.js',
  ],
  [
    'a second native file',
    files,
    [...unpacked, '/node_modules/better-sqlite3/b.node'],
    'one native file per package',
  ],
  ['no native file', files, [], 'one native file per package'],
])('refuses %s', (_name, packed, beside, problem) => {
  expect(contentProblems(packed, beside).join('\n')).toContain(problem);
});
