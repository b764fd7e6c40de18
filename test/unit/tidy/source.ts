/** The project's files as the tidy rules see them: text, syntax tree, imports. */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parse as parseVue } from 'vue/compiler-sfc';

export interface Source {
  /** From the top of the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Of a .vue file: its script. */
  readonly tree: ts.SourceFile;
  /** Lines before the script of a .vue file. */
  readonly lineOffset: number;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  /** Relative specifiers: the path from the top of the checkout; otherwise null. */
  readonly target: string | null;
  /** Nothing of it is left when the types are stripped. */
  readonly typeOnly: boolean;
  readonly line: number;
}

const FOLDERS = ['src-main', 'src-renderer', 'scripts', 'test'];
const CODE = /\.(ts|js|vue)$/;

/** Every code file of the checkout. */
export function readSources(root: string): Source[] {
  const top = fs.readdirSync(root).filter((name) => CODE.test(name));
  const nested = FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`)
      .filter((name) => CODE.test(name)),
  );
  return [...top, ...nested].map((name) => toSource(name, fs.readFileSync(path.join(root, name), 'utf8')));
}

/** One file, also for the samples of the negative tests. */
export function toSource(name: string, text: string): Source {
  const { script, lineOffset } = name.endsWith('.vue') ? scriptOf(text) : { script: text, lineOffset: 0 };
  const kind = name.endsWith('.js') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(name, script, ts.ScriptTarget.ES2023, true, kind);
  return { path: name, text, tree, lineOffset, imports: findImports(name, tree, lineOffset) };
}

export function lineOf(source: Pick<Source, 'tree' | 'lineOffset'>, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1 + source.lineOffset;
}

/** Calls back for every node below and including `node`. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

function scriptOf(text: string): { script: string; lineOffset: number } {
  const block = parseVue(text).descriptor.scriptSetup ?? parseVue(text).descriptor.script;
  return { script: block?.content ?? '', lineOffset: (block?.loc.start.line ?? 1) - 1 };
}

function findImports(name: string, tree: ts.SourceFile, lineOffset: number): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node, typeOnly: boolean): void => {
    if (!ts.isStringLiteralLike(specifier)) return;
    const isRelative = specifier.text.startsWith('.');
    const target = isRelative ? path.posix.join(path.posix.dirname(name), specifier.text) : null;
    const line = lineOf({ tree, lineOffset }, specifier);
    found.push({ specifier: specifier.text, target, typeOnly, line });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && isLoading(node) && node.arguments[0]) add(node.arguments[0], false);
  });
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

function isLoading(call: ts.CallExpression): boolean {
  return (
    call.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(call.expression) && call.expression.text === 'require')
  );
}
