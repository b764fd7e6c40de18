/** Rules about the form of a file: its size, its exports, and what the deterministic layers must not say. */
import ts from 'typescript';
import { lineOf, walk, type Source } from './source.ts';

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 400;
const MAX_VUE_LINES = 200;
const MAX_LINE_LENGTH = 120;

/** What could make two machines compute different things, or wait, in core/ and ledger/. */
const BANNED_NAMES = new Set([
  'Date',
  'Promise',
  'Intl',
  'performance',
  'setTimeout',
  'setInterval',
  'process',
  'console',
]);
const BANNED_MEMBERS = new Set(['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase']);
const BANNED_CALLS = new Set(['Math.random', 'JSON.stringify']);
const SORTS = new Set(['sort', 'toSorted']);

export function sizeProblems(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const lines = source.text.replace(/\n$/, '').split('\n');
    const limit = source.path.endsWith('.vue') ? MAX_VUE_LINES : MAX_FILE_LINES;
    const tooLong = lines.length > limit ? [`${source.path}: ${lines.length} lines, at most ${limit}`] : [];
    const tooWide = lines.flatMap((line, index) =>
      [...line].length > MAX_LINE_LENGTH
        ? [`${source.path}:${index + 1}: longer than ${MAX_LINE_LENGTH}`]
        : [],
    );
    return [...tooLong, ...tooWide, ...functionSizeProblems(source)];
  });
}

function functionSizeProblems(source: Source): string[] {
  const problems: string[] = [];
  walk(source.tree, (node) => {
    if (!ts.isFunctionLike(node) || isSuite(node)) return;
    const first = lineOf(source, node);
    const last = source.tree.getLineAndCharacterOfPosition(node.end).line + 1 + source.lineOffset;
    const lines = last - first + 1;
    if (lines > MAX_FUNCTION_LINES) {
      problems.push(`${source.path}:${first}: a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`);
    }
  });
  return problems;
}

/** The body of a describe() is a list of tests, not a function to read at once. */
function isSuite(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

/** Default exports have no name to search for; a barrel hides where a name comes from. */
export function exportProblems(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !/(^[^/]+\.config\.(ts|js)|\.vue)$/.test(path))
    .flatMap((source) => {
      const { statements } = source.tree;
      const isReexport = (node: ts.Statement): boolean =>
        ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined;
      const defaults = statements.filter(isDefaultExport);
      const stars = statements.filter(
        (node) => ts.isExportDeclaration(node) && isReexport(node) && node.exportClause === undefined,
      );
      const isBarrel =
        source.path.startsWith('src-') && statements.length > 0 && statements.every(isReexport);
      return [
        ...defaults.map((node) => `${source.path}:${lineOf(source, node)}: default export`),
        ...stars.map((node) => `${source.path}:${lineOf(source, node)}: export *`),
        ...(isBarrel ? [`${source.path}: a barrel file`] : []),
      ];
    });
}

function isDefaultExport(node: ts.Statement): boolean {
  if (ts.isExportAssignment(node)) return true;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}

export function determinismProblems(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => /^src-main\/(core|ledger)\//.test(path))
    .flatMap((source) => {
      const problems: string[] = [];
      walk(source.tree, (node) => {
        const problem = bannedIn(node);
        if (problem !== null) problems.push(`${source.path}:${lineOf(source, node)}: ${problem}`);
      });
      if (source.text.includes('eslint-disable')) problems.push(`${source.path}: lint is switched off`);
      return problems;
    });
}

function bannedIn(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return 'async';
  if (ts.isNumericLiteral(node) && /[.]/.test(node.getText())) return 'a number with a fraction';
  if (ts.isIdentifier(node) && BANNED_NAMES.has(node.text) && !isMemberName(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) {
    if (BANNED_MEMBERS.has(node.name.text)) return node.name.text;
    const call = node.getText();
    return BANNED_CALLS.has(call) ? call : null;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const method = node.expression.name.text;
  return SORTS.has(method) && node.arguments.length === 0 ? `${method} without a comparator` : null;
}

/** `block.process` and `{ process: 1 }` are names of our own. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node)
  );
}

/** core/ and ledger/ see the language and nothing of their surroundings. */
export function settingsProblems(name: string, options: ts.CompilerOptions): string[] {
  const lib = options.lib ?? [];
  const isBare = lib.length === 1 && lib[0] === 'lib.es2023.d.ts' && options.types?.length === 0;
  return isBare && options.strict === true ? [] : [`${name}: needs strict, lib ES2023 only, types empty`];
}
