import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { determinismProblems, exportProblems, settingsProblems, sizeProblems } from './form.ts';
import { readSources, toSource, type Source } from './source.ts';
import {
  cycleProblems,
  extensionProblems,
  ipcProblems,
  layerProblems,
  packageProblems,
  rendererProblems,
  sqlProblems,
} from './structure.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const project = readSources(root);

/** A rule, and samples that it must refuse and let pass: [path, text] each. */
interface Case {
  readonly name: string;
  readonly rule: (sources: readonly Source[]) => string[];
  readonly refused: readonly (readonly [string, string])[];
  readonly passed: readonly (readonly [string, string])[];
}

const long = (lines: number): string => 'x;\n'.repeat(lines);

const cases: readonly Case[] = [
  {
    name: 'layers import one way',
    rule: layerProblems,
    refused: [
      ['src-main/core/a.ts', "import { b } from '../node/b.ts';"],
      ['src-main/storage/a.ts', "import type { b } from '../network/b.ts';"],
      ['src-main/app/a.ts', "export { b } from '../api/b.ts';"],
      ['src-main/api/a.ts', "import { b } from '../app/contract/b.ts';"],
      ['src-main/api/a.ts', "import type { b } from '../app/b.ts';"],
      ['src-main/electron/a.ts', "const b = await import('../headless/b.ts');"],
      ['src-main/node/a.ts', "type B = import('../storage/b.ts').B;"],
      ['src-main/core/a.ts', "import manifest from '../../package.json' with { type: 'json' };"],
      ['src-main/helpers/a.ts', "import { b } from './b.ts';"],
      ['src-main/node/a.ts', "import { b } from '../../test/b.ts';"],
    ],
    passed: [
      ['src-main/ledger/a.ts', "import { b } from '../core/b.ts';"],
      ['src-main/networks/a.ts', "import { b } from '../storage/b.ts';"],
      ['src-main/api/a.ts', "import type { b } from '../app/contract/b.ts';"],
      ['src-main/headless/a.ts', "import { b } from '../api/b.ts';"],
      ['src-main/networks/a.ts', "import manifest from '../../package.json' with { type: 'json' };"],
    ],
  },
  {
    name: 'the renderer knows only the types of the contract',
    rule: rendererProblems,
    refused: [
      ['src-renderer/a.ts', "import { b } from '../src-main/app/contract/b.ts';"],
      ['src-renderer/a.ts', "import type { b } from '../src-main/core/b.ts';"],
      [
        'src-renderer/views/A.vue',
        '<script setup>\nimport { b } from "../../src-main/core/b.ts";\n</script>',
      ],
    ],
    passed: [['src-renderer/a.ts', "import type { b } from '../src-main/app/contract/b.ts';"]],
  },
  {
    name: 'packages stay in their homes',
    rule: packageProblems,
    refused: [
      ['src-main/app/a.ts', "import { app } from 'electron';"],
      ['src-main/node/a.ts', "import Database from 'better-sqlite3';"],
      ['src-main/core/a.ts', "import { createHash } from 'node:crypto';"],
      ['src-main/ledger/a.ts', "import type { b } from 'sodium-native';"],
    ],
    passed: [
      ['src-main/electron/a.ts', "import { app } from 'electron';"],
      ['src-main/core/a.ts', "import { ContainerType } from '@chainsafe/ssz';"],
    ],
  },
  {
    name: 'relative imports name the file',
    rule: extensionProblems,
    refused: [['src-main/core/a.ts', "import { b } from './b';"]],
    passed: [['src-main/core/a.ts', "import { b } from './b.ts';"]],
  },
  {
    name: 'ipcRenderer stays in the preload',
    rule: ipcProblems,
    refused: [['src-renderer/a.ts', 'window.ipcRenderer.send();']],
    passed: [['src-main/electron/preload.ts', "import { ipcRenderer } from 'electron';"]],
  },
  {
    name: 'SQL stays in storage',
    rule: sqlProblems,
    refused: [['src-main/node/a.ts', 'db.prepare(`SELECT *\n FROM blocks`);']],
    passed: [
      ['src-main/storage/a.ts', "db.prepare('SELECT * FROM blocks');"],
      ['src-main/node/a.ts', '// Select a peer from the list.'],
    ],
  },
  {
    name: 'sizes',
    rule: sizeProblems,
    refused: [
      ['test/a.ts', long(401)],
      ['src-renderer/A.vue', long(201)],
      ['test/a.ts', `// ${'x'.repeat(118)}`],
      ['test/a.ts', `function f() {\n${long(69)}}`],
      ['src-renderer/A.vue', `<script setup>\nconst f = () => {\n${long(69)}};\n</script>`],
    ],
    passed: [
      ['test/a.ts', long(400)],
      ['test/a.ts', `// ${'x'.repeat(117)}`],
      ['test/a.ts', `function f() {\n${long(68)}}`],
      ['test/a.ts', `describe('a', () => {\n${long(100)}});`],
    ],
  },
  {
    name: 'exports have names and no barrels',
    rule: exportProblems,
    refused: [
      ['src-main/app/a.ts', 'export default 1;'],
      ['src-main/app/a.ts', 'export default function f() {}'],
      ['src-main/app/a.ts', "export * from './b.ts';"],
      ['src-main/app/a.ts', "export { b } from './b.ts';\nexport { c } from './c.ts';"],
    ],
    passed: [
      ['vitest.config.ts', 'export default {};'],
      ['src-main/app/a.ts', "export { b } from './b.ts';\nexport const c = 1;"],
    ],
  },
  {
    name: 'core and ledger are deterministic and synchronous',
    rule: determinismProblems,
    refused: [
      ['src-main/core/a.ts', 'const a = new Date();'],
      ['src-main/core/a.ts', 'const a = globalThis.Math.random();\nMath.random();'],
      ['src-main/ledger/a.ts', 'async function f() {}'],
      ['src-main/ledger/a.ts', 'type A = Promise<void>;'],
      ['src-main/core/a.ts', 'JSON.stringify({});'],
      ['src-main/core/a.ts', "'a'.localeCompare('b');"],
      ['src-main/core/a.ts', '[2, 1].sort();'],
      ['src-main/core/a.ts', 'const a = 0.5;'],
      ['src-main/core/a.ts', '// eslint-disable-next-line\nf();'],
    ],
    passed: [
      ['src-main/core/a.ts', '[2, 1].sort((a, b) => a - b);'],
      ['src-main/core/a.ts', 'event.process();'],
      ['src-main/node/a.ts', 'const a = new Date();'],
    ],
  },
];

describe.each(cases)('$name', ({ rule, refused, passed }) => {
  test('holds for the project', () => {
    expect(rule(project)).toEqual([]);
  });

  test.each(refused)('refuses a sample in %s: %s', (name, text) => {
    expect(rule([toSource(name, text)])).not.toEqual([]);
  });

  test.each(passed)('lets a sample in %s pass: %s', (name, text) => {
    expect(rule([toSource(name, text)])).toEqual([]);
  });
});

describe('no circular imports', () => {
  test('holds for the project', () => {
    expect(cycleProblems(project)).toEqual([]);
  });

  test('refuses a circle over three files', () => {
    const sample = ['a', 'b', 'c'].map((name, index, names) =>
      toSource(`src-main/core/${name}.ts`, `import type { x } from './${names[(index + 1) % 3]}.ts';`),
    );
    expect(cycleProblems(sample)).toEqual([
      'circular import: src-main/core/a.ts -> src-main/core/b.ts -> src-main/core/c.ts -> src-main/core/a.ts',
    ]);
  });

  test('lets two ways to one file pass', () => {
    const sample = [
      toSource('test/a.ts', "import './b.ts';\nimport './c.ts';"),
      toSource('test/b.ts', "import './c.ts';"),
      toSource('test/c.ts', ''),
    ];
    expect(cycleProblems(sample)).toEqual([]);
  });
});

describe('the pure layers see nothing but the language', () => {
  const optionsOf = (settings: object): ts.CompilerOptions =>
    ts.parseJsonConfigFileContent(settings, ts.sys, root).options;

  test.each(['src-main/core', 'src-main/ledger'])('%s', (folder) => {
    const file = path.join(root, folder, 'tsconfig.json');
    const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config: unknown };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path.dirname(file));
    expect(settingsProblems(folder, options)).toEqual([]);
  });

  test.each([
    { compilerOptions: { strict: true, lib: ['ES2023', 'DOM'], types: [] } },
    { compilerOptions: { strict: true, lib: ['ES2023'], types: ['node'] } },
    { compilerOptions: { strict: true, lib: ['ES2023'] } },
    { compilerOptions: { lib: ['ES2023'], types: [] } },
  ])('refuses %j', (settings) => {
    expect(settingsProblems('sample', optionsOf(settings))).not.toEqual([]);
  });
});
